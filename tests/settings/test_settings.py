"""Bad settings stop the start with one line that says which setting and what to type."""

import pytest

from jikimi.model.errors import Misconfigured
from jikimi.settings import LADDER, read_settings


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("JIKIMI_PORT", "eight", "whole number from 1 to 65535"),
        ("JIKIMI_PORT", "70000", "whole number"),
        ("JIKIMI_LANGUAGE", "fr", "ko, en"),
        ("JIKIMI_SENDER", "not an address", "notices@centre.example"),
        ("JIKIMI_SMTP", "mail.example", "smtp://user:password@mail.example:587"),
        ("JIKIMI_DATABASE", "mysql://x/y", "postgresql://"),
        ("JIKIMI_DATABASE", "postgresql://host", "postgresql://user:password@host/name"),
        ("JIKIMI_ADDRESS", "jikimi.example/path", "https://jikimi.centre.example"),
        ("JIKIMI_LADDER", "1h,soon", "such as 24h"),
        ("JIKIMI_GONE_AFTER", "a day", "such as 24h"),
        ("JIKIMI_CENTRE", "two\nlines", "one line"),
        ("JIKIMI_SECURE", "maybe", "yes, no"),
        ("JIKIMI_WORKERS", "0", "from 1 to 64"),
        ("JIKIMI_PORTT", "8000", "there is no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_type(name: str, value: str, words: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings({name: value})
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert words in message
    assert "\n" not in message.replace(value, "")


def test_a_password_never_shows_in_settings_or_messages() -> None:
    settings = read_settings(
        {"JIKIMI_SMTP": "smtp://u:hunter2@h", "JIKIMI_DATABASE": "postgresql://u:hunter2@h/n"}
    )
    assert "hunter2" not in repr(settings)
    with pytest.raises(Misconfigured) as caught:
        read_settings({"JIKIMI_SMTP": "http://u:hunter2@h"})
    assert "hunter2" not in str(caught.value)


def test_the_defaults_are_right_for_one_centre_on_one_machine() -> None:
    settings = read_settings({})
    assert settings.origin == "http://127.0.0.1:8000"
    assert settings.ladder == LADDER
    assert settings.master_key_file == settings.folder / "keys" / "master.key"
    assert not settings.database


def test_the_folder_must_be_a_folder(tmp_path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(Misconfigured, match="JIKIMI_DATA"):
        read_settings({"JIKIMI_DATA": str(file)})


def test_the_network_must_be_a_file_that_is_there(tmp_path) -> None:
    file = tmp_path / "network.onnx"
    with pytest.raises(Misconfigured, match=r"JIKIMI_NETWORK: .* is not a file"):
        read_settings({"JIKIMI_NETWORK": str(file)})
    file.write_bytes(b"x")
    assert read_settings({"JIKIMI_NETWORK": str(file)}).network == file
    assert read_settings({}).network is None
