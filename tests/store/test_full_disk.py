"""A full disk is a reason to try later, and nothing is half written."""

from datetime import timedelta
from typing import Any

import pytest

from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.errors import TryLater
from jikimi.model.outcome import Outcome
from jikimi.store import audit
from jikimi.store.models import CaseRow, RecordRow
from jikimi.store.store import Store


def limit_pages(store: Store, most: int) -> None:
    from django.db import connection

    store._writer.write(lambda: connection.cursor().execute(f"PRAGMA max_page_count={most}"))


def test_a_full_disk_says_try_later_and_writes_nothing_by_halves(store: Store, clock: Any) -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("sqlite: only its files can be told to grow no more")
    today = clock().date()
    consent = Consent(Authority.VICTIM, "x" * 3_000_000, today, today + timedelta(days=9))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=clock())
    limit_pages(store, 1)
    with pytest.raises(TryLater, match="Check disk space"):
        store.apply(Outcome(records=(case,)), by="ada")
    assert (CaseRow.objects.count(), RecordRow.objects.count()) == (0, 0)
    limit_pages(store, 2**30)
    store.apply(Outcome(records=(case,)), by="ada")
    assert CaseRow.objects.count() == 1
    assert audit.walk().problem == ""
