"""Cases: opening, the second person, originals, renewal, the end."""

import http.client
import struct
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Alert, Place
from jikimi.model.case import Authority, Case, Closure, Policy, Reference, Renewal, Withdrawal
from jikimi.model.fingerprint import POINTS_HEADER, Fingerprint
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.store.models import CaseRow, IndexRow, RecordRow

Fill = Callable[..., tuple[Case, Alert, Place]]
FILLED = {
    "number": "2026-0008",
    "title": "Heron",
    "authority": "victim",
    "purpose": "find and remove",
    "signed_on": "2026-03-01",
    "expires_on": "2027-02-28",
    "policy": "ask",
}
PICTURE = encode_jpeg(draw(2, 120, 80))


def a_file(name: str = "one.jpg", body: bytes = PICTURE) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


def test_a_case_is_opened_and_waits_for_a_second_person(cora: Client, house: House) -> None:
    answer = cora.post("/cases/new", FILLED, follow=True)
    assert b"A second person must approve it" in answer.content
    (case,) = house.records.find(Case)
    assert (case.number, case.title, case.by, case.is_minor, case.policy) == (
        "2026-0008", "Heron", "cora", False, Policy.ASK,
    )  # fmt: skip
    assert case.consent.authority is Authority.VICTIM
    assert case.consent.expires_on == date(2027, 2, 28)
    assert CaseRow.objects.get().state == "proposed"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": ""}, b"This field is required."),
        ({"authority": "a friend"}, b"Select a valid choice."),
        ({"signed_on": "2026-03-09"}, b"The authority is signed in the future."),
        ({"expires_on": "2026-03-01", "signed_on": "2026-01-01"}, b"The authority has run out."),
        ({"expires_on": "2028-03-01"}, b"An authority lasts a year at most"),
        ({"purpose": " "}, b"This field is required."),
    ],
)
def test_a_case_that_is_not_in_order_is_refused_in_words(
    cora: Client, house: House, change: dict[str, str], said: bytes
) -> None:
    answer = cora.post("/cases/new", FILLED | change)
    assert answer.status_code == 422
    assert said in answer.content
    assert house.records.find(Case) == ()


def test_a_number_is_used_once(cora: Client) -> None:
    cora.post("/cases/new", FILLED)
    answer = cora.post("/cases/new", FILLED)
    assert b"File number 2026-0008 is taken" in answer.content


def test_who_opened_a_case_cannot_approve_it_and_a_colleague_can(
    cora: Client, signed_in: Callable[..., Client]
) -> None:
    cora.post("/cases/new", FILLED)
    row = CaseRow.objects.get()
    page = f"/cases/{row.key}/"
    assert b"somebody else must approve it" in cora.get(page).content
    assert cora.post(f"{page}approve").status_code == 409
    assert CaseRow.objects.get().state == "proposed"
    second = signed_in("dana", "counsellor")
    assert b"cora opened this case" in second.get(page).content
    second.post(f"{page}approve")
    assert CaseRow.objects.get().state == "live"


def test_of_an_original_only_fingerprints_stay(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill()
    answer = cora.post(f"/cases/{case.key}/references", {"label": "lake", "originals": [a_file()]})
    assert b"The file was not kept." in answer.content
    kept = house.records.find(Reference, case=case.key)[-1]
    assert (kept.label, kept.by) == ("lake", "cora")
    assert PICTURE not in b"".join(bytes(b) for b in RecordRow.objects.values_list("body", flat=True))


def test_several_originals_are_each_answered_for(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill()
    files = [a_file(), a_file("note.txt", b"a note"), a_file("again.jpg")]
    answer = cora.post(f"/cases/{case.key}/references", {"label": "lake", "originals": files})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "this is text, not a picture" in page
    assert "was here already." in page
    assert [r.label for r in house.records.find(Reference, case=case.key)] == ["garden", "lake (1)"]


def test_the_names_of_files_are_not_kept(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill()
    cora.post(f"/cases/{case.key}/references", {"label": "lake", "originals": [a_file("real-name.jpg")]})
    assert "real-name" not in repr(house.records.find(Reference, case=case.key))
    assert b"real-name" not in cora.get(f"/cases/{case.key}/").content


@pytest.mark.parametrize("filled", [{"label": "lake"}, {"label": "", "originals": "x"}])
def test_a_form_without_files_or_label_is_refused(cora: Client, fill: Fill, filled: dict[str, str]) -> None:
    case, _, _ = fill()
    assert cora.post(f"/cases/{case.key}/references", filled).status_code == 422


def test_an_original_never_touches_the_disk_on_its_way(
    cora: Client, fill: Fill, address: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", refuse)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    case, _, _ = fill()
    cora.get(f"/cases/{case.key}/")
    token = cora.cookies["csrftoken"].value
    large = PICTURE + bytes(6 * 2**20)
    body = b"".join(
        [
            b'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n',
            token.encode(),
            b'\r\n--x\r\nContent-Disposition: form-data; name="label"\r\n\r\nlake\r\n',
            b'--x\r\nContent-Disposition: form-data; name="originals"; filename="a.jpg"\r\n\r\n',
            large,
            b"\r\n--x--\r\n",
        ]
    )
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in cora.cookies.items())
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Cookie": cookies}
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=30)
    connection.request("POST", f"/cases/{case.key}/references", body, headers | {"Host": parts.netloc})
    answer = connection.getresponse()
    assert (answer.status, b"not kept" in answer.read()) == (200, True)
    connection.close()
    assert len(house.records.find(Reference, case=case.key)) == 2


def test_a_reference_is_withdrawn(cora: Client, fill: Fill, house: House) -> None:
    case, _, place = fill()
    answer = cora.post(f"/references/{place.reference}/withdraw", follow=True)
    assert b"no longer searched for" in answer.content
    assert house.records.find(Withdrawal, case=case.key)[0].by == "cora"
    assert answer.content.count(b"/withdraw") == 0


def test_a_withdrawn_original_comes_back_with_its_file(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill()
    lake = {"label": "lake", "originals": [a_file()]}
    cora.post(f"/cases/{case.key}/references", lake)
    added = house.records.find(Reference, case=case.key)[-1]
    cora.post(f"/references/{added.key}/withdraw")
    page = cora.post(f"/cases/{case.key}/references", {"label": "lake", "originals": [a_file()]}, follow=True)
    assert b"was here already" not in page.content
    again = house.records.find(Reference, case=case.key)[-1]
    assert again.key != added.key
    assert f"/references/{again.key}/withdraw".encode() in page.content


def test_an_authority_is_renewed(cora: Client, fill: Fill, house: House) -> None:
    case, _, _ = fill()
    renewed = {key: FILLED[key] for key in ("authority", "purpose", "signed_on", "expires_on")}
    assert b"The authority is renewed." in cora.post(f"/cases/{case.key}/renew", renewed, follow=True).content
    assert house.records.find(Renewal, case=case.key)[0].consent.expires_on == date(2027, 2, 28)
    late = cora.post(f"/cases/{case.key}/renew", renewed | {"expires_on": "2029-01-01"})
    assert (late.status_code, b"a year at most" in late.content) == (422, True)


def test_a_case_is_closed_only_when_its_number_is_typed(cora: Client, fill: Fill, house: House) -> None:
    case, alert, _ = fill()
    refused = cora.post(f"/cases/{case.key}/close", {"number": "2026-1", "reason": "done"})
    assert (refused.status_code, b"not the file number" in refused.content) == (422, True)
    assert house.records.find(Closure) == ()
    closed = cora.post(f"/cases/{case.key}/close", {"number": case.number, "reason": "done"}, follow=True)
    assert b"nothing of it can be read again" in closed.content
    assert b"Willow" not in closed.content
    assert b"Case closed: done" in closed.content
    assert b"Willow" not in cora.get("/cases/").content
    assert not RecordRow.objects.filter(key=alert.key).exclude(body=b"").exists()


def test_a_closed_case_takes_nothing_more(cora: Client, fill: Fill) -> None:
    case, _, _ = fill()
    cora.post(f"/cases/{case.key}/close", {"number": case.number, "reason": "done"})
    answer = cora.post(f"/cases/{case.key}/references", {"label": "lake", "originals": [a_file()]})
    assert answer.status_code == 404
    assert not IndexRow.objects.filter(is_added=True).exists()


def test_the_timeline_says_who_did_what(cora: Client, fill: Fill, clock: Any) -> None:
    case, _, place = fill()
    clock.turn(timedelta(hours=1))
    cora.post(f"/references/{place.reference}/withdraw")
    page = cora.get(f"/cases/{case.key}/").content.decode()
    for text in (
        "Case opened",
        "Reference “garden” added",
        "Alert: a copy was found",
        "Reference “garden” withdrawn",
    ):
        assert text in page
    assert page.index("Case opened") < page.index("Reference “garden” withdrawn")


def test_a_reference_that_cannot_be_found_well_says_so_when_added_and_later(
    cora: Client, fill: Fill, house: House
) -> None:
    case, _, _ = fill()
    answer = cora.post(f"/cases/{case.key}/references", {"label": "lake", "originals": [a_file()]})
    said = "can be found by its hash only: cropped or pasted-in copies will be missed"
    assert answer.content.decode().count(said) == 3
    poor = Reference(case.key, (Fingerprint("pdq", b"x" * 32, 30),), "wall", "cora", house.clock())
    points = struct.pack(POINTS_HEADER, 1, 200, 200, 512, 341) + bytes(200 * 38)
    prints = (Fingerprint("pdq", b"y" * 32, 90), Fingerprint("orb", points, 90))
    good = Reference(case.key, prints, "garden wall", "cora", house.clock())
    house.records.apply(Outcome(records=(poor, good)), by="cora")
    lines = cora.get(f"/cases/{case.key}/").content.decode().split("<li")
    assert "cannot be matched beyond identical bytes." in next(line for line in lines if ">wall<" in line)
    assert "can be found" not in next(line for line in lines if "garden wall" in line)
    cora.post("/language", {"language": "ko", "next": "/"})
    page = cora.get(f"/cases/{case.key}/").content.decode()
    assert "완전히 같은 파일이 아니면 찾을 수 없습니다" in page
