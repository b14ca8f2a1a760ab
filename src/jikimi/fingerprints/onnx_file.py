"""Reads in a network's ONNX file what pictures it wants to see: how large, grey or colour, on which scale.

ONNX is a Protocol Buffers message; the few fields needed are read here, by their numbers in onnx.proto
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): what stands in the file's own notes (metadata_props)
goes before what the shape of its input says, and that before the custom of the field (ImageNet's scale).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from jikimi.model.errors import Misconfigured

GRAPH, NOTES = 7, 14  # of ModelProto
NODES_INPUT, WEIGHTS = 11, 5  # of GraphProto: inputs, initializers
WEIGHTS_NAME: Final = 8
NAME, TYPE, TENSOR, SHAPE, DIMENSION, LENGTH = 1, 2, 1, 2, 1, 1
KEY, VALUE = 1, 2

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
CONTINUES: Final = 0x80

Scale = tuple[float, ...]
IMAGENET: Final[tuple[Scale, Scale]] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
UNCHANGED: Final[tuple[Scale, Scale]] = ((0.0,), (1.0,))
USUAL_SIDE: Final = 288
SMALLEST_SIDE, LARGEST_SIDE = 32, 512
GREY, COLOUR = 1, 3
FOUR_AXES: Final = 4

Fields = Iterator[tuple[int, int | memoryview]]


@dataclass(frozen=True, slots=True)
class Wants:
    """Pictures a network reads: `side` × `side` pixels, in each channel (value / 255 - mean) / std."""

    side: int
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @property
    def channels(self) -> int:
        """Return 1 for grey, 3 for red, green and blue."""
        return len(self.means)


def wants_of(model: bytes) -> Wants:
    """Return what the network wants; Misconfigured for a file that is no ONNX or reads no pictures."""
    try:
        notes, shape = _notes_and_shape(memoryview(model))
        return _wants(notes, shape)
    except (ValueError, LookupError) as error:
        raise Misconfigured(
            f"the network cannot be used: {error}. Export it as ONNX with one input, 1 × 3 × side × side"
        ) from error


def _wants(notes: Mapping[str, str], shape: list[int]) -> Wants:
    """Put together what the notes and the shape of the input (0 where it is open) say."""
    if len(shape) != FOUR_AXES or shape[1] not in {GREY, COLOUR}:
        raise ValueError(f"its first input is not a picture: its shape is {shape}")
    means, deviations = UNCHANGED if shape[1] == GREY else IMAGENET
    if "mean" in notes:
        means = _numbers(notes["mean"])
    if "std" in notes:
        deviations = _numbers(notes["std"])
    side = int(notes.get("side", shape[2] or USUAL_SIDE))
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE or any(edge not in {0, side} for edge in shape[2:]):
        raise ValueError(f"its input is not a square of {SMALLEST_SIDE} to {LARGEST_SIDE} pixels: {shape}")
    if not len(means) == len(deviations) == shape[1] or not min(deviations) > 0:
        raise ValueError("mean and std must hold one number for each channel, std above 0")
    return Wants(side, means, deviations)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _notes_and_shape(model: memoryview) -> tuple[dict[str, str], list[int]]:
    """Return the file's notes and the shape of its first input that is not a weight."""
    notes: dict[str, str] = {}
    shape: list[int] = []
    for number, value in _fields(model):
        if number == NOTES:
            note = dict(_fields(_message(value)))
            notes[_text(note[KEY])] = _text(note[VALUE])
        elif number == GRAPH:
            shape = _input_shape(_message(value))
    return notes, shape


def _input_shape(graph: memoryview) -> list[int]:
    """Return the shape of the graph's first input; older files list their weights as inputs, too."""
    inputs: dict[str, list[int]] = {}
    weights: set[str] = set()
    for number, value in _fields(graph):
        if number == WEIGHTS:
            weights |= {_text(name) for field, name in _fields(_message(value)) if field == WEIGHTS_NAME}
        elif number == NODES_INPUT:
            one = dict(_fields(_message(value)))
            inputs[_text(one[NAME])] = _shape(_message(one[TYPE]))
    free = [shape for name, shape in inputs.items() if name not in weights]
    if len(free) != 1:
        raise ValueError(f"it has {len(free)} inputs")
    return free[0]


def _shape(kind: memoryview) -> list[int]:
    """Return the lengths of a tensor's axes, 0 for open ones."""
    tensor = dict(_fields(_message(dict(_fields(kind)).get(TENSOR, memoryview(b"")))))
    axes = [
        value
        for number, value in _fields(_message(tensor.get(SHAPE, memoryview(b""))))
        if number == DIMENSION
    ]
    lengths = [dict(_fields(_message(axis))).get(LENGTH, 0) for axis in axes]
    return [length if isinstance(length, int) else 0 for length in lengths]


def _fields(message: memoryview) -> Fields:
    """Yield number and value of each field of a message."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            length, place = _varint(message, place)
        elif kind in {EIGHT, FOUR}:
            length = 8 if kind == EIGHT else 4
        else:
            raise ValueError("it is not an ONNX file")
        if place + length > len(message):
            raise ValueError("it is cut off, or not an ONNX file")
        yield key >> 3, message[place : place + length]
        place += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return the number that begins at a place, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[place]
        place += 1
        value |= (byte & ~CONTINUES) << shift
        if byte < CONTINUES:
            return value, place
    raise ValueError("it is not an ONNX file")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("it is not an ONNX file")  # noqa: TRY004 - the file's fault, not the caller's
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)).decode()
