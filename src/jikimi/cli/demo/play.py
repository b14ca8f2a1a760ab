"""The demo's story, told with real parts: a street, an operator, a case, copies, alerts, requests, "gone"."""

import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jikimi.cli.demo.operator import Operator
from jikimi.cli.demo.street import SpecimenStreet, StreetPost
from jikimi.evidence.readme import COMMANDS
from jikimi.evidence.unpacking import unpack
from jikimi.evidence.verify import verify
from jikimi.flow import acts
from jikimi.media.edits import EDITS
from jikimi.media.moving_edits import MOVING_EDITS, sound_excerpt
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.partial_edits import PARTIAL_EDITS
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence, Place
from jikimi.model.case import Authority, Case, Consent, Policy, Verdict
from jikimi.model.keys import key_of
from jikimi.model.post import Secret, Watch
from jikimi.model.text import IdentifierKind
from jikimi.review.authority import SENDING
from jikimi.settings import Settings

NUMBER = "DEMO-1"
OPENER, APPROVER = "ada", "bora"
SPECIMEN_SEED, WAITING_SEED = 1, 2
CLIP_SEED, STRANGE_CLIP_SEED = 11, 12
CLIP_SECONDS = 12.0
DISTRACTORS = 40
PACE_SECONDS = 0.25
PATIENCE_SECONDS = 120.0
AUTHORS = ("mina", "juno", "theo", "hana", "sol")
PICTURE, VIDEO, SOUND, WORDS = "image/jpeg", "video/mp4", "audio/mpeg", "text/plain"
SAID = {PICTURE: "a picture", VIDEO: "a video", SOUND: "a sound", WORDS: "some words"}
HANDLE, TITLE, NAME = "willow_harbour88", "버드나무 항구의 여름", "한바람결"
MENTIONS = {
    "account name, spaced out": "who is w i l l o w _ h a r b o u r 8 8 ?",
    "title, split into letters": "ㅂㅓㄷㅡㄴㅏㅁㅜ ㅎㅏㅇㄱㅜㅇㅢ ㅇㅕㄹㅡㅁ again",
    "title, with invisible characters": "버\u200b드\u200b나\u200b무 항\u200b구\u200b의 여\u200b름",
}
HOMONYM = "the rower 한바람결 wins the regatta"
"""Somebody else is called so: a name alone says nothing."""
TEXTS = ("look at this", "from my walk", "found it again", "new drawing", "what a view")


@dataclass(frozen=True, slots=True)
class Copy:
    """One altered copy on the street and what became of it; times are None until they happen."""

    edit: str
    post: StreetPost
    alerted_at: datetime | None = None
    requested_at: datetime | None = None
    gone_at: datetime | None = None
    is_verified: bool = False

    @property
    def post_to_alert_ms(self) -> float | None:
        """Return the first clock: post visible → alert visible."""
        return None if self.alerted_at is None else (self.alerted_at - self.post.at).total_seconds() * 1000


@dataclass(frozen=True, slots=True)
class Mention:
    """One post that says what the case is known by, in a spelling of its own."""

    trick: str
    post: StreetPost
    alerted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What the display shows at one moment."""

    line: str
    copies: tuple[Copy, ...]
    distractors: int
    false_alerts: int
    mentions: tuple[Mention, ...] = ()
    trouble: str = ""  # why a step was laid aside for a person; the demo has nobody to mend it

    def report(self) -> dict[str, Any]:
        """Return the summary that `--json` prints."""
        waits = [
            (copy.requested_at - copy.alerted_at).total_seconds() * 1000
            for copy in self.copies
            if copy.requested_at and copy.alerted_at
        ]
        return {
            "copies": [
                {"edit": c.edit, "found": c.alerted_at is not None, "post_to_alert_ms": c.post_to_alert_ms}
                for c in self.copies
            ],
            "mentions": [{"trick": m.trick, "found": m.alerted_at is not None} for m in self.mentions],
            "distractors": self.distractors,
            "false_alerts": self.false_alerts,
            "evidence_verified": bool(self.copies) and all(copy.is_verified for copy in self.copies),
            "alert_to_request_ms": max(waits) if len(waits) == len(self.copies) > 0 else None,
            "gone_verified": bool(self.copies) and all(copy.gone_at for copy in self.copies),
        }

    @property
    def is_complete(self) -> bool:
        """Tell whether every step really happened."""
        report = self.report()
        is_found = all(one["found"] for one in (*report["copies"], *report["mentions"]))
        is_done = report["evidence_verified"] and report["gone_verified"]
        return is_found and is_done and report["alert_to_request_ms"] is not None and not self.false_alerts


@contextmanager
def stage(clock: Callable[[], datetime], port: int) -> Iterator[tuple[Settings, SpecimenStreet]]:
    """Set up street, operator and a fresh data folder; yield the settings that know them."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="jikimi-demo-")))
        street = SpecimenStreet(clock)
        street.start()
        closing.callback(street.stop)
        operator = Operator(street.remove)
        operator.start()
        closing.callback(operator.stop)
        second = timedelta(seconds=1)
        yield (
            Settings(
                folder=folder / "data",
                port=port,
                language="en",
                centre="Specimen Centre",
                contact="desk@centre.invalid",
                sender="notices@centre.invalid",
                smtp=Secret(f"smtp://127.0.0.1:{operator.port}"),
                allow=f"127.0.0.1:{street.port}",
                ladder=(second, 2 * second, 2 * second, timedelta(hours=1)),
                gone_after=second,
                capture="plain",  # forty pages in a minute: a browser takes seconds for each
            ),
            street,
        )


def open_the_case(service: Any, street: SpecimenStreet) -> None:
    """Two people open and approve a case with our own drawings, watch the street, and allow sending."""
    house = service.house
    now = house.clock()
    consent = Consent(Authority.VICTIM, "find and remove copies", now.date(), now.date() + timedelta(days=90))
    case = Case(NUMBER, "Willow", consent, Policy.ASK, is_minor=False, by=OPENER, at=now)
    _do(house, acts.open_case(house, case), OPENER)
    for seed, label in ((SPECIMEN_SEED, "the specimen"), (WAITING_SEED, "a second drawing")):
        body = encode_jpeg(draw(seed))
        _do(house, acts.add_reference(house, case.key, body, label=label, by=OPENER), OPENER)
    clip = draw_clip(CLIP_SEED, seconds=CLIP_SECONDS)
    _do(house, acts.add_reference(house, case.key, clip, label="the clip", by=OPENER), OPENER)
    for kind, text in (
        (IdentifierKind.HANDLE, HANDLE),
        (IdentifierKind.TITLE, TITLE),
        (IdentifierKind.NAME, NAME),
    ):
        _do(house, acts.add_words(house, case.key, kind, text, by=OPENER), OPENER)
    _do(house, acts.approve_case(house, case.key, by=APPROVER), APPROVER)
    options = {"url": f"{street.origin}/feed.xml", "interval": "1"}
    watch = Watch("street", "website", options, "abuse@street.invalid", APPROVER, house.clock())
    _do(house, acts.add_watch(house, watch), APPROVER)
    _do(house, acts.turn(house, SENDING, is_on=True, by=APPROVER), APPROVER)


def wait_for_anchor(service: Any) -> None:
    """Return once the street is really being watched: what is posted before then is not new."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while service.house.records.position("street") is None and time.monotonic() < deadline:
        time.sleep(0.05)


def copies() -> list[tuple[str, bytes, str]]:
    """Return what people made of our drawings, and what they say: the edit's name, the file, its kind."""
    specimen, clip = draw(SPECIMEN_SEED), draw_clip(CLIP_SEED, seconds=CLIP_SECONDS)
    pictures = [(name, edit(specimen), PICTURE) for name, edit in {**EDITS, **PARTIAL_EDITS}.items()]
    kinds = {edit: SOUND if edit is sound_excerpt else VIDEO for edit in MOVING_EDITS.values()}
    words = [(trick, text.encode(), WORDS) for trick, text in MENTIONS.items()]
    moving = [(name, edit(clip), kinds[edit]) for name, edit in MOVING_EDITS.items()]
    return [*pictures, *moving, *words]


def distractors() -> list[tuple[str, bytes, str]]:
    """Return what has nothing to do with our drawings, in the same form, without a name."""
    pictures = [("", encode_jpeg(draw(100 + number), 85), PICTURE) for number in range(DISTRACTORS - 3)]
    clip = draw_clip(STRANGE_CLIP_SEED, seconds=CLIP_SECONDS)
    return [*pictures, ("", clip, VIDEO), ("", sound_excerpt(clip), SOUND), ("", HOMONYM.encode(), WORDS)]


class Play:
    """What is on the street, what became of it, and who decides."""

    def __init__(self, service: Any, street: SpecimenStreet) -> None:
        self._house = service.house
        self._street = street
        self._copies: tuple[Copy, ...] = ()
        self._mentions: tuple[Mention, ...] = ()
        self._distractors = 0
        self._whole: dict[str, bool] = {}

    def tell(self) -> Iterator[Scene]:
        """Let people post, decide on what comes up, and follow each copy until it is verified gone."""
        dice = random.Random(7)  # noqa: S311  # people-like, not secret
        to_post = [*copies(), *distractors()]
        dice.shuffle(to_post)
        for name, medium, kind in to_post:
            text = medium.decode() if kind == WORDS else dice.choice(TEXTS)
            post = self._street.publish(dice.choice(AUTHORS), text, medium, kind)
            if name and kind == WORDS:
                self._mentions += (Mention(name, post),)
            elif name:
                self._copies += (Copy(name, post),)
            self._distractors += not name
            yield self._look(f"{post.author} posts {SAID[kind]}")
            time.sleep(PACE_SECONDS * dice.uniform(0.2, 1.8))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            scene = self._look("following each copy until it is gone")
            yield scene
            if scene.is_complete or scene.trouble:
                return
            time.sleep(0.1)

    def leave_one_waiting(self) -> None:
        """Post one more copy, of the second drawing, for the visitor of the console to decide on."""
        self._street.publish("mina", "for you to decide", EDITS["mirrored"](draw(WAITING_SEED)))

    def _look(self, line: str) -> Scene:
        """Decide on open alerts as an investigator would, and see how far every copy is."""
        from jikimi.store.models import AlertRow, JobRow, PlaceRow  # only once Django is configured

        records = self._house.records
        for alert in AlertRow.objects.filter(state="open"):
            outcome = acts.decide(self._house, alert.key, Verdict.CONFIRMED, by=APPROVER)
            _do(self._house, outcome, APPROVER)
        places = {place.post_url: place for place in records.find(Place, case=key_of("case", NUMBER))}
        rows = {row.key: row for row in PlaceRow.objects.all()}
        seen = []
        for copy in self._copies:
            place = places.pop(self._street.url(copy.post), None)
            seen.append(self._follow(copy, rows[place.key]) if place and place.key in rows else copy)
        trouble = JobRow.objects.filter(state="parked").values_list("reason", flat=True).first() or ""
        said = tuple(self._said(mention, places, rows) for mention in self._mentions)
        return Scene(line, tuple(seen), self._distractors, len(places), said, trouble)

    def _said(self, mention: Mention, places: dict[str, Place], rows: dict[str, Any]) -> Mention:
        place = places.pop(self._street.url(mention.post), None)
        known = place is not None and place.key in rows
        return replace(mention, alerted_at=rows[place.key].alerted_at) if place and known else mention

    def _follow(self, copy: Copy, row: Any) -> Copy:
        for evidence in self._house.records.find(Evidence, parent=row.key):
            if evidence.key not in self._whole:
                self._whole[evidence.key] = _is_whole(evidence.bag)
        return replace(
            copy,
            alerted_at=row.alerted_at,
            requested_at=row.requested_at,
            gone_at=row.gone_at,
            is_verified=self._whole.get(key_of("evidence", row.key), False),
        )


def _is_whole(bag: bytes) -> bool:
    """Check a bundle with tools that are not ours where they are installed, else with our own reading."""
    if not (shutil.which("sha256sum") and shutil.which("openssl")):
        return verify(bag).is_whole
    with tempfile.TemporaryDirectory(prefix="jikimi-bag-") as name:
        folder = Path(name)
        for path, content in unpack(bag).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        top = next(folder.rglob("tagmanifest-sha256.txt")).parent
        checked = subprocess.run(  # noqa: S603  # the commands that stand in every bundle's README
            ["/bin/sh", "-ec", COMMANDS], cwd=top, capture_output=True, check=False
        )
        return checked.returncode == 0


def _do(house: Any, outcome: Any, by: str) -> None:
    house.records.apply(outcome, by=by)
