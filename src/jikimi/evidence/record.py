"""Writes what is known about a place, its page and its medium as one JSON document for the bundle."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from jikimi.evidence.capture_record import Value, write_capture
from jikimi.evidence.page import PageText
from jikimi.evidence.printable import printable
from jikimi.model.alert import Place
from jikimi.model.capture import Capture, Collector
from jikimi.model.ports import Fetched

FORMAT = "jikimi evidence record 2"
_NO_PICTURE = "the medium itself and any picture made from it"
_NO_CLEAR_PICTURE = "the medium itself and any clear picture of it; in the screenshot it is covered"


def write_record(
    place: Place,
    page: Fetched | None,
    medium: Fetched | None,
    *,
    text: PageText | None,
    capture: Capture | None,
    left_out: Sequence[str],
    collector: Collector,
    at: datetime,
) -> bytes:
    """Return record.json as UTF-8. `text` is the page as it lies in the bundle, None without a page."""
    record: dict[str, Value] = {
        "format": FORMAT,
        "collector": {
            "by": collector.by or "nobody: the case was approved in advance",
            "tool": collector.tool,
            "clock": collector.clock,
            "network": collector.network,
        },
        "sealed_at": _time(at),
        "place": place.key,
        "reference": place.reference,
        "post": {
            "url": place.post_url,
            "author": place.author,
            "text": place.text,
            "visible_at": _time(place.visible_at),
            "seen_at": _time(place.seen_at),
        },
        "match": _match(place),
        "page": None if page is None else _page(page, text),
        "medium": _medium(place, medium),
        "capture": None if capture is None else write_capture(capture),
        "not_included": [
            _NO_CLEAR_PICTURE if capture is not None and capture.screenshot else _NO_PICTURE,
            *(text.left_out if text else ()),
            *left_out,
        ],
    }
    # A lone surrogate from a platform's JSON cannot be UTF-8; backslashreplace writes the JSON escape for it.
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def write_headers(fetched: Fetched) -> bytes:
    """Return status and headers as text, one a line, control characters escaped."""
    lines = [f"status: {fetched.status}", *(f"{name}: {value}" for name, value in fetched.headers)]
    return ("\n".join(printable(line) for line in lines) + "\n").encode("utf-8", "backslashreplace")


def _page(page: Fetched, text: PageText | None) -> Value:
    body = None if text is None else text.body
    return {
        **_answer(page),
        "is_included": body is not None,
        "is_as_fetched": body == page.body,
    }


def _medium(place: Place, medium: Fetched | None) -> Value:
    seen: dict[str, Value] = {
        "url": place.media_url,
        "kind": place.kind.value,
        "seconds": place.seconds,
        "sha256_when_matched": place.sha256.hex(),
        "is_included": False,
    }
    return seen if medium is None else {**seen, "when_sealed": _answer(medium)}


def _answer(fetched: Fetched) -> dict[str, Value]:
    return {
        "hops": list(fetched.hops),
        "url": fetched.url,
        "server_address": fetched.address,
        "status": fetched.status,
        "fetched_at": _time(fetched.at),
        "size": len(fetched.body),
        "sha256": sha256(fetched.body).hexdigest(),
    }


def _match(place: Place) -> Value:
    return {
        "at": _time(place.at),
        "look": place.look,
        "tier": place.tier.value,
        "score": place.score,
        "algorithm": place.how.algorithm,
        "distance": place.how.distance,
        "threshold": place.how.threshold,
        "edit": place.how.edit,
        "agreeing_points": place.how.inliers,
        "region": [*place.how.region],
        "homography": [*place.how.homography],
        "seconds_in_the_medium": [*place.how.query_span],
        "seconds_in_the_reference": [*place.how.reference_span],
        "speed": place.how.speed,
        "is_mirrored": place.how.is_mirrored,
        "window": place.how.window,
        "fingerprints": [
            {
                "algorithm": one.algorithm,
                "view": one.view.value,
                "orientation": one.orientation.value,
                "quality": one.quality,
                "value": one.value.hex(),
            }
            for one in place.fingerprints
        ],
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
