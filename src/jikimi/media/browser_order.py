"""What the house asks of the browser's process and what it answers, checked by type."""

import msgspec

from jikimi.model.capture import Capture
from jikimi.model.errors import BadMedia, Blocked, JikimiError, TryLater

KINDS: dict[str, type[BadMedia | Blocked | TryLater]] = {
    "unreadable": BadMedia,
    "refused": Blocked,
    "later": TryLater,
}


class Order(msgspec.Struct, frozen=True):
    """One page to look at. `seconds` is all the time there is; `is_covered` makes media boxes black."""

    url: str
    program: str
    user_agent: str
    allowed: tuple[tuple[str, int], ...]
    is_covered: bool
    is_boxed: bool
    seconds: float
    most_bytes: int
    most_body: int
    locale: str
    switches: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Taken(msgspec.Struct, tag="taken"):
    """The page was captured."""

    capture: Capture


class Failed(msgspec.Struct, tag="failed"):
    """It was not: which error, in words for the operator."""

    kind: str
    reason: str

    def error(self) -> JikimiError:
        """Return the error to raise."""
        return KINDS.get(self.kind, TryLater)(self.reason)


def failed(error: JikimiError) -> Failed:
    """Return the answer that carries an error."""
    kind = next((name for name, one in KINDS.items() if isinstance(error, one)), "later")
    return Failed(kind, str(error))


_orders = msgspec.msgpack.Decoder(Order)
_answers: msgspec.msgpack.Decoder[Taken | Failed] = msgspec.msgpack.Decoder(Taken | Failed)


def write(message: Order | Taken | Failed) -> bytes:
    """Return a message as MessagePack."""
    return msgspec.msgpack.encode(message)


def read_order(raw: bytes) -> Order:
    """Return an order; msgspec's error if it is none."""
    return _orders.decode(raw)


def read_answer(raw: bytes) -> Taken | Failed:
    """Return an answer; TryLater if it is broken, as after a crash."""
    try:
        return _answers.decode(raw)
    except msgspec.MsgspecError as error:
        raise TryLater("The browser's process broke off.") from error
