"""The drills: watches on real servers are killed while posts keep coming, and none is lost."""

from pathlib import Path

import pytest

from chat_drill import (
    Chat,
    killed_before_its_first_post,
    killed_while_posts_come,
    posts_while_down,
    relay_chat,
    room_chat,
)
from matrix_peer import PYTHON, start_homeserver, synapse_python
from nostr_peer import Relay

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(params=["relay", "synapse"])
def chat(request: pytest.FixtureRequest) -> Chat:
    if request.param == "relay":
        relay: Relay = request.getfixturevalue("relay")
        return relay_chat(relay)
    return room_chat(request.getfixturevalue("homeserver"), limit=10)


@pytest.fixture(scope="module")
def homeserver(tmp_path_factory):
    if not synapse_python():
        pytest.skip(f"{PYTHON} is not set: no Synapse to test against")
    started = start_homeserver(tmp_path_factory.mktemp("synapse"))
    yield started
    started.stop()


def test_killed_five_times_while_posts_keep_coming_nothing_is_lost(chat: Chat, tmp_path: Path) -> None:
    tally = killed_while_posts_come(chat, tmp_path, posts=60)
    assert (tally.kills, tally.sent, tally.lost) == (5, 60, 0)


def test_killed_before_its_first_post_nothing_is_lost(chat: Chat, tmp_path: Path) -> None:
    assert killed_before_its_first_post(chat, tmp_path).lost == 0


def test_thirty_posts_while_down_come_in_order_though_an_answer_holds_ten(chat: Chat, tmp_path: Path) -> None:
    tally = posts_while_down(chat, tmp_path)
    assert (tally.sent, tally.lost) == (31, 0)
    assert tally.is_in_order or chat.source == "nostr"  # notes of one second have no order
