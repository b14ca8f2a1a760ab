"""YouTube as its documentation describes it: a channel's feed, what a hub delivers, and the API's answers."""

import json
from collections.abc import Iterable

CHANNEL = "UC" + "a" * 22
OTHER = "UC" + "b" * 22
STILL = "https://i.ytimg.com/vi/{}/hqdefault.jpg"
NAMES = (
    'xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns="http://www.w3.org/2005/Atom"'
)


def entry(video: str, channel: str = CHANNEL, title: str = "Specimen") -> str:
    """Return a feed's entry; without a video it is one that cannot be read."""
    name = f"<id>yt:video:{video}</id><yt:videoId>{video}</yt:videoId>" if video else "<id>nothing</id>"
    return (
        f"<entry>{name}<yt:channelId>{channel}</yt:channelId><title>{title}</title>"
        f'<link rel="alternate" href="https://www.youtube.com/watch?v={video}"/>'
        "<author><name>Willow Channel</name></author><published>2026-11-22T08:30:00+00:00</published>"
        "<updated>2026-11-22T08:31:00+00:00</updated></entry>"
    )


def tombstone(video: str) -> str:
    """Return what tells that a video was taken down."""
    return (
        f'<at:deleted-entry ref="yt:video:{video}" when="2026-11-22T09:00:00+00:00">'
        f'<link href="https://www.youtube.com/watch?v={video}"/></at:deleted-entry>'
    )


def feed(entries: Iterable[str]) -> bytes:
    """Return a feed, or a delivery."""
    return f'<?xml version="1.0" encoding="UTF-8"?><feed {NAMES}>{"".join(entries)}</feed>'.encode()


def snippet(video: str, title: str = "Specimen") -> dict[str, object]:
    return {
        "publishedAt": "2026-11-22T08:30:00Z", "channelId": CHANNEL, "channelTitle": "Willow Channel",
        "title": title, "description": "neutral words",
        "thumbnails": {"default": {"url": "https://i.ytimg.com/d.jpg"}, "high": {"url": STILL.format(video)}},
    }  # fmt: skip


def found(videos: Iterable[str]) -> bytes:
    """Return what search.list answers; "" stands for a record that cannot be read."""
    items = [
        {"kind": "youtube#searchResult", "id": {"videoId": video}, "snippet": snippet(video)} if video
        else {"kind": "youtube#searchResult"} for video in videos
    ]  # fmt: skip
    return json.dumps({"kind": "youtube#searchListResponse", "items": items}).encode()


def described(videos: Iterable[str], title: str = "Specimen") -> bytes:
    """Return what videos.list answers."""
    items = [
        {"kind": "youtube#video", "id": video, "snippet": snippet(video, title)} for video in videos if video
    ]
    return json.dumps({"kind": "youtube#videoListResponse", "items": items}).encode()


def refusal(status: int, reason: str, detail: str = "") -> bytes:
    """Return a refusal's body."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}] if detail else []
    error = {"code": status, "message": "no", "errors": [{"domain": "youtube", "reason": reason}]}
    return json.dumps({"error": error | {"details": details}}).encode()
