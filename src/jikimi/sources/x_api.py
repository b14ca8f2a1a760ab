"""Asks X's API: names its refusals by what to do, and keeps the rules of one watch as they were typed."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from jikimi.model.errors import Blocked, Misconfigured, TryLater, Unauthorized
from jikimi.model.ports import Limits, Web
from jikimi.model.post import Secret
from jikimi.sources.x_post import FIELDS, Includes

ANSWER = Limits(max_bytes=10 * 2**20, deadline=timedelta(seconds=30))
PAGE, LEAST = 100, 10  # posts that a page of a search may have
RULES = "/2/tweets/search/stream/rules"
T = TypeVar("T")
HELP = "Look at the app's plan, credits and monthly cap in X's developer console."


class Problem(msgspec.Struct, frozen=True):
    """What X says went wrong (https://docs.x.com/x-api/fundamentals/response-codes-and-errors)."""

    title: str = ""
    type: str = ""
    connection_issue: str = ""
    value: str = ""

    @property
    def name(self) -> str:
        """Return the last part of its type, such as "usage-capped"."""
        return self.type.rpartition("/")[2]


class _Rule(msgspec.Struct, frozen=True):
    id: str = ""
    value: str = ""
    tag: str = ""


class _Rules(msgspec.Struct, frozen=True):
    data: list[_Rule] = []
    errors: list[Problem] = []


class _Meta(msgspec.Struct, frozen=True):
    next_token: str = ""


class Found(msgspec.Struct, frozen=True):
    """A page of a search."""

    data: list[msgspec.Raw] = []
    includes: Includes = Includes()
    meta: _Meta = _Meta()


class Api:
    """X's API with one app's token."""

    def __init__(self, web: Web, site: str, token: Secret) -> None:
        self._web = web
        self._site = site
        self.headers = {"Authorization": Secret(f"Bearer {token.reveal()}")}

    async def keep_rules(self, wanted: tuple[str, ...], tag: str) -> None:
        """Let exactly these rules stand under our tag. A rule that stands under another tag is left there."""
        standing = (await self._get(RULES, {}, _Rules)).data
        ours = {rule.value: rule.id for rule in standing if rule.tag == tag}
        missing = [rule for rule in wanted if rule not in {one.value for one in standing}]
        unwanted = [name for value, name in ours.items() if value not in wanted]
        if unwanted:
            await self._change({"delete": {"ids": unwanted}})
        if missing:
            await self._change({"add": [{"value": rule, "tag": tag} for rule in missing]})

    async def search(self, rule: str, since: int, next_token: str, most: int) -> Found:
        """Return a page of the last seven days' posts, newest first; `since` 0 asks for all of them.

        `most` is how many a page may hold, from LEAST to PAGE: X counts all of them.
        """
        limits = {"since_id": str(since)} if since else {}
        onward = {"next_token": next_token} if next_token else {}
        asked = {"query": rule, "max_results": str(most), **limits, **onward, **FIELDS}
        return await self._get("/2/tweets/search/recent", asked, Found)

    def stream_address(self, backfill: int) -> str:
        """Return the address of the stream, with so many minutes of what was missed (0: none)."""
        missed = {"backfill_minutes": str(backfill)} if backfill else {}
        return f"{self._site}/2/tweets/search/stream?{urlencode({**missed, **FIELDS})}"

    async def _get(self, path: str, asked: Mapping[str, str], form: type[T]) -> T:
        url = f"{self._site}{path}" + (f"?{urlencode(asked)}" if asked else "")
        try:
            answer = await self._web.fetch_async(url, ANSWER, self.headers)
            return msgspec.json.decode(answer.body, type=form)
        except msgspec.DecodeError as error:
            raise TryLater("X gives an answer that we do not understand. Is there a new jikimi?") from error
        except Unauthorized:
            raise
        except Blocked as error:
            raise refused(error) from error

    async def _change(self, order: Mapping[str, object]) -> None:
        """Add or delete rules. One that X had already is no problem: it stands."""
        headers = {**self.headers, "Content-Type": Secret("application/json")}
        body = json.dumps(order).encode()
        try:
            answer = await self._web.post_async(f"{self._site}{RULES}", body, ANSWER, headers)
            problems = msgspec.json.decode(answer.body, type=_Rules).errors
        except msgspec.DecodeError:
            return
        except Unauthorized:
            raise
        except Blocked as error:
            raise Blocked(f"{error} Correct option rules if they are wrong. {HELP}") from error
        check_problems([problem for problem in problems if problem.name != "duplicate-rules"])


def refused(error: Blocked) -> Blocked:
    """Return a refusal that says what an operator can do."""
    return error if HELP in str(error) else Blocked(f"{error} {HELP}")


def check_problems(problems: list[Problem]) -> None:
    """Raise what the first problem means; return if there is none."""
    for problem in problems:
        if problem.name == "usage-capped":
            raise Blocked(f"X gives no more posts to this app: its cap is reached. {HELP}")
        if problem.name in ("invalid-rules", "noncompliant-rules"):
            raise Misconfigured("X does not accept one of the rules. Correct option rules.")
        if problem.name == "rule-cap":
            raise Misconfigured("X holds as many rules of this app as it may have. Delete some.")
        if problem.connection_issue or problem.name == "streaming-connection":
            raise TryLater("X streams to another program with this app's token. End it, or use another app.")
        if problem.name == "client-forbidden":
            raise Blocked(f"X does not let this app stream. {HELP}")
        raise TryLater("X ended the stream.", timedelta(seconds=1))
