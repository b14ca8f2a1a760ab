"""The whole service with its threads: watches read, workers work, and stopping loses nothing."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from jikimi.app.engine import utc_now
from jikimi.app.service import Service, build
from jikimi.flow import acts
from jikimi.media.edits import EDITS
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.case import Authority, Case, Consent, Policy, Reference
from jikimi.model.errors import Misconfigured
from jikimi.model.post import Watch
from jikimi.settings import Settings
from jikimi.store.keyring import create_master
from jikimi.store.models import AlertRow, PostRow, WatchRow
from jikimi.worker.watches import HALT, running_watches


def eventually(is_true: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_true()


@pytest.fixture
def service(fresh_tables: Settings) -> Iterator[Service]:
    if not fresh_tables.master_key_file.exists():
        create_master(fresh_tables.master_key_file)
    opened = build(replace(fresh_tables, sandboxes=1))
    yield opened
    opened.close()


def protect(service: Service) -> Case:
    house, today = service.house, utc_now().date()
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 1, 1), today + timedelta(days=30))
    consent = replace(consent, signed_on=today)
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=utc_now())
    house.records.apply(acts.open_case(house, case), by="ada")
    house.records.apply(acts.approve_case(house, case.key, by="bora"), by="bora")
    body = encode_jpeg(draw(1))
    house.records.apply(acts.add_reference(house, case.key, body, label="one", by="ada"), by="ada")
    return case


def test_a_watched_folder_raises_an_alert(service: Service, tmp_path: Path) -> None:
    protect(service)
    service.start()
    watch = Watch("hot", "folder", {"path": str(tmp_path)}, "", "ada", utc_now())
    service.house.records.apply(acts.add_watch(service.house, watch), by="ada")
    assert eventually(lambda: WatchRow.objects.filter(name="hot").exclude(at=None).exists())
    (tmp_path / "copy.jpg").write_bytes(EDITS["mirrored"](draw(1)))
    (tmp_path / "other.jpg").write_bytes(encode_jpeg(draw(2)))
    assert eventually(lambda: AlertRow.objects.count() == 1)
    assert eventually(lambda: PostRow.objects.count() == 2)
    service.house.records.apply(acts.end_watch(service.house, "hot", by="ada"), by="ada")


def test_a_watch_that_cannot_be_built_says_why_and_the_others_go_on(service: Service, tmp_path: Path) -> None:
    for name, source, options in (
        ("lost", "nowhere", {}),
        ("hot", "folder", {"path": str(tmp_path)}),
    ):
        watch = Watch(name, source, options, "", "ada", utc_now())
        service.house.records.apply(acts.add_watch(service.house, watch), by="ada")
    service.start()
    assert eventually(lambda: "There is no source nowhere" in WatchRow.objects.get(name="lost").problem)
    assert eventually(lambda: WatchRow.objects.get(name="hot").at is not None)


def test_what_the_bank_holds_is_never_on_disk_in_clear(service: Service) -> None:
    """A start reads each reference with its case's key; there is no second copy that would outlive it."""
    house = service.house
    protect(service)
    service.start()
    assert eventually(lambda: house.vault.seq > 0)
    service.close()
    reference = house.records.find(Reference)[0]
    values = [one.value[-32:] for one in reference.fingerprints]
    for path in service.settings.folder.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        assert not any(value in held for value in values), path.name


def test_two_services_do_not_share_a_folder(service: Service) -> None:
    service.start()
    other = build(service.settings)
    with pytest.raises(Misconfigured, match="another Jikimi runs"):
        other.start()
    other.close()


def test_a_halted_watch_stops_reading_and_goes_on_where_it_stopped(service: Service, tmp_path: Path) -> None:
    house = service.house
    service.start()
    watch = Watch("hot", "folder", {"path": str(tmp_path), "interval": "0.1"}, "", "ada", utc_now())
    house.records.apply(acts.add_watch(house, watch), by="ada")
    (tmp_path / "first.jpg").write_bytes(encode_jpeg(draw(1)))
    assert eventually(lambda: WatchRow.objects.filter(name="hot").exclude(at=None).exists())
    (tmp_path / "second.jpg").write_bytes(encode_jpeg(draw(2)))
    assert eventually(lambda: PostRow.objects.count() >= 1)
    house.records.apply(acts.turn(house, f"{HALT} of folder", is_on=True, by="ada"), by="ada")
    assert eventually(lambda: not running_watches(house))
    assert eventually(lambda: "hot" not in service.reading)
    before = PostRow.objects.count()
    (tmp_path / "third.jpg").write_bytes(encode_jpeg(draw(3)))
    assert not eventually(lambda: PostRow.objects.count() > before, seconds=1)
    house.records.apply(acts.turn(house, f"{HALT} of folder", is_on=False, by="ada"), by="ada")
    assert eventually(lambda: PostRow.objects.count() == before + 1)
