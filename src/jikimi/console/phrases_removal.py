"""What follow-up is called: presences, standings, groups of figures, and what looks at a copy say."""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

from jikimi.model.alert import Presence
from jikimi.model.standing import Standing
from jikimi.removal.figures import By

WORDS: Mapping[StrEnum, str | Promise] = {
    Presence.BLOCKED: gettext_lazy("blocked here only; not gone"),
    Presence.LOGIN: gettext_lazy("behind a sign-in"),
    Presence.MOVED: gettext_lazy("still there, at another address"),
    Presence.BACK: gettext_lazy("back again"),
    By.HOST: gettext_lazy("Host"),
    By.PLATFORM: gettext_lazy("Kind of source"),
    By.COUNTRY: gettext_lazy("Country"),
    By.REGIME: gettext_lazy("Rules"),
}

STANDINGS: Mapping[Standing, str | Promise] = {
    Standing.FOUND: gettext_lazy("found"),
    Standing.WAITING: gettext_lazy("request waits to go out"),
    Standing.REHEARSED: gettext_lazy("request rehearsed"),
    Standing.TAKEN_BACK: gettext_lazy("request taken back"),
    Standing.ASKED: gettext_lazy("asked"),
    Standing.IN_DOUBT: gettext_lazy("request in doubt"),
    Standing.UNDELIVERED: gettext_lazy("request could not be delivered"),
    Standing.ANSWERED: gettext_lazy("answered, not decided"),
    Standing.REFUSED: gettext_lazy("refused"),
    Standing.PARTLY: gettext_lazy("partly removed"),
    Standing.PROMISED: gettext_lazy("said to be gone"),
    Standing.BLOCKED: gettext_lazy("seen blocked here only"),
    Standing.LOGIN: gettext_lazy("seen behind a sign-in"),
    Standing.MOVED: gettext_lazy("seen at another address"),
    Standing.SEEMS_GONE: gettext_lazy("seems gone, not verified"),
    Standing.GONE: gettext_lazy("verified gone"),
    Standing.BACK: gettext_lazy("back again"),
}
"""Kept apart: as texts, some standings equal presences, and a copy seen gone once is not verified gone."""

SAID = (
    gettext_noop("the medium is still served"),
    gettext_noop("the medium is still served, at its address with another signature"),
    gettext_noop("a smaller copy is still served"),
    gettext_noop("the post has moved and still shows the medium"),
    gettext_noop("the medium is served at another address"),
    gettext_noop("blocked here, by country, order or network; this is not gone"),
    gettext_noop("gone or blocked from here, but still served elsewhere"),
    gettext_noop("gone from here, but another vantage point could not confirm it"),
    gettext_noop("it asks to sign in; look by hand"),
    gettext_noop("replaced: the file's address serves another medium"),
    gettext_noop("replaced: the site shows its picture for removed ones"),
    gettext_noop("the file's address serves another medium, but the page could not be seen"),
    gettext_noop("page and file are gone"),
    gettext_noop("the page is gone and the file's address serves no medium any more"),
    gettext_noop("the file's address serves something that is no medium we read; look by hand"),
    gettext_noop("the file's address gave no clear answer"),
    gettext_noop("the site shows us one picture in place of all; look by hand"),
    gettext_noop("the file is gone, but the page could not be seen"),
    gettext_noop("the file is gone, but the page shows nothing without scripts; look by hand"),
    gettext_noop("the file is gone; the page still points to it"),
    gettext_noop("the file is gone, but the page names it at another address"),
    gettext_noop("the file's address may have expired; look at the page by hand"),
    gettext_noop("the file is gone and the page no longer names it"),
)
"""What the rooms below say word for word; a test finds each of them in their sources."""
