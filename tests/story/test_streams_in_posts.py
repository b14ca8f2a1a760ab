"""A post whose medium is a playlist: the stream is followed, read as one clip, and found."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.playlist import PlaylistDoor
from jikimi.model.alert import Place
from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.fingerprint import Kind, Tier
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post, Watch
from jikimi.store.models import AlertRow
from jikimi.worker.jobs import work_through

ADDRESS = "http://street.invalid/copy"
HLS = ("-c:v", "libx264", "-c:a", "aac", "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "list.m3u8")


def open_case(house: House, clip: bytes) -> None:
    now = house.clock()
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=now)
    watch = Watch("street", "website", {"url": "http://street.invalid"}, "", "ada", now)
    steps: tuple[Callable[[], Outcome], ...] = (
        lambda: acts.open_case(house, case),
        lambda: acts.approve_case(house, case.key, by="bora"),
        lambda: acts.add_watch(house, watch),
        lambda: acts.add_reference(house, case.key, clip, label="clip", by="ada"),
    )
    for step in steps:
        house.records.apply(step(), by="ada")


def test_a_clip_that_is_posted_as_a_stream_is_found(house: House, tmp_path: Path) -> None:
    clip = draw_clip(31, seconds=12, width=320, height=214)
    open_case(house, clip)
    (tmp_path / "clip.mp4").write_bytes(clip)
    subprocess.run(["ffmpeg", "-v", "error", "-i", "clip.mp4", *HLS], cwd=tmp_path, check=True, timeout=120)
    web: Any = house.fetcher
    web.pages |= {f"{ADDRESS}/{file.name}": file.read_bytes() for file in tmp_path.iterdir()}
    streaming, now = replace(house, fetcher=PlaylistDoor(web, clock=house.clock)), house.clock()
    media = (MediaRef(Kind.VIDEO, f"{ADDRESS}/list.m3u8"),)
    post = Post("street", "copy", ADDRESS, "mina", "look", now, now, media)
    house.records.apply(ingest([post], Position("street", "copy", now), house), by="watch street")
    work_through(streaming)
    (place,) = house.records.find(Place, parent=AlertRow.objects.get().key)
    assert (place.kind, place.media_url, place.tier) == (Kind.VIDEO, media[0].url, Tier.CERTAIN)
    assert web.asked[-1].endswith(".ts")
