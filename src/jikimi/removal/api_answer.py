"""Says what an interface's answer means for a report: taken, not now, never, wrong token, or in doubt."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Blocked, InDoubt, Misconfigured, NeedsHuman, TryLater
from jikimi.model.mail import About
from jikimi.model.ports import Answered, Limits, Submitter
from jikimi.model.post import Secret

LIMITS = Limits(max_bytes=2**20)
LONGEST_WAIT = timedelta(hours=1)
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WORDS = 200
_ADDRESS = re.compile(r"\S*(?:://|@)\S*")
SLOW, AWAY = {429, 425, 408, 503}, {401, 403}

Json = dict[str, Any]


def about_of(notice: Notice, evidence: Evidence) -> About:
    """Return what a request is about; NeedsHuman where it does not say, or the evidence is another's."""
    if notice.evidence != evidence.key:
        raise NeedsHuman("The evidence is not that of this request. Let the request be written again.")
    if notice.about is None:
        raise NeedsHuman("This request does not say for machines what it is about. Request once more.")
    return notice.about


def send_json(submitter: Submitter, url: str, value: Json, setting: str, **headers: Secret) -> Json:
    """Submit JSON and return the answer's; raises what it means. `setting` names what holds the token."""
    named = {name.replace("_", "-"): secret for name, secret in headers.items()}
    body = msgspec.json.encode(value)
    answer = submitter.submit(url, body, LIMITS, {"Content-Type": Secret("application/json"), **named})
    return read_json(answer, urlsplit(url).hostname or "", setting)


def read_json(answer: Answered, host: str, setting: str) -> Json:
    """Return the answer's values ({} for none); raise what its status means."""
    status = answer.status
    if status // 100 == 2:  # noqa: PLR2004  # success, RFC 9110 §15.3
        return _values(answer)
    if status in SLOW:
        raise TryLater(f"{host} answers {status}.", after=_wait(answer))
    if status in AWAY:
        raise Misconfigured(f"{host} refuses the access that is set up ({status}). Enter another: {setting}.")
    if status >= 500:  # noqa: PLR2004  # the server's fault, perhaps after it had taken the report
        raise InDoubt(f"In doubt: {host} answers {status} to a report. Look there whether it was taken.")
    raise Blocked(f"{host} answers {status} {_words(_values(answer))}".strip() + ". Choose another contact.")


def before_sending(error: InDoubt) -> TryLater:
    """Turn a doubt about a question that changes nothing (a sign-in, a look-up) into "later"."""
    return TryLater(str(error).removeprefix("In doubt: "))


def _values(answer: Answered) -> Json:
    try:
        value = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _wait(answer: Answered) -> timedelta:
    text = next((value for name, value in answer.headers if name == "retry-after"), "")
    seconds = int(text) if re.fullmatch(r"[0-9]{1,9}", text.strip()) else 0
    return min(max(timedelta(seconds=seconds), SHORTEST_WAIT), LONGEST_WAIT)


def _words(values: Json) -> str:
    """Return an answer's own words for a file: one line, bounded, without addresses."""
    said = [values.get(name) for name in ("message", "error", "errcode", "error_description")]
    errors = values.get("errors")
    if isinstance(errors, list):
        said += [one.get("message") for one in errors if isinstance(one, dict)]
    text = " ".join(word for word in said if isinstance(word, str))
    line = "".join(c for c in " ".join(_ADDRESS.sub("(address)", text).split()) if c.isprintable())
    return line[:LONGEST_WORDS]
