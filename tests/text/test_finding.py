import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jikimi.model.text import Identifier, IdentifierKind
from jikimi.text.bank import LiveTextBank
from jikimi.text.starts import Starts

Said = dict[str, tuple[str, str]]
Ask = Callable[..., Said]

NAMES = {
    "우리 김민서가": ("exact", "김민서"),
    "김 민 서": ("strong", "김 민 서"),
    "김♥민♥서는": ("strong", "김♥민♥서"),
    "김\u200b민ㅤ서": ("strong", "김\u200b민ㅤ서"),
    unicodedata.normalize("NFD", "김민서는"): ("exact", unicodedata.normalize("NFD", "김민서")),
    "ㄱㅣㅁㅁㅣㄴㅅㅓ": ("strong", "ㄱㅣㅁㅁㅣㄴㅅㅓ"),
    "ﾡￜﾱﾱￜﾤﾵￆ": ("strong", "ﾡￜﾱﾱￜﾤﾵￆ"),
    "rlaalstj": ("strong", "rlaalstj"),
    "金민서 씨": ("strong", "金민서"),
    "김민人ㅓ": ("lookalike", "김민人ㅓ"),
    "김민从ㅓ님": ("lookalike", "김민从ㅓ"),
    "낌민서": ("phonetic", "낌민서"),
    "김 밍 서": ("skeleton", "김 밍 서"),
    "김서민": ("skeleton", "김서민"),
    "Kim Min-seo": ("romanised", "Kim Min-seo"),
    "k i m m i n s e o": ("romanised", "k i m m i n s e o"),
    "김min서가": ("romanised", "김min서"),
    "낌민人ㅓ": ("lookalike", "낌민人ㅓ"),
    "낌민Ж\u200bㅓ는": ("lookalike", "낌민Ж\u200bㅓ"),
    "깅ㅁЖㄴ써": ("lookalike", "깅ㅁЖㄴ써"),
    "ㄱㅁㅅ": ("initials", "ㄱㅁㅅ"),
}


@pytest.mark.parametrize("text", NAMES)
def test_a_respelled_name_is_found_with_its_evidence_and_place(text: str, said: Ask) -> None:
    assert said(text).get("name") == NAMES[text]


def test_a_syllable_in_another_shape_beside_one_that_sounds_different_is_found(said: Ask) -> None:
    assert said("캉태거가", name="강태지") == {"name": ("lookalike", "캉태거")}
    assert said("윽결쩡", name="우결정") == {"name": ("lookalike", "윽결쩡")}
    assert said("윾은써", name="유은서") == {"name": ("lookalike", "윾은써")}
    assert said("고윽꽝은", name="고우광") == {"name": ("lookalike", "고윽꽝")}


def test_a_tense_consonant_behind_the_same_final_one_is_found_by_its_sound(said: Ask) -> None:
    assert said("박껼빈이", name="박결빈") == {"name": ("phonetic", "박껼빈")}


@pytest.mark.parametrize("text", ["수박 구름쌔벽둥이님", "수박 꾸름새벽둥이님"])
def test_a_nickname_behind_a_word_that_ends_as_it_begins_is_found_by_its_sound(text: str, said: Ask) -> None:
    assert said(text, nickname="구름새벽둥이") == {"nickname": ("phonetic", text[3:-1])}


@pytest.mark.parametrize("text", ["김ㅁ서 Ж", "김 서ㅋㅋ ★", "ㅁㄴ서ㅋㅋ!", "김Ж서"])
def test_what_lacks_a_letter_and_has_no_foreign_one_in_its_place_is_not_found(text: str, said: Ask) -> None:
    assert "name" not in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "우김민서",
        "김민선이",
        "김민, 서울에서",
        "김민.\n서울",
        "ㅋㅋㅋ",
        "김 민주 서",
        unicodedata.normalize("NFD", "김민선"),
    ],
)
def test_what_only_contains_the_letters_is_no_sure_find(text: str, said: Ask) -> None:
    assert said(text).get("name", ("skeleton", ""))[0] in ("skeleton", "phonetic")


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("@gil_dong97", "exact"),
        ("문의 gild0ng97로", "strong"),
        ("g.i.l.d.o.n.g.9.7", "strong"),
        ("ⓖⓘⓛⓓⓞⓝⓖ97", "strong"),
        ("gіl_dоng97", "strong"),
        ("$gil_dong97", "exact"),
    ],
)
def test_a_respelled_handle_is_found(text: str, evidence: str, said: Ask) -> None:
    assert said(text)["handle"][0] == evidence


@pytest.mark.parametrize(
    "text",
    ["gil dong 97", "gil dong97", "gil-dong97", "gil_dong97_fan", "xgil_dong97", "gil_dong977", "9110009971"],
)
def test_another_account_is_not_found(text: str, said: Ask) -> None:
    assert "handle" not in said(text)


@pytest.mark.parametrize("text", ["sos 505", "call 505 now"])
def test_digits_alone_are_no_short_handle(text: str, said: Ask) -> None:
    assert said(text, handle="boss").get("handle") is None


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("010 0234 5678", "exact"),
        ("+82 10-0234-5678", "exact"),
        ("공일공 공이삼사 오육칠팔", "strong"),
        ("O1O-O234-5678", "strong"),
        ("⓪①⓪⓪②③④⑤⑥⑦⑧", "strong"),
    ],
)
def test_a_respelled_number_is_found(text: str, evidence: str, said: Ask) -> None:
    assert said(text)["phone"][0] == evidence


@pytest.mark.parametrize("text", ["1010023456789", "010-0234-56789", "010-0234-567"])
def test_a_part_of_a_number_is_not_found(text: str, said: Ask) -> None:
    assert "phone" not in said(text)


def test_a_short_title_within_a_longer_word_is_not_found(said: Ask) -> None:
    assert said("나비효과", title="나비") == {}
    assert said("호랑나비", title="나비") == {}
    assert said("어제 나비를 봤다", title="나비") == {"title": ("exact", "나비")}


def test_schools_titles_and_addresses_are_found_where_they_stand(said: Ask) -> None:
    assert said("서울한빛고등학교 학생") == {"school": ("exact", "한빛고등학교")}
    assert said("달빛아래 강변산책")["title"] == ("strong", "달빛아래 강변산책")
    assert said("example[.]com/album/ab12 봐")["url"] == ("strong", "example[.]com/album/ab12")
    assert said("hxxp example dot com/album/ab12")["url"][0] == "strong"
    assert "url" not in said("example.com/album/ab123")


@pytest.mark.parametrize(
    ("name", "text", "evidence"),
    [
        ("王小明", "王 小 明 说", "strong"),
        ("张丽华", "張麗華", "strong"),
        ("王小明", "我认识王晓铭", "phonetic"),
        ("王小明", "wang xiaoming", "romanised"),
        ("たなか はなこ", "タナカハナコ", "strong"),
        ("たなか はなこ", "ﾀﾅｶ ﾊﾅｺ", "strong"),
        ("カトウ", "力卜ウさん", "lookalike"),
        ("田中花子", "tanaka hanako", "romanised"),
        ("渡辺広志", "渡邊廣志", "strong"),
        ("Анна Берёзова", "aннa бepёзoвa", "strong"),
        ("Анна Берёзова", "Anna Berezova", "romanised"),
        ("Nguyễn Văn Minh", "nguyen van minh", "strong"),
        ("José Núñez", "J o s e N u n e z", "strong"),
    ],
)
def test_names_in_other_languages_are_found(name: str, text: str, evidence: str, said: Ask) -> None:
    assert said(text, name=name)["name"][0] == evidence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800",
        "\udfff김\ud800민",
        "\u202e" * 100,
        "a" + "\u0301" * 10_000,
        "\x00\x01",
        "\U0010ffff",
        "ㄱ." * 500,
        "口" * 500,
        "ㅋㅋ口1 x" * 140_000,
    ],
)
def test_bad_text_is_read_without_complaint(text: str, said: Ask) -> None:
    assert said(text) == {}


def test_a_name_between_surrogates_and_overrides_is_found_in_its_place(said: Ask) -> None:
    assert said("\ud800\u202e김\u202c민서\udfff")["name"][1] == "김\u202c민서"


def test_a_name_at_the_end_of_a_long_post_is_found_in_its_place(said: Ask) -> None:
    text = "가나다라 마바사 " * 12_000 + "김민서"
    assert said(text)["name"] == ("exact", "김민서")
    across = "가" * 19_990 + " 김민서 gil_dong97 " + "나" * 30_000
    assert set(said(across)) == {"name", "handle"}


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                "김민서",
                "낌",
                "킴",
                "민",
                "밍",
                "미",
                "서",
                "써",
                "선",
                "人",
                "口1ㄴ",
                "ㅓ",
                "ㅅㅓ",
                " ",
                ".",
                "♥",
                "\u200b",
                "이",
                "는",
                "a",
                "1",
                "金",
                "ㄱㅣㅁ",
                "기口",
                "대",
                "머",
            ]
        ),
        max_size=9,
    )
)
def test_words_that_are_looked_at_alone_say_all_that_the_whole_text_says(pieces: list[str]) -> None:
    """And more: a word before another that ends with its first consonant hides it in the whole."""
    kinds = (
        ("n", IdentifierKind.NAME, "김민서"),
        ("o", IdentifierKind.NAME, "이대선"),
        ("t", IdentifierKind.TITLE, "민서 선"),
        ("k", IdentifierKind.NICKNAME, "서민대머"),
    )
    bank = LiveTextBank([Identifier(key, "c", kind, text) for key, kind, text in kinds])
    text = "".join(pieces)
    alone = {hit.identifier: hit.evidence.rank for hit in bank.scan([text])[0]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Starts, "places", lambda *_: None)
        whole = {hit.identifier: hit.evidence.rank for hit in bank.scan([text])[0]}
    assert all(alone.get(key, 99) <= rank for key, rank in whole.items())


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters() | st.sampled_from("김민서gild0n97_ \u200bㅅㅓ人")))
def test_any_text_can_be_read_and_hits_lie_inside(text: str) -> None:
    bank = LiveTextBank(
        [
            Identifier("n", "c", IdentifierKind.NAME, "김민서"),
            Identifier("h", "c", IdentifierKind.HANDLE, "gildong97"),
        ]
    )
    for hit in bank.scan([text + "김민서"])[0]:
        assert 0 <= hit.start < hit.end <= len(text) + 3


@pytest.mark.parametrize("text", ["un momento tiralo ora", "Tiralo", "tornati a casa"])
def test_a_word_without_the_underscore_of_a_handle_is_no_find(text: str, said: Ask) -> None:
    assert said(text, handle="tira_lo") == {}
    assert said(text, handle="toma_ti") == {}


def test_a_handle_with_an_underscore_is_found_in_other_letters(said: Ask) -> None:
    assert said("t i r a l o", handle="tira_lo")["handle"][0] == "strong"
    assert said("tir\u0430lo", handle="tira_lo")["handle"][0] == "strong"
    assert said("tira.lo", handle="tira_lo")["handle"][0] == "strong"


def test_two_words_are_no_handle_where_letters_are_merged_elsewhere(said: Ask) -> None:
    assert said("modern: in casos raros, a coisa", handle="raro_sa") == {}
