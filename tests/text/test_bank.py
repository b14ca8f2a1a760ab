import threading

from jikimi.app.text import text_bank
from jikimi.model.ports import TextBank
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.text.bank import LiveTextBank


def name(key: str, text: str) -> Identifier:
    return Identifier(key, "case", IdentifierKind.NAME, text)


def found(bank: TextBank, text: str) -> list[str]:
    return [hit.identifier for hit in bank.scan([text])[0]]


def test_what_is_entered_is_found_in_the_next_text_and_withdrawn_in_the_one_after() -> None:
    bank = text_bank()
    assert found(bank, "김민서") == []
    bank.enter([name("1", "김민서")])
    assert found(bank, "김민서") == ["1"]
    bank.withdraw(["1", "never there"])
    assert found(bank, "김민서") == []


def test_a_key_that_comes_again_replaces_what_it_was() -> None:
    bank = text_bank([name("1", "김민서")])
    bank.enter([name("1", "박하늘")])
    assert (found(bank, "김민서"), found(bank, "박하늘")) == ([], ["1"])


def test_what_was_withdrawn_comes_back_only_when_it_is_entered() -> None:
    bank = LiveTextBank([name("1", "김민서")])
    bank.withdraw(["1"])
    bank.enter([name("2", "박하늘")])
    assert found(bank, "김민서 박하늘") == ["2"]
    bank.enter([name("1", "김민서")])
    assert sorted(found(bank, "김민서 박하늘")) == ["1", "2"]


def test_a_compacted_bank_finds_the_same_and_holds_nothing_withdrawn() -> None:
    bank = LiveTextBank()
    for number in range(400):
        bank.enter([name(str(number), f"김{chr(0xAC00 + number * 7)}{chr(0xB000 + number * 5)}")])
    bank.withdraw(str(number) for number in range(300))
    assert bank.wants_compacting
    bank.compact()
    assert not bank.wants_compacting
    assert len(bank) == 100
    held = [identifier.key for shelf in bank._shelves for identifier in shelf.identifiers]
    assert sorted(held) == sorted(str(number) for number in range(300, 400))
    assert found(bank, f"김{chr(0xAC00 + 350 * 7)}{chr(0xB000 + 350 * 5)}")[0] == "350"


def test_a_much_larger_shelf_is_compiled_again_only_when_something_on_it_was_withdrawn() -> None:
    bank = LiveTextBank(name(str(n), f"박{chr(0xAC00 + n * 7)}{chr(0xB000 + n * 5)}") for n in range(900))
    [largest] = bank._shelves
    for number in range(60):
        bank.enter([name(f"new {number}", f"김{chr(0xAC00 + number * 7)}{chr(0xB000 + number * 5)}")])
    bank.compact()
    assert bank._shelves[0] is largest
    assert [shelf.size for shelf in bank._shelves] == [900, 60]
    bank.withdraw(["7", "new 7"])
    bank.compact()
    assert [shelf.size for shelf in bank._shelves] == [958]


def test_what_is_entered_while_the_bank_is_compacted_stays() -> None:
    bank = LiveTextBank(name(str(n), f"박{chr(0xAC00 + n * 7)}{chr(0xB000 + n * 5)}") for n in range(3000))
    at_work = threading.Thread(target=bank.compact)
    at_work.start()
    bank.enter([name("new", "김민서")])
    at_work.join()
    assert found(bank, "김민서") == ["new"]


def test_an_identifier_is_named_once_at_its_surest() -> None:
    [hits] = text_bank([name("1", "김민서")]).scan(["낌민서 그리고 김 민 서 그리고 김민서 김민서"])
    assert [(hit.evidence.value, hit.start) for hit in hits] == [("exact", 18)]


def test_two_cases_may_know_the_same_words() -> None:
    assert sorted(found(text_bank([name("1", "김민서"), name("2", "김민서")]), "김민서")) == ["1", "2"]


def handle(key: str, text: str, case: str = "case") -> Identifier:
    return Identifier(key, case, IdentifierKind.HANDLE, text)


def test_what_left_the_search_for_a_while_is_found_again_though_it_still_stands_on_an_older_shelf() -> None:
    bank = LiveTextBank([*(handle(str(n), f"filler_number_{n}x") for n in range(40)), name("1", "김민서")])
    bank.withdraw(["1"])
    bank.enter([name("1", "김민서")])
    assert found(bank, "김민서") == ["1"]


def test_an_identifier_of_one_case_does_not_hide_that_of_another() -> None:
    nickname = Identifier("n", "one case", IdentifierKind.NICKNAME, "starfoxy")
    for bank in (
        LiveTextBank([nickname, handle("h", "starfoxy", "another case")]),
        LiveTextBank([handle("h", "starfoxy", "another case"), nickname]),
    ):
        hits = bank.scan(["starfoxy_old said it, then starfoxy came"])[0]
        assert {hit.identifier: hit.start for hit in hits} == {"n": 0, "h": 27}


def test_a_long_text_is_not_cut_within_a_word() -> None:
    bank = LiveTextBank([handle("h", "harbour88")])
    for cut in (19_000, 20_000, 38_000, 39_000):
        begins = ("word " * 10_000)[: cut - len("willow_")] + "willow_harbour88 and " + "word " * 5_000
        ends = ("word " * 10_000)[: cut - len("harbour88")] + "harbour88x and " + "word " * 5_000
        whole = ("word " * 10_000)[: cut - 9] + "    harbour88 and " + "word " * 5_000
        assert bank.scan([begins, ends]) == [[], []]
        assert [whole[hit.start : hit.end] for hit in bank.scan([whole])[0]] == ["harbour88"]
