"""Requests go through a real mail server, answers come through a real mailbox, nothing is doubled."""

import random
import runpy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP as CRLF
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from jikimi.evidence.verify import verify
from jikimi.flow import STEPS, acts, steering
from jikimi.flow.replies import MAILBOX, first_reading, read_by_person, waiting_replies
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.errors import Blocked, InDoubt, TryLater
from jikimi.model.mail import Answer, Incoming, Mailing, Reply
from jikimi.model.outcome import Outcome
from jikimi.model.policy import Leave, Why
from jikimi.model.ports import Handed, House
from jikimi.model.post import Secret
from jikimi.removal.dkim import DkimSigner, new_key
from jikimi.removal.inbox import ImapInbox
from jikimi.removal.smtp import SmtpChannel
from jikimi.review.authority import SENDING
from jikimi.store import audit
from jikimi.store.models import JobRow, JobState, StayRow
from jikimi.worker.jobs import run, settle, work_through

STORY = runpy.run_path(str(Path(__file__).with_name("test_story.py")))
SERVERS = runpy.run_path(str(Path(__file__).parents[1] / "mail_servers.py"))
open_case, add_specimen, post, confirm, remove, watch_the_street = (
    STORY[name] for name in ("open_case", "add_specimen", "post", "confirm", "remove", "watch_the_street")
)
SIGNER = DkimSigner("centre.invalid", "jikimi", new_key())
HOUR = timedelta(hours=1)
JPEG = encode_jpeg(draw(1), 60)


class GatheringPostbox:
    """A channel that carries several notices at once. Implements the ports Channel and Gathering."""

    def __init__(self) -> None:
        self.name = "email"
        self.mails: list[tuple[Notice, ...]] = []
        self.trouble: Exception | None = None

    def deliver(self, notice: Notice, evidence: Any) -> Handed:
        del evidence
        return self._take((notice,))

    def deliver_together(self, mailing: Mailing, notices: Any) -> Handed:
        assert set(mailing.notices) >= {notice.key for notice in notices}
        return self._take(tuple(notices))

    def _take(self, notices: tuple[Notice, ...]) -> Handed:
        if self.trouble is not None:
            raise self.trouble
        self.mails.append(notices)
        return Handed("<x@centre.invalid>", "taken")

    @property
    def notices(self) -> list[str]:
        return [notice.key for mail in self.mails for notice in mail]


class ScriptedInbox:
    """Messages in memory, behind a cursor that counts. Implements the port Inbox."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.trouble: Exception | None = None

    def read(self, cursor: str, limit: int) -> tuple[Incoming, ...]:
        if self.trouble is not None:
            raise self.trouble
        start = int(cursor or "0")
        new = list(enumerate(self.messages, 1))[start : start + limit]
        return tuple(Incoming(str(number), body) for number, body in new)


@pytest.fixture
def gathering(house: House) -> House:
    return replace(
        house,
        channels={"email": GatheringPostbox()},
        rules=replace(house.rules, gather=HOUR),
        inbox=ScriptedInbox(),
    )


def mails(house: House) -> list[tuple[Notice, ...]]:
    postbox: Any = house.channels["email"]
    return postbox.mails  # type: ignore[no-any-return]


def settled(house: House, clock: Any, turn: timedelta = timedelta(minutes=2)) -> None:
    work_through(house)
    clock.turn(turn)
    work_through(house)


def confirmed(house: House, *names: str) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    for name in names:
        post(house, name, JPEG)
    work_through(house)
    confirm(house)


def answer(token: str, text: str, sender: str = "abuse@street.invalid") -> bytes:
    message = EmailMessage(policy=CRLF)
    message["From"] = sender
    message["To"] = f"removal+{token}@centre.invalid"
    message["Subject"] = "Re: request"
    message.set_content(text)
    return message.as_bytes()


def put(house: House, message: bytes) -> None:
    inbox: Any = house.inbox
    inbox.messages.append(message)


def read_the_mailbox(house: House, clock: Any) -> None:
    house.records.apply(Outcome(next=(first_reading(),)), by="serve")
    settled(house, clock)


def test_the_places_of_one_alert_go_to_their_contact_in_one_mail(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one", "two", "three")
    work_through(gathering)
    assert mails(gathering) == []  # they wait twenty seconds for each other
    settled(gathering, clock)
    assert [len(mail) for mail in mails(gathering)] == [3]
    states = [receipt.state for receipt in gathering.records.find(Receipt)]
    assert states == [Sent.SENT] * 3


def test_what_comes_within_the_hour_waits_for_its_end_and_is_checked_again(
    gathering: House, clock: Any
) -> None:
    confirmed(gathering, "one")
    settled(gathering, clock)
    for name in ("two", "three", "four"):
        post(gathering, name, JPEG)
        settled(gathering, clock, timedelta(minutes=5))
    assert [len(mail) for mail in mails(gathering)] == [1]
    remove(gathering, "four")
    settled(gathering, clock, HOUR)
    settled(gathering, clock)
    assert [len(mail) for mail in mails(gathering)] == [1, 2]
    states = sorted(receipt.state for receipt in gathering.records.find(Receipt))
    assert states == [Sent.NOT_NEEDED, Sent.SENT, Sent.SENT, Sent.SENT]


def test_undo_works_while_a_request_waits(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one")
    work_through(gathering)
    alert = STORY["the_alert"]().key
    gathering.records.apply(acts.decide(gathering, alert, STORY["Verdict"].REOPENED, by="bora"), by="bora")
    settled(gathering, clock, HOUR)
    assert mails(gathering) == []


def test_what_is_taken_back_while_the_server_is_away_stays_out_of_the_mail(
    gathering: House, clock: Any
) -> None:
    box: Any = gathering.channels["email"]
    box.trouble = TryLater("451 greylisted")
    confirmed(gathering, "one", "two")
    settled(gathering, clock)
    (mailing,) = gathering.records.find(Mailing)
    first = gathering.records.get(Notice, mailing.notices[0])
    taken_back = Receipt(first.case, first.place, first.key, Sent.NOT_NEEDED, "", "", clock())
    gathering.records.apply(Outcome(records=(taken_back,)), by="bora")
    box.trouble = None
    settled(gathering, clock, HOUR)
    assert box.notices == [mailing.notices[1]]


def test_what_is_held_between_gathering_and_handing_in_goes_out_in_a_later_mail_once(
    gathering: House, clock: Any
) -> None:
    box: Any = gathering.channels["email"]
    box.trouble = TryLater("451 greylisted")
    confirmed(gathering, "one", "two")
    settled(gathering, clock)
    (mailing,) = gathering.records.find(Mailing)
    held = gathering.records.get(Notice, mailing.notices[0])
    hold = steering.hold(gathering, held.case, Why.PAUSE, reason="wait", by="bora", place=held.place)
    gathering.records.apply(hold, by="bora")
    box.trouble = None
    settled(gathering, clock, HOUR)
    assert box.notices == [mailing.notices[1]]
    for _ in range(5):
        settled(gathering, clock, HOUR)
    assert box.notices == [mailing.notices[1]]
    let = steering.release(gathering, held.case, Why.PAUSE, reason="", by="bora", place=held.place)
    gathering.records.apply(let, by="bora")
    for _ in range(5):
        settled(gathering, clock, HOUR)
    assert box.notices == [mailing.notices[1], mailing.notices[0]]
    assert [receipt.state for receipt in gathering.records.find(Receipt)] == [Sent.SENT] * 2


@pytest.mark.parametrize("gather", [HOUR, timedelta()], ids=["together", "one by one"])
def test_who_acts_while_the_server_is_away_is_not_named_in_what_leaves_then(
    gathering: House, clock: Any, gather: timedelta
) -> None:
    house = replace(gathering, rules=replace(gathering.rules, gather=gather, contact="Dana, desk@c.invalid"))
    box: Any = house.channels["email"]
    box.trouble = TryLater("451 greylisted")
    confirmed(house, "one")
    settled(house, clock)
    alert = STORY["the_alert"]().key
    house.records.apply(acts.decide(house, alert, STORY["Verdict"].CONFIRMED, by="dana"), by="dana")
    box.trouble = None
    settled(house, clock, HOUR)
    assert box.notices == []
    assert "names a case or a member of staff" in JobRow.objects.get(step="send").reason


def test_a_mail_that_left_nobody_in_it_makes_none_wait(gathering: House, clock: Any) -> None:
    box: Any = gathering.channels["email"]
    box.trouble = TryLater("451 greylisted")
    confirmed(gathering, "one")
    settled(gathering, clock)
    gathering.records.apply(steering.pause(gathering, is_on=True, by="admin"), by="admin")
    settled(gathering, clock, timedelta(minutes=10))
    box.trouble = None
    gathering.records.apply(steering.pause(gathering, is_on=False, by="admin"), by="admin")
    settled(gathering, clock, timedelta(minutes=10))
    settled(gathering, clock)
    assert len(box.notices) == 1


def test_two_requests_that_take_one_seat_both_go_out_once(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one", "two")
    waiting: list[Any] = []
    while len(waiting) < 2:
        for job in gathering.queue.lease(4, clock()):
            if job.step == "send":
                waiting.append((job, run(job, gathering)))  # both look before either is written
            else:
                settle(job, run(job, gathering), gathering)
    for job, plan in waiting:
        settle(job, plan, gathering)
    assert len(gathering.records.find(Leave)) == 1
    for _ in range(4):
        settled(gathering, clock, HOUR)
    box: Any = gathering.channels["email"]
    assert sorted(box.notices) == sorted(one.key for one in gathering.records.find(Notice))
    assert len(gathering.records.find(Leave)) == 2


def test_what_was_rehearsed_stays_so_when_sending_is_turned_on(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one", "two")
    work_through(gathering)
    gathering.records.apply(acts.turn(gathering, SENDING, is_on=False, by="admin"), by="admin")
    settled(gathering, clock)
    assert [receipt.state for receipt in gathering.records.find(Receipt)] == [Sent.REHEARSED] * 2
    gathering.records.apply(acts.turn(gathering, SENDING, is_on=True, by="admin"), by="admin")
    for _ in range(5):
        settled(gathering, clock, 24 * HOUR)
    assert mails(gathering) == []


def test_two_gatherings_at_once_put_no_request_into_two_mails(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one", "two")
    work_through(gathering)
    clock.turn(timedelta(minutes=1))
    for _ in range(20):  # every step runs, dies before it is written, and runs again when its lease ends
        for job in gathering.queue.lease(4, clock()):
            if job.step == "hand_in":
                gathering.queue.postpone(job, clock(), "not yet")
            else:
                run(job, gathering)
        clock.turn(timedelta(minutes=6))
        for job in gathering.queue.lease(4, clock()):
            settle(job, run(job, gathering), gathering)
    box: Any = gathering.channels["email"]
    assert len(box.notices) == len(set(box.notices)) == 2


def test_a_mail_that_was_interrupted_is_in_doubt_for_each_request_and_never_sent_twice(
    gathering: House, clock: Any
) -> None:
    confirmed(gathering, "one", "two")
    work_through(gathering)
    clock.turn(timedelta(minutes=1))
    steps = {**STEPS, "hand_in": lambda job, house: (STEPS["hand_in"](job, house), 1 / 0)[0]}
    while not mails(gathering):
        for job in gathering.queue.lease(1, clock()):
            plan = run(job, gathering, steps)
            if job.step != "hand_in":  # it went out, and the service died before it could say so
                settle(job, plan, gathering)
    clock.turn(timedelta(minutes=6))
    settled(gathering, clock, HOUR)
    assert [len(mail) for mail in mails(gathering)] == [2]
    assert {receipt.state for receipt in gathering.records.find(Receipt)} == {Sent.IN_DOUBT}


@pytest.mark.parametrize(
    ("trouble", "state"), [(Blocked("550 no"), Sent.REFUSED), (InDoubt("silence"), Sent.IN_DOUBT)]
)
def test_what_becomes_of_a_mail_becomes_of_each_request_in_it(
    gathering: House, clock: Any, trouble: Exception, state: Sent
) -> None:
    box: Any = gathering.channels["email"]
    box.trouble = trouble
    confirmed(gathering, "one", "two")
    settled(gathering, clock)
    assert [receipt.state for receipt in gathering.records.find(Receipt)] == [state, state]


def test_a_busy_server_loses_no_request(gathering: House, clock: Any) -> None:
    box: Any = gathering.channels["email"]
    box.trouble = TryLater("451 greylisted")
    confirmed(gathering, "one", "two")
    settled(gathering, clock)
    box.trouble = None
    settled(gathering, clock, HOUR)
    assert [len(mail) for mail in mails(gathering)] == [2]


@pytest.mark.parametrize("gather", [HOUR, timedelta()], ids=["together", "one by one"])
def test_two_days_without_the_mail_server_lose_no_request(
    gathering: House, clock: Any, gather: timedelta
) -> None:
    house = replace(gathering, rules=replace(gathering.rules, gather=gather))
    confirmed(house, "one", "two")
    postbox: Any = house.channels["email"]
    postbox.trouble = TryLater("the mail server cannot be reached", after=timedelta(minutes=5))
    for half_hour in range(96):
        settled(house, clock, HOUR / 2)
        if half_hour == 80:
            remove(house, "two")  # meanwhile it was taken down
    assert not JobRow.objects.filter(state=JobState.PARKED).exists()
    postbox.trouble = None
    for _ in range(4):
        settled(house, clock, HOUR)
    assert len(postbox.notices) == 1
    states = [receipt.state for receipt in house.records.find(Receipt)]
    assert sorted(states) == [Sent.NOT_NEEDED, Sent.SENT]


def test_a_reply_that_says_removed_only_makes_us_look_at_once(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one")
    settled(gathering, clock)
    (mailing,) = gathering.records.find(Mailing)
    before = len(gathering.records.find(Recheck))
    put(gathering, answer(mailing.key, "The content has been removed."))
    read_the_mailbox(gathering, clock)
    (reply,) = gathering.records.find(Reply)
    assert (reply.answer, reply.is_sure) == (Answer.REMOVED, True)
    looks = gathering.records.find(Recheck)[before:]
    assert [look.presence for look in looks] == [Presence.LIVE]  # they said so; it is still there
    assert STORY["the_alert"]().gone_at is None


def test_a_reply_is_kept_once_and_sealed_with_its_case(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one")
    settled(gathering, clock)
    (mailing,) = gathering.records.find(Mailing)
    message = answer(mailing.key, "Thank you for your report.")
    for one in (message, message, answer("f" * 32, "somebody else's"), b"\xff"):
        put(gathering, one)
    read_the_mailbox(gathering, clock)
    assert [reply.answer for reply in gathering.records.find(Reply)] == [Answer.ACKNOWLEDGED]
    position = gathering.records.position(MAILBOX)
    assert position is not None
    assert (position.cursor, position.problem) == ("4", "")
    gathering.records.apply(
        acts.close_case(gathering, mailing.case, reason="asked for", by="bora"), by="bora"
    )
    assert gathering.records.find(Reply) == ()
    put(gathering, answer(mailing.key, "too late"))
    settled(gathering, clock, timedelta(minutes=5))
    assert gathering.records.find(Reply) == ()


def test_unclear_and_weighty_replies_wait_for_a_person(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one")
    settled(gathering, clock)
    (mailing,) = gathering.records.find(Mailing)
    for text in ("Thank you for your report.", "We cannot remove this.", "hm", "Please use our online form."):
        put(gathering, answer(mailing.key, text))
    read_the_mailbox(gathering, clock)
    waiting = waiting_replies(gathering)
    assert [reply.answer for reply in waiting] == [Answer.REFUSED, Answer.UNKNOWN, Answer.NEEDS_FORM]
    outcome = read_by_person(gathering, waiting[1].key, Answer.REMOVED, by="bora")
    assert [job.step for job in outcome.next] == ["recheck"]
    gathering.records.apply(outcome, by="bora")
    assert len(waiting_replies(gathering)) == 2


def test_a_bounce_is_a_refusal_of_every_request_in_the_mail(gathering: House, clock: Any) -> None:
    confirmed(gathering, "one", "two")
    settled(gathering, clock)
    (mailing,) = gathering.records.find(Mailing)
    put(
        gathering,
        (
            f"To: removal+{mailing.key}@centre.invalid\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; m.example\r\n\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
        ).encode(),
    )
    read_the_mailbox(gathering, clock)
    refused = [r for r in gathering.records.find(Receipt) if r.state is Sent.REFUSED]
    assert len(refused) == 2
    assert "550 no such user" in refused[0].detail


def test_a_night_without_the_mailbox_ends_nothing(gathering: House, clock: Any) -> None:
    inbox: Any = gathering.inbox
    inbox.trouble = TryLater("the mailbox cannot be reached")
    read_the_mailbox(gathering, clock)
    for _ in range(20):
        settled(gathering, clock)
    position = gathering.records.position(MAILBOX)
    assert position is not None
    assert "cannot be reached" in position.problem
    inbox.trouble = None
    settled(gathering, clock)
    position = gathering.records.position(MAILBOX)
    assert position is not None
    assert position.problem == ""


class Sink:
    """A mail server that takes everything and keeps it."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[int, list[Envelope]]]:
    keeper = Sink()
    with SERVERS["serving"](keeper) as port:
        yield port, keeper.taken


def opened_mail(envelope: Envelope) -> Message:
    content = envelope.content
    assert isinstance(content, bytes)
    assert dkim.verify(content, dnsfunc=lambda _name, timeout=5: SIGNER.record.encode())  # noqa: ARG005
    return message_from_bytes(content)


@pytest.mark.server
def test_from_the_request_over_its_answer_to_gone_and_back_again(
    house: House, clock: Any, sink: tuple[int, list[Envelope]], tmp_path: Path
) -> None:
    port, taken = sink
    with SERVERS["dovecot"](tmp_path / "dovecot") as mailbox:
        channel = SmtpChannel(
            Secret(f"smtp://127.0.0.1:{port}"),
            "notices@centre.invalid",
            reply_to="removal@centre.invalid",
            sign=SIGNER,
            clock=clock,
        )
        rules = replace(house.rules, gather=HOUR)
        real = replace(
            house, channels={"email": channel}, inbox=ImapInbox(mailbox.url, clock=clock), rules=rules
        )
        confirmed(real, "one", "two")
        settled(real, clock)
        mail = opened_mail(taken[0])
        remove(real, "one", "two")
        reply = EmailMessage(policy=CRLF)
        reply["From"], reply["To"] = "abuse@street.invalid", mail["Reply-To"]
        reply["In-Reply-To"] = mail["Message-ID"]
        reply.set_content("요청하신 게시물은 삭제 완료되었습니다.")
        mailbox.put(reply.as_bytes())
        read_the_mailbox(real, clock)
        assert [r.answer for r in real.records.find(Reply)] == [Answer.REMOVED]
        assert [look.presence for look in real.records.find(Recheck)][-2:] == [Presence.GONE] * 2
        assert STORY["the_alert"]().gone_at is None  # one look is not enough, whoever says what
        for _ in range(2):
            clock.turn(timedelta(hours=25))
            work_through(real)
        assert STORY["the_alert"]().gone_at is not None
        web: Any = real.fetcher
        web.pages["http://street.invalid/one"] = STORY["PAGE"]
        web.pages["http://street.invalid/one.jpg"] = JPEG
        for _ in range(4):
            if len(taken) < 2:  # who is silent after that is reminded
                settled(real, clock, timedelta(days=2))
    again = opened_mail(taken[1])
    assert len(taken) == 2
    assert again["Message-ID"] != mail["Message-ID"]
    place = next(p for p in real.records.find(Place) if p.post_url.endswith("/one"))
    assert [n.number for n in real.records.find(Notice, parent=place.key)] == [1, 2]
    assert "It is available again." in real.records.find(Notice, parent=place.key)[1].body
    assert [verify(one.bag).is_whole for one in real.records.find(Evidence)] == [True, True]
    stays = StayRow.objects.filter(place=place.key).order_by("began_at", "pk")
    told = [standing for standing in stays.values_list("standing", flat=True) if standing != "waiting"]
    assert told == ["found", "asked", "said to be gone", "seems gone", "gone", "back", "asked"]
    assert audit.walk().problem == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_killed_at_random_no_request_is_lost_and_none_is_sent_twice(
    gathering: House, clock: Any, seed: int
) -> None:
    dice = random.Random(seed)
    confirmed(gathering, "one", "two", "three", "four")
    box: Any = gathering.channels["email"]
    for _ in range(400):
        box.trouble = TryLater("451 busy") if dice.random() < 0.1 else None
        for job in gathering.queue.lease(dice.randint(1, 3), clock()):
            fate = dice.random()
            if fate < 0.2:  # killed before it began
                continue
            plan = run(job, gathering)
            if fate > 0.4:  # else killed before it was written
                settle(job, plan, gathering)
        clock.turn(timedelta(seconds=dice.choice((5, 60, 360))))
    box.trouble = None
    for _ in range(4):
        settled(gathering, clock, HOUR)
    assert len(box.notices) == len(set(box.notices))
    notices = gathering.records.find(Notice)
    assert len(notices) == 4
    for notice in notices:
        states = [receipt.state for receipt in gathering.records.find(Receipt, parent=notice.key)]
        assert states in ([Sent.SENT], [Sent.IN_DOUBT])
        assert notice.key in box.notices or states == [Sent.IN_DOUBT]
    assert audit.walk().problem == ""
