"""What came back by mail: threaded to its case by token only, read by rules, and never taken as proof."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from jikimi.model.alert import Job, Notice, Receipt, Sent
from jikimi.model.errors import Gone, NeedsHuman, TryLater
from jikimi.model.mail import Answer, Incoming, LeftOut, Mailing, Reading, Reply
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import Position
from jikimi.removal.incoming import Letter, open_letter
from jikimi.removal.replies import Said, read_reply

MAILBOX = "(mailbox)"  # the name of the position up to which it was read; no watch is called so
PAUSE = timedelta(minutes=2)
AT_ONCE = 50
BY_PERSON = frozenset({Answer.REFUSED, Answer.PARTLY, Answer.NEEDS_FORM, Answer.BOUNCED, Answer.UNKNOWN})
# Of a "no" the look asks for the next recipient, if the copy is still there.
LOOK_AT_ONCE = frozenset({Answer.REMOVED, Answer.PARTLY, Answer.REFUSED, Answer.BOUNCED})


def first_reading() -> Job:
    """Return the job that reads the mailbox; it keeps itself going."""
    return Job("read_mail", MAILBOX)


def read_mail(job: Job, house: House) -> Outcome:
    """Read what is new in the mailbox, and come back in two minutes; at once if there is more."""
    if house.inbox is None:
        return Outcome()
    now = house.clock()
    position = house.records.position(MAILBOX)
    cursor = position.cursor if position else ""
    try:
        messages = house.inbox.read(cursor, AT_ONCE)
    except TryLater as error:  # a night without its server must not end the reading
        problem = Position(MAILBOX, cursor, now, problem=str(error))
        return Outcome(position=problem, next=(Job(job.step, job.key, due=now + PAUSE),))
    found = [outcome for message in messages for outcome in _replies(message, house)]
    due = now if messages else now + PAUSE  # after some there may be more
    return Outcome(
        records=tuple(record for outcome in found for record in outcome.records),
        next=(*(one for outcome in found for one in outcome.next), Job(job.step, job.key, due=due)),
        position=Position(
            MAILBOX,
            messages[-1].cursor if messages else cursor,
            now,
            newest_post_at=now if found else None,
            posts=len(messages),
            skipped=len(messages) - len(found),
        ),
    )


def waiting_replies(house: House) -> tuple[Reply, ...]:
    """Return the replies that a person should read, oldest first."""
    read = {reading.reply for reading in house.records.find(Reading)}
    return tuple(
        reply
        for reply in house.records.find(Reply)
        if reply.key not in read and (not reply.is_sure or reply.answer in BY_PERSON)
    )


def read_by_person(house: House, reply_key: str, answer: Answer, *, by: str) -> Outcome:
    """Record what a person read in a reply. What says that it is gone, or a "no", makes us look at once."""
    reply = house.records.get(Reply, reply_key)
    reading = Reading(reply.case, reply.key, answer, by, house.clock(), reply.notices)
    looks = _looks(reply, house) if answer in LOOK_AT_ONCE else ()
    return Outcome(records=(reading,), next=looks, answer=reply.key)


def _replies(message: Incoming, house: House) -> Iterator[Outcome]:
    letter = open_letter(message.body)
    for token in letter.tokens:
        try:
            notices = _asked(token, house)
        except Gone:  # nobody's token, or a case that was closed
            continue
        if not notices:  # a mail that went without all of its requests never left
            continue
        yield _kept(token, notices, letter, message, house)
        return  # the surest token decides; a message answers one mail


def _asked(token: str, house: House) -> tuple[Notice, ...]:
    """Return the requests that the mail with this token left with; Gone if there is no such mail."""
    try:
        mailing = house.records.get(Mailing, token)
    except Gone:
        keys: tuple[str, ...] = (token,)
    else:
        left_out = house.records.find(LeftOut, parent=mailing.group)
        without = {one.notice for one in left_out if one.mailing == mailing.key}
        keys = tuple(key for key in mailing.notices if key not in without)
    return tuple(house.records.get(Notice, key) for key in keys)


def _kept(
    token: str, notices: tuple[Notice, ...], letter: Letter, message: Incoming, house: House
) -> Outcome:
    said = read_reply(letter, [n.body for n in notices] + [n.subject for n in notices], notices[0].recipient)
    reply = Reply(
        case=notices[0].case,
        about=token,
        notices=tuple(notice.key for notice in notices),
        answer=said.answer,
        is_sure=said.is_sure,
        reason=said.reason,
        sender=letter.sender,
        text=f"{letter.subject}\n\n{letter.text}",
        digest=sha256(message.body).hexdigest(),
        at=house.clock(),
    )
    receipts = _refused(notices, said, house) if said.answer is Answer.BOUNCED else ()
    is_no = said.answer is Answer.BOUNCED or (said.answer is Answer.REFUSED and said.is_sure)
    is_told = said.answer in {Answer.REMOVED, Answer.PARTLY} or is_no
    looks = _looks(reply, house) if is_told else ()
    return Outcome(records=(reply, *receipts), next=looks)


def _refused(notices: tuple[Notice, ...], said: Said, house: House) -> tuple[Receipt, ...]:
    """A bounce is a final "no": the request did not arrive, and a person looks for another way."""
    detail = f"the mail came back: {said.reason}"
    now = house.clock()
    sent = (n for n in notices if any(r.state is not Sent.REHEARSED for r in _receipts(n, house)))
    return tuple(Receipt(n.case, n.place, n.key, Sent.REFUSED, detail, "", now) for n in sent)


def _receipts(notice: Notice, house: House) -> tuple[Receipt, ...]:
    return house.records.find(Receipt, parent=notice.key)


def _looks(reply: Reply, house: House) -> tuple[Job, ...]:
    places = dict.fromkeys(house.records.get(Notice, key).place for key in reply.notices)
    return tuple(Job("recheck", place, due=house.clock()) for place in places)


def check_answer(text: str) -> Answer:
    """Return the answer a person typed; NeedsHuman with the words there are."""
    try:
        return Answer(text)
    except ValueError as error:
        words = ", ".join(answer.value for answer in Answer)
        raise NeedsHuman(f"{text!r} is no answer. Type one of: {words}.") from error
