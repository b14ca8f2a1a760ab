"""A network of the centre's own gives numbers that point the same way for a picture and its copies."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.network import Network, read_network
from jikimi.fingerprints.onnx_file import wants_of
from jikimi.media.decode import decode
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.errors import Misconfigured
from jikimi.model.fingerprint import LIKENESS, Fingerprint, Orientation, Picture, View

NetworkFile = Callable[..., bytes]


@pytest.fixture(scope="module")
def network(network_file: NetworkFile) -> Network:
    return read_network(network_file())


def picture_of(pixels: NDArray[np.uint8]) -> Picture:
    return decode(encode_jpeg(pixels, 90)).picture


def direction(fingerprint: Fingerprint) -> NDArray[np.float64]:
    numbers = np.frombuffer(fingerprint.value, np.int8).astype(np.float64)
    return np.asarray(numbers / np.linalg.norm(numbers))


def test_a_copy_points_the_same_way_and_a_stranger_elsewhere(network: Network) -> None:
    original, stranger = draw(3), draw(4)
    whole, again, other = (
        network.fingerprint(b"", picture_of(one))[0] for one in (original, original[::2, ::2], stranger)
    )
    assert direction(whole) @ direction(again) > 0.99
    assert direction(whole) @ direction(other) < direction(whole) @ direction(again)


def test_the_whole_comes_first_then_its_mirror_image(network: Network) -> None:
    pixels = draw(3)
    whole, mirrored = network.fingerprint(b"", picture_of(pixels))
    assert (whole.view, whole.orientation) == (View.WHOLE, Orientation.UPRIGHT)
    assert (mirrored.view, mirrored.orientation) == (View.WHOLE, Orientation.MIRRORED)
    [turned, _] = network.fingerprint(b"", picture_of(np.ascontiguousarray(pixels[:, ::-1])))
    assert direction(mirrored) @ direction(turned) > 0.99


def test_a_photograph_on_a_page_is_described_alone(network: Network) -> None:
    page = np.full((900, 700, 3), 255, np.uint8)
    scene = draw(6, 600, 400)
    page[200:600, 50:650] = scene
    alone = [one for one in network.fingerprint(b"", picture_of(page)) if one.view is View.TRIMMED]
    [whole, _] = network.fingerprint(b"", picture_of(scene))
    assert len(alone) == 1
    assert direction(alone[0]) @ direction(whole) > 0.98


def test_a_value_is_a_signed_byte_a_number_with_the_largest_at_its_end(network: Network) -> None:
    [whole, _] = network.fingerprint(b"", picture_of(draw(3)))
    numbers = np.frombuffer(whole.value, np.int8)
    assert len(numbers) == 96
    assert np.abs(numbers).max() == 127


def test_a_plain_picture_has_no_numbers(network: Network) -> None:
    assert network.fingerprint(b"", Picture(64, 64, bytes(4096), 64, 64)) == []


def test_the_name_tells_one_network_from_another(network: Network, network_file: NetworkFile) -> None:
    assert network.name.startswith(LIKENESS)
    assert read_network(network_file()).name == network.name
    assert read_network(network_file(numbers=100)).name != network.name


def test_it_waits_for_the_second_look_and_travels_to_another_process(network: Network) -> None:
    assert network.is_second_look
    travelled = pickle.loads(pickle.dumps(network))  # noqa: S301  # our own bytes
    picture = picture_of(draw(3))
    assert travelled.fingerprint(b"", picture) == network.fingerprint(b"", picture)


def test_a_colour_network_sees_the_scale_of_the_field(network_file: NetworkFile) -> None:
    wants = wants_of(network_file((1, 3, 96, 96)))
    assert (wants.side, wants.channels) == (96, 3)
    assert wants.means == (0.485, 0.456, 0.406)
    assert wants.deviations == (0.229, 0.224, 0.225)
    [whole, _] = read_network(network_file((1, 3, 96, 96))).fingerprint(b"", picture_of(draw(3)))
    assert len(whole.value) == 96


def test_a_grey_network_sees_values_from_nought_to_one(network_file: NetworkFile) -> None:
    wants = wants_of(network_file())
    assert (wants.side, wants.means, wants.deviations) == (64, (0.0,), (1.0,))


def test_what_the_file_notes_goes_before_what_is_usual(network_file: NetworkFile) -> None:
    notes = {"side": "128", "mean": "0.5,0.5,0.5", "std": "0.25, 0.25, 0.25", "author": "somebody"}
    wants = wants_of(network_file((0, 3, 0, 0), notes=notes))
    assert (wants.side, wants.means, wants.deviations) == (128, (0.5,) * 3, (0.25,) * 3)
    assert wants_of(network_file((0, 3, 0, 0))).side == 288


@pytest.mark.parametrize(
    ("shape", "notes", "words"),
    [
        ((1, 2, 64, 64), {}, "not a picture"),
        ((1, 64), {}, "not a picture"),
        ((1, 1, 64, 48), {}, "not a square"),
        ((1, 1, 8, 8), {}, "not a square"),
        ((1, 1, 64, 64), {"side": "96"}, "not a square"),
        ((1, 1, 64, 64), {"mean": "0.5,0.5,0.5"}, "one number for each channel"),
        ((1, 1, 64, 64), {"std": "0"}, "above 0"),
        ((1, 1, 64, 64), {"std": "wide"}, "could not convert"),
    ],
)
def test_a_network_that_wants_no_such_picture_is_refused_with_the_reason(
    shape: tuple[int, ...], notes: dict[str, str], words: str, network_file: NetworkFile
) -> None:
    with pytest.raises(Misconfigured, match=words):
        wants_of(network_file(shape, notes=notes))


@pytest.mark.parametrize("cut", [0, 1, 40, 2000, 30_000])
def test_a_file_that_is_cut_off_is_refused_with_what_to_do(cut: int, network_file: NetworkFile) -> None:
    with pytest.raises(Misconfigured, match="ONNX"):
        read_network(network_file()[:cut])


def test_a_file_that_is_something_else_is_refused() -> None:
    dice = np.random.default_rng(9)
    for _ in range(50):
        with pytest.raises(Misconfigured):
            read_network(dice.bytes(500))


@pytest.mark.parametrize("numbers", [8, 40, 3000])
def test_too_few_or_too_many_numbers_are_refused(numbers: int, network_file: NetworkFile) -> None:
    with pytest.raises(Misconfigured, match="41 to 2048"):
        read_network(network_file(numbers=numbers))
