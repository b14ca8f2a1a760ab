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
        ("JIKIMI_TSA", "tsa.example", "https://user:password@tsa.example/tsr"),
        ("JIKIMI_TSA_TOKEN", "two\nlines", "one line"),
        ("JIKIMI_TSA_CERTIFICATE", "nowhere.pem", "is not a file"),
        ("JIKIMI_CAPTURE", "video", "browser, plain"),
        ("JIKIMI_DATABASE", "postgresql://host", "postgresql://user:password@host/name"),
        ("JIKIMI_ADDRESS", "jikimi.example/path", "https://jikimi.centre.example"),
        ("JIKIMI_LADDER", "1h,soon", "such as 24h"),
        ("JIKIMI_GONE_AFTER", "a day", "such as 24h"),
        ("JIKIMI_CENTRE", "two\nlines", "one line"),
        ("JIKIMI_SECURE", "maybe", "yes, no"),
        ("JIKIMI_WORKERS", "0", "from 1 to 64"),
        ("JIKIMI_PORTT", "8000", "there is no such setting"),
        ("JIKIMI_IMAP", "imap.example", "imaps://user:password@imap.example/INBOX"),
        ("JIKIMI_DKIM", "Not A Label", "such as jikimi"),
        ("JIKIMI_DKIM_KEY", "/nowhere/at/all", "is not a file"),
        ("JIKIMI_SIGN_KEY", "/nowhere/at/all", "is not a file"),
        ("JIKIMI_SIGN_AGENT", "http://centre.example", "such as https://centre.example"),
        ("JIKIMI_SIGN_AGENT", "https://centre.example/bot", "such as https://centre.example"),
        ("JIKIMI_SIGN_AGENT", 'https://a"b.example', "such as https://centre.example"),
        ("JIKIMI_GATHER", "an hour", "such as 24h"),
        ("JIKIMI_XARF", "worst", "baseline, A1"),
        ("JIKIMI_COUNTRY", "Korea", "such as KR"),
        ("JIKIMI_NAMES", "dns.example", "such as 10.0.0.53"),
        ("JIKIMI_NAMES", "300.0.0.1", "such as 10.0.0.53"),
        ("JIKIMI_CHANNELS", "/nowhere/at/all", "is not a file"),
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
        {
            "JIKIMI_SMTP": "smtp://u:hunter2@h",
            "JIKIMI_DATABASE": "postgresql://u:hunter2@h/n",
            "JIKIMI_TSA": "https://u:hunter2@h",
            "JIKIMI_TSA_TOKEN": "hunter2",
        }
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


def test_a_key_that_signs_requests_and_the_origin_that_vouches_for_it_need_each_other(tmp_path) -> None:
    file = tmp_path / "sign.pem"
    file.write_text("x")
    key, agent = {"JIKIMI_SIGN_KEY": str(file)}, {"JIKIMI_SIGN_AGENT": "https://centre.example:8443"}
    with pytest.raises(Misconfigured, match=r"^JIKIMI_SIGN_AGENT: .* Type JIKIMI_SIGN_AGENT=https://"):
        read_settings(key)
    with pytest.raises(Misconfigured, match=r"^JIKIMI_SIGN_KEY: .* Type JIKIMI_SIGN_KEY=/"):
        read_settings(agent)
    settings = read_settings(key | agent)
    assert (settings.sign_key, settings.sign_agent) == (file, "https://centre.example:8443")
    assert (read_settings({}).sign_key, read_settings({}).sign_agent) == (None, "")


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


def test_a_ladder_may_repeat_a_pause() -> None:
    settings = read_settings({"JIKIMI_LADDER": "1h,6h,24h,48h,1d*14, 7d * 12,30d"})
    assert settings.ladder == LADDER
    for wrong in ("1h*", "1h*0", "*3", "1h*1001"):
        with pytest.raises(Misconfigured, match="JIKIMI_LADDER"):
            read_settings({"JIKIMI_LADDER": wrong})


def test_further_ways_out_have_names_and_never_show_themselves() -> None:
    settings = read_settings(
        {"JIKIMI_VANTAGES": "abroad=http://u:secret@10.8.0.2:3128, sea=http://10.9.0.2:80"}
    )
    assert [name for name, _ in settings.vantages] == ["abroad", "sea"]
    assert "secret" not in repr(settings)
    for wrong in (
        "http://10.8.0.2:3128",
        "here=http://10.8.0.2:1",
        "a=http://10.0.0.2:1,a=http://10.0.0.3:1",
        "a=ftp://x",
    ):
        with pytest.raises(Misconfigured, match="JIKIMI_VANTAGES"):
            read_settings({"JIKIMI_VANTAGES": wrong})
