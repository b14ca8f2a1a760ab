"""What happens to a partner's call before the answer: who calls, how often, with what; and when to answer."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from math import ceil
from typing import Final, Literal, TypeVar

import msgspec
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from jikimi.flow.partners import look_at_files, partner_of
from jikimi.model.errors import BadMedia, JikimiError, TryLater
from jikimi.model.partner import Partner, Scope
from jikimi.model.ports import House, Letterbox
from jikimi.model.post import Post
from jikimi.sources.upload_post import post_of, without_address

T = TypeVar("T")

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
BEARER: Final = re.compile(r"Bearer (jikimi_[A-Za-z0-9_-]{43})")
LARGEST_JSON: Final = 2**20
CALLS_A_MINUTE: Final = 600
BYTES_A_MINUTE: Final = 512 * 2**20
STRANGERS_A_MINUTE: Final = 60  # with tokens that are nobody's, all together
MINUTE: Final = 60
AT_ONCE: Final = 2  # requests whose files are looked at: watches want the sandbox, too
BUSY: Final = 5
STEP: Final = 2.0
"""Seconds. Requests with files are answered at whole multiples of it: no clock may tell of a find."""

LOOKING = threading.BoundedSemaphore(AT_ONCE)


class Taken(msgspec.Struct):
    """The answer to everything that was taken, whether it was known, whether it matched, or not."""

    id: str
    status: Literal["taken"] = "taken"


class Refused(msgspec.Struct):
    """Why nothing was taken, and what to do."""

    error: str


class Refusal(Exception):
    """Nothing is taken; `status` is HTTP's, `after` the seconds to wait before asking again."""

    def __init__(self, status: HTTPStatus, error: str, after: int = 0) -> None:
        super().__init__(error)
        self.status = status
        self.after = after


def said(status: HTTPStatus, body: Taken | Refused, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return an answer in JSON."""
    return HttpResponse(msgspec.json.encode(body), content_type=JSON, status=status, headers=headers)


def refused(refusal: Refusal) -> HttpResponse:
    """Return a refusal in JSON."""
    headers = {"Retry-After": str(refusal.after)} if refusal.after else {}
    if refusal.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return said(refusal.status, Refused(str(refusal)), headers)


def admitted(request: HttpRequest, house: House) -> Partner:
    """Return who calls; Refusal for a token that is nobody's, and for whoever calls too often."""
    shown = BEARER.fullmatch(request.headers.get("Authorization", ""))
    partner = partner_of(shown[1], house) if shown else None
    if partner is None:
        _count("", 1, STRANGERS_A_MINUTE, house)
        raise Refusal(HTTPStatus.UNAUTHORIZED, "This token is not valid. Ask the centre for a new one.")
    _count(f"calls {partner.digest}", 1, CALLS_A_MINUTE, house)
    length = request.headers.get("Content-Length", "0")
    _count(f"bytes {partner.digest}", int(length) if length.isdecimal() else 0, BYTES_A_MINUTE, house)
    return partner


def _count(name: str, number: int, most: int, house: House) -> None:
    """Count within this minute; what was counted before stands in this process only."""
    minute = int(house.clock().timestamp()) // MINUTE
    key = f"hand-in:{sha256(name.encode()).hexdigest()}:{minute}"
    cache.add(key, 0, 2 * MINUTE)
    if cache.incr(key, number) > most:
        raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too much in one minute. Come back in the next.", MINUTE)


def read(request: HttpRequest, partner: Partner) -> tuple[bytes, dict[int, bytes]]:
    """Return the post's JSON and the files by the number of their medium; Refusal for all else."""
    if request.content_type not in (JSON, FORM) or request.headers.get("Content-Encoding"):
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON} or {FORM}, not encoded.")
    wanted = Scope.FILES if request.content_type == FORM else Scope.POSTS
    if wanted not in partner.scopes:
        raise Refusal(HTTPStatus.FORBIDDEN, f"This token may not hand in {wanted}. Ask the centre.")
    try:
        raw, files = (request.body, {}) if wanted is Scope.POSTS else _parts(request)
    except (SuspiciousOperation, MultiPartParserError, ValueError) as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "This body is not what its type says.") from error
    if len(raw) > LARGEST_JSON:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The JSON has more than {LARGEST_JSON} bytes.")
    return raw, files


def _parts(request: HttpRequest) -> tuple[bytes, dict[int, bytes]]:
    """Take a form apart: `post` is JSON, as a field or a file; every other part is named by a number."""
    uploads, fields = request.FILES, request.POST
    times = [len(uploads.getlist(name)) for name in uploads] + [len(fields.getlist(name)) for name in fields]
    if max(times, default=1) > 1:
        raise ValueError("a part came twice")
    bodies = {str(name): file.read() for name, file in uploads.items() if isinstance(file, UploadedFile)}
    raw = bodies.pop("post", None)
    text = fields.get("post", "")
    if (raw is None) == (text == "") or set(fields) - {"post"}:
        raise ValueError("one part is named `post`")
    return (text.encode() if raw is None else raw), {_number(name): body for name, body in bodies.items()}


def _number(name: str) -> int:
    if not (name.isdecimal() and name.isascii() and str(int(name[:3])) == name):
        raise ValueError("files are named by numbers")
    return int(name)


def understood(raw: bytes, files: Mapping[int, bytes], partner: Partner, house: House) -> Post:
    """Return the post; Refusal says what is wrong with it."""
    try:
        post = post_of(raw, partner.name, house.clock())
        nowhere = without_address(raw)
    except msgspec.DecodeError as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"The post cannot be read: {error}") from error
    if any(part >= len(post.media) for part in files) or nowhere - set(files):
        error_ = "Each file is named by the number of its medium; a medium needs an address or a file."
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, error_)
    for part, body in files.items():
        if post.media[part].sha256 not in (None, sha256(body).hexdigest()):
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"File {part} is not the one of its sha256.")
    return post


def take(post: Post, raw: bytes, files: Mapping[int, bytes], partner: Partner, house: House) -> None:
    """Keep a post to be read by its watch, after its files were looked at; durable once this returns."""
    try:
        if files:
            _look(post, files, partner, house)
        _letterbox(house).put(partner.name, JSON, raw)
    except BadMedia as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "A file is not a medium that can be read.") from error
    except TryLater as error:
        after = ceil(error.after.total_seconds()) or BUSY
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Not now. Send it again later.", after) from error
    except JikimiError as error:
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Not now. Ask the centre.", MINUTE) from error


def _letterbox(house: House) -> Letterbox:
    if house.letterbox is None:
        raise TryLater("Nothing can be taken in just now.")
    return house.letterbox


def _look(post: Post, files: Mapping[int, bytes], partner: Partner, house: House) -> None:
    if not LOOKING.acquire(timeout=BUSY):
        raise TryLater("Others are looked at just now.")
    try:
        house.records.apply(look_at_files(post, files, house), by=f"partner {partner.name}")
    finally:
        LOOKING.release()


def evenly(
    work: Callable[[], T],
    step: float = STEP,
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> T:
    """Do something and return, or raise, at the next whole multiple of `step` seconds after the beginning."""
    began = now()
    try:
        return work()
    finally:
        spent = now() - began
        wait(max(1, ceil(spent / step)) * step - spent)
