"""Logs say where something failed, and repeat nothing that a library quotes in its errors."""

from urllib.parse import urlsplit

from jikimi.cli.logs import where_it_failed
from jikimi.model.errors import TryLater

ADDRESS = "http://willow\u2100harbour.invalid/one"


def told(error: Exception, cause: Exception | None = None) -> str:
    error.__cause__ = cause
    return where_it_failed((type(error), error, error.__traceback__))


def test_an_address_that_a_library_quotes_is_in_no_log() -> None:
    try:
        urlsplit(ADDRESS)
    except ValueError as error:
        quoted = error
    assert "harbour" in str(quoted)
    for said in (told(quoted), told(KeyError("김버들")), told(RuntimeError("x"), quoted)):
        assert "harbour" not in said.replace("test_logs", "")
        assert "김버들" not in said
    assert "urlsplit" in told(quoted)
    assert told(KeyError("x")).endswith("KeyError")
    both = told(RuntimeError("x"), quoted)
    assert both.index("ValueError") < both.index("Then:") < both.index("RuntimeError")


def test_our_own_errors_say_what_to_do() -> None:
    assert told(TryLater("the store cannot be used")).endswith("TryLater: the store cannot be used")
