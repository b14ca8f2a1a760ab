"""A form is filled in as its description says; a wrong description is refused before it is used."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Misconfigured, NeedsHuman
from jikimi.model.mail import About
from jikimi.model.ports import FilledForm, Rules
from jikimi.removal.form_text import read_form
from jikimi.removal.web_form import WebFormChannel

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
TEXT = """
name: board
url: https://board.example/report
fields:
  "#url": "{post_url}"
  "#more": "{request}: {sha256}"
  "#mail": "{mail}"
choices:
  "select[name=kind]": 불법촬영물
ticks: ["#agree"]
button: "#send"
done: 접수되었습니다
"""


class Taking:
    """Keeps what it is given. Implements the port FormFiller."""

    def __init__(self) -> None:
        self.filled: list[FilledForm] = []

    def fill(self, form: FilledForm) -> str:
        self.filled.append(form)
        return "접수되었습니다"


@pytest.fixture
def request_(notice: Notice) -> Notice:
    about = About("https://board.example/1", "https://board.example/{x}.jpg", "ab" * 32, NOW)
    return replace(notice, recipient="https://board.example/report", about=about)


def test_what_the_description_says_goes_into_the_fields(
    request_: Notice, evidence: Evidence, rules: Rules
) -> None:
    filler = Taking()
    handed = WebFormChannel(filler, (read_form(TEXT, "board.yaml"),), rules=rules).deliver(request_, evidence)
    (form,) = filler.filled
    assert dict(form.fields) == {
        "#url": "https://board.example/1",
        "#more": f"{request_.key[:12]}: {'ab' * 32}",
        "#mail": "notices@centre.example",
    }
    assert (form.choices, form.ticks) == ((("select[name=kind]", "불법촬영물"),), ("#agree",))
    assert handed.detail == "board: 접수되었습니다"


def test_a_form_that_nobody_described_or_no_browser_says_what_to_do_by_hand(
    request_: Notice, evidence: Evidence, rules: Rules
) -> None:
    with pytest.raises(NeedsHuman, match=r"Nobody described this form. Open https://board.example/report"):
        WebFormChannel(Taking(), (), rules=rules).deliver(request_, evidence)
    with pytest.raises(NeedsHuman, match="install Chromium"):
        WebFormChannel(None, (read_form(TEXT, "board.yaml"),), rules=rules).deliver(request_, evidence)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("name: board", "name: [", "is no YAML"),
        ("name: board", "nome: board", "nome"),
        ("https://board.example/report", "javascript:alert(1)", "must be the form's web address"),
        ("{post_url}", "{victim}", "cannot be filled in"),
        ("{post_url}", "{post_url.__class__}", ""),
        ('button: "#send"', "button: 7", "button"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(old: str, new: str, why: str) -> None:
    if not why:
        form = read_form(TEXT.replace(old, new), "board.yaml")
        assert form.fields["#url"] == new  # not a name: it stays text, and nothing is reached into
        return
    with pytest.raises(Misconfigured, match=why):
        read_form(TEXT.replace(old, new), "board.yaml")


def test_a_description_cannot_make_objects() -> None:
    with pytest.raises(Misconfigured):
        read_form("!!python/object/apply:os.getcwd []", "board.yaml")
