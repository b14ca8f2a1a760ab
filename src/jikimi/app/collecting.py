"""Plugs together what collects evidence: browser, time authority, and the facts about clock and network."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from jikimi import __version__
from jikimi.evidence.stamper import HttpStamper
from jikimi.media.addresses import AddressPolicy
from jikimi.media.camera import ChromiumCamera, find_chromium
from jikimi.media.post import GuardedPoster
from jikimi.model.capture import Collector
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Clock
from jikimi.settings import Settings

UNSYNCHRONISED = 0x40  # STA_UNSYNC, adjtimex(2)
TIMEX_BYTES = 512  # more than the kernel's struct timex on any machine


def open_camera(settings: Settings, policy: AddressPolicy, user_agent: str) -> ChromiumCamera | None:
    """Return the browser that captures pages; None where none is installed or wanted.

    Chromium's own sandbox is off only for root, with whom it does not start.
    """
    program = (settings.browser or find_chromium()) if settings.capture == "browser" else None
    if program is None:
        return None
    locale = "ko-KR" if settings.language == "ko" else "en-US"
    return ChromiumCamera(program, policy, user_agent, locale=locale, is_boxed=os.geteuid() != 0)


def open_stamper(
    settings: Settings, policy: AddressPolicy, user_agent: str, clock: Clock
) -> HttpStamper | None:
    """Return the time authority that is set; None without one. Misconfigured without its certificate."""
    if not settings.tsa:
        return None
    file: Path | None = settings.tsa_certificate
    if file is None:
        raise Misconfigured(
            "JIKIMI_TSA_CERTIFICATE: the time authority's certificate is missing. Save it as a PEM file and "
            "type its path."
        )
    poster = GuardedPoster(policy, user_agent, clock)
    return HttpStamper(settings.tsa, settings.tsa_token, file.read_bytes(), poster)


def collector_facts(settings: Settings) -> Callable[[], Collector]:
    """Return what tells, each time anew, who collects."""
    network = settings.vantage or "not described by the centre (JIKIMI_VANTAGE)"

    def facts() -> Collector:
        return Collector(f"Jikimi {__version__}", clock_in_words(), network)

    return facts


def clock_in_words() -> str:
    """Return what the kernel says about its clock: does a time service set it, and how far may it be off?"""
    timex = (ctypes.c_long * (TIMEX_BYTES // ctypes.sizeof(ctypes.c_long)))()
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    source = "the collecting machine's system clock, in UTC"
    if adjtimex is None or adjtimex(timex) < 0:
        return f"{source}; the kernel does not say whether a time service sets it"
    # struct timex: modes, offset, freq, maxerror, esterror (microseconds), status, each in a long's room
    maxerror, status = timex[3], timex[5] & 0xFFFFFFFF
    if status & UNSYNCHRONISED:
        return f"{source}; the kernel knows of no time service that sets it"
    return f"{source}; kept by a time service, off by at most {maxerror / 1000:.0f} ms (adjtimex)"
