"""What the house and its readers say to each other: one question, one answer, checked by type."""

import os
import pickle
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from jikimi.media.lockdown import Allowance, Posture
from jikimi.model.fingerprint import Effort, Inspection, Picture
from jikimi.model.ports import ClipFingerprinter, Fingerprinter

INSPECT = {Effort.FIRST: 1, Effort.SECOND: 3, Effort.REFERENCE: 4, Effort.REST: 7}
"""What is asked of a reader, by effort."""

RENDER = 2
CODES = 5
PAGES = 6
LARGEST_BODY = 64 * 2**20
LARGEST_CLIP = 256 * 2**20
LARGEST_REASON = 300

FORK = b"F"
BURY = b"B"
REQUEST = struct.Struct(">ci")  # to the zygote: what, and which reader
REPLY = struct.Struct(">i")  # from the zygote: a process id, or a wait status

_QUESTION = struct.Struct(">BIQ")
_LENGTH = struct.Struct(">Q")
_PIECE = 2**18


class Inspected(msgspec.Struct, tag="inspected"):
    """A file was read. The preview travels as at most 64 × 64 grey values, so that only the house encodes.

    Of a sound there is none.
    """

    inspection: Inspection
    grey: bytes
    width: int
    height: int


class Rendered(msgspec.Struct, tag="rendered"):
    """A clean copy, as raw RGB values."""

    rgb: bytes
    width: int
    height: int


class Coded(msgspec.Struct, tag="coded"):
    """What the QR codes say."""

    codes: tuple[str, ...]


class Paged(msgspec.Struct, tag="paged"):
    """Upright grey pictures, to be read for letters."""

    pages: tuple[Picture, ...]


class Refused(msgspec.Struct, tag="refused"):
    """The file cannot be read, for this reason."""

    reason: str
    is_last: bool = False  # the reader ends after this answer


Answer = Inspected | Rendered | Coded | Paged | Refused


@dataclass(frozen=True, slots=True)
class Question:
    """Inspect, render or read this body; `longest_side` (pixels) is for rendering."""

    verb: int
    longest_side: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What a zygote is told before it forks its first reader."""

    fingerprinters: Sequence[Fingerprinter]
    clip_fingerprinters: Sequence[ClipFingerprinter]
    allowance: Allowance


def pack_order(order: Order) -> bytes:
    """Pickle an order. Only ever sent from the house to its zygote, never back."""
    return pickle.dumps(order)


def unpack_order(packed: bytes) -> Order:
    """Unpickle what the house sent."""
    order = pickle.loads(packed)  # noqa: S301  (comes from our own parent process, never from a reader)
    if not isinstance(order, Order):
        raise TypeError("the order is not an Order")
    return order


def frame(payload: bytes) -> bytes:
    """Return the payload behind its length."""
    return _LENGTH.pack(len(payload)) + payload


def pack_question(question: Question) -> bytes:
    """Return a question as it travels."""
    return _QUESTION.pack(question.verb, question.longest_side, len(question.body)) + question.body


def pack_answer(answer: Answer) -> bytes:
    """Return an answer as it travels."""
    return frame(msgspec.msgpack.encode(answer))


_ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def unpack_answer(payload: bytes) -> Answer:
    """Check an answer's types; raises msgspec.DecodeError for anything else."""
    return _ANSWERS.decode(payload)


def pack_posture(posture: Posture) -> bytes:
    """Return a reader's first words: which locks hold."""
    return frame(msgspec.msgpack.encode(posture))


def unpack_posture(payload: bytes) -> Posture:
    """Check a reader's first words; raises msgspec.DecodeError for anything else."""
    return msgspec.msgpack.decode(payload, type=Posture)


def read_question(descriptor: int) -> Question | None:
    """Wait for the next question, with plain read() calls; None when the house has hung up."""
    head = _read(descriptor, _QUESTION.size)
    if head is None:
        return None
    verb, longest_side, length = _QUESTION.unpack(head)
    body = _read(descriptor, length)
    return None if body is None else Question(verb, longest_side, body)


def write_all(descriptor: int, payload: bytes) -> None:
    """Write everything, with plain write() calls."""
    rest = memoryview(payload)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(line: socket.socket, largest: int, deadline: float) -> bytes:
    """Return one framed payload of at most `largest` bytes before `deadline` (monotonic seconds).

    Raises TimeoutError, ConnectionResetError when the other side hung up, ValueError when it is larger.
    """
    (length,) = _LENGTH.unpack(receive_exactly(line, _LENGTH.size, deadline))
    if length > largest:
        raise ValueError("the answer is larger than an answer can be")
    return bytes(receive_exactly(line, length, deadline))


def receive_exactly(line: socket.socket, size: int, deadline: float) -> bytearray:
    """Return exactly `size` bytes before `deadline`; raises TimeoutError and ConnectionResetError."""
    taken = bytearray(size)
    rest = memoryview(taken)
    while rest:
        line.settimeout(_left(deadline))
        count = line.recv_into(rest)
        if not count:
            raise ConnectionResetError("the other side hung up")
        rest = rest[count:]
    return taken


def send(line: socket.socket, payload: bytes, deadline: float) -> None:
    """Send everything before `deadline` (monotonic seconds); raises TimeoutError and ConnectionError."""
    line.settimeout(_left(deadline))
    line.sendall(payload)


def _left(deadline: float) -> float:
    """Return the seconds until `deadline`; raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _read(descriptor: int, size: int) -> bytes | None:
    """Read exactly `size` bytes; None when the other side hung up."""
    pieces = []
    while size:
        piece = os.read(descriptor, min(size, _PIECE))
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
