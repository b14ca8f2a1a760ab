import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jikimi.text import lookalikes, numbers, roman, tables, views
from jikimi.text.hangul import coded, initials_of, keys_of
from jikimi.text.tables import Table

TABLES = {
    "plain": tables.plain,
    "base": tables.base,
    "symbols": lookalikes.symbols,
    "glyphs": lookalikes.glyphs,
    "hanja": lookalikes.hanja,
    "hangul only": lookalikes.hangul_only,
    "rough": lookalikes.rough,
    "pinyin": lookalikes.pinyin,
}
EVERY = range(0x110000)
anything = st.text(
    st.characters() | st.sampled_from("김민서ㄱㅣㅁ金人口l10O@ｷﾞか\u3099\ud800\u202e\u200b\u0301 .rnvv"),
    max_size=60,
)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_answers_for_every_code_point(name: str) -> None:
    table: Table = TABLES[name]()
    assert all(isinstance(table[code], str) for code in EVERY)


def test_the_base_fold_is_idempotent_over_every_code_point() -> None:
    table = tables.plain()
    assert [hex(code) for code in EVERY if table[code].translate(table) != table[code]] == []


def test_the_coded_fold_is_the_readable_one_in_code() -> None:
    plain, base = tables.plain(), tables.base()
    assert [hex(code) for code in EVERY if coded(plain[code]) != base[code]] == []


def test_what_is_invisible_is_dropped() -> None:
    dropped = [c for c in map(chr, EVERY) if unicodedata.category(c) in {"Cf", "Cs", "Mn", "Zs", "Cc"}]
    table = tables.base()
    assert {c for c in dropped if table[ord(c)] and c not in "\u3099\u309a"} == set()


def test_the_table_of_digits_answers_for_every_code_point_with_one_character() -> None:
    table = numbers.table()
    assert all(len(table[code]) == 1 for code in EVERY)


@given(anything)
def test_folding_takes_any_string_and_twice_is_once(text: str) -> None:
    table = tables.plain()
    once = text.translate(table)
    assert once.translate(table) == once


@settings(deadline=None)  # the tables are read in the first call
@given(anything)
def test_tracing_gives_what_folding_gives_and_stays_in_the_text(text: str) -> None:
    for view in views.VIEWS:
        steps = views.whole(view)
        traced, origin = views.trace(text, steps)
        assert traced == views.fold(text, steps)
        assert len(origin) == len(traced)
        assert all(0 <= at < len(text) for at in origin)


def test_forms_of_one_syllable_fold_alike() -> None:
    forms = ["김", unicodedata.normalize("NFD", "김"), "ㄱㅣㅁ", "ﾡￜﾱ"]
    assert {views.fold(form, views.PLAIN) for form in forms} == {"AXE"}


def test_letters_of_all_kinds_fold_to_plain_ones() -> None:
    spelled = ["Gildong", "ＧＩＬＤＯＮＧ", "𝗴𝗶𝗹𝗱𝗼𝗻𝗴", "🅖🅘🅛🅓🅞🅝🅖", "gíldöñg", "g1ld0ng", "gіldоng"]
    assert {views.fold(text, views.PLAIN) for text in spelled} == {"glldong"}


def test_kana_and_characters_fold_to_one_shape() -> None:
    assert views.fold("ｻﾞザざ", views.PLAIN) == "ざざざ".translate(tables.plain())
    assert views.fold("臺灣澤", views.PLAIN) == views.fold("台湾泽", views.PLAIN)


def test_keys_and_initials_of_hangul() -> None:
    assert keys_of("한글 왜 뷁") == "gksrmf dho qnpfr"
    assert initials_of("꽃나무 a") == "ㄲㄴㅁ"


def test_readings_of_one_character_are_one_class() -> None:
    assert lookalikes.reading_class("리") == lookalikes.reading_class("이")
    assert lookalikes.reading_class("금") == lookalikes.reading_class("김")
    assert lookalikes.reading_class("려") == lookalikes.reading_class("여")
    assert lookalikes.reading_class("로") == lookalikes.reading_class("노")


def test_a_rough_syllable_keeps_its_sound_and_loses_its_last_consonant() -> None:
    said = {views.fold(text, views.ROUGH) for text in ("대", "태", "때", "댁", "데", "뗏")}
    assert said == {coded("ㄷ") + "Y"}


@given(st.text(st.sampled_from("0123456789OolI|일이공①９ -.()_/가a\u200b\u20e3𝟙"), max_size=40))
def test_no_text_with_a_run_of_digits_is_spared_the_table_of_digits(text: str) -> None:
    seen = text.translate(numbers.table())
    assert bool(numbers.runs_in(text)) == bool(numbers.RUN.search(seen))


@given(st.text(st.sampled_from("abcdeghkmnoprstuwyz "), max_size=60))
def test_skeletons_that_are_remembered_are_those_of_the_whole_text(text: str) -> None:
    assert roman.words_in(text) == roman.skeleton(text).split(" ")
