"""What collects evidence is plugged in as the settings say, and tells its clock and network honestly."""

import ctypes
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jikimi.app.collecting import clock_in_words, collector_facts, open_camera, open_stamper
from jikimi.media.addresses import AddressPolicy
from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret
from jikimi.settings import Settings

POLICY = AddressPolicy()


def clock() -> datetime:
    return datetime.now(UTC)


def test_without_an_authority_there_is_no_stamper(settings: Settings) -> None:
    assert open_stamper(settings, POLICY, "agent", clock) is None


def test_an_authority_without_its_certificate_is_a_wrong_setting(settings: Settings, tmp_path: Path) -> None:
    wanted = replace(settings, tsa=Secret("https://tsa.invalid/"))
    with pytest.raises(Misconfigured, match="JIKIMI_TSA_CERTIFICATE"):
        open_stamper(wanted, POLICY, "agent", clock)
    (tmp_path / "tsa.pem").write_text("a certificate")
    stamper = open_stamper(replace(wanted, tsa_certificate=tmp_path / "tsa.pem"), POLICY, "agent", clock)
    assert stamper is not None
    assert (stamper.name, stamper.roots) == ("tsa.invalid", b"a certificate")


def test_the_browser_is_the_one_that_is_set_none_if_unwanted(settings: Settings, tmp_path: Path) -> None:
    program = tmp_path / "browser"
    camera = open_camera(replace(settings, browser=program, language="ko"), POLICY, "agent")
    assert camera is not None
    assert (camera.program, camera.locale) == (program, "ko-KR")
    assert open_camera(replace(settings, browser=program, capture="plain"), POLICY, "agent") is None


def test_where_no_browser_is_found_there_is_no_camera(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jikimi.app.collecting.find_chromium", lambda: None)
    assert open_camera(settings, POLICY, "agent") is None


def test_the_collector_names_program_clock_and_network(settings: Settings) -> None:
    facts = collector_facts(replace(settings, vantage="Seoul, line of provider A"))()
    assert facts.tool.startswith("Jikimi ")
    assert facts.network == "Seoul, line of provider A"
    assert "JIKIMI_VANTAGE" in collector_facts(settings)().network
    assert facts.clock.startswith("the collecting machine's system clock, in UTC")


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (0, 0, "kept by a time service, off by at most 12 ms"),
        (5, 0x40, "knows of no time service"),
        (-1, 0, "does not say"),
    ],
)
def test_the_kernel_is_asked_whether_a_time_service_keeps_the_clock(
    monkeypatch: pytest.MonkeyPatch, answer: int, status: int, words: str
) -> None:
    class Library:
        @staticmethod
        def adjtimex(timex: Any) -> int:
            timex[3], timex[5] = 12_000, status
            return answer

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library)
    assert words in clock_in_words()
