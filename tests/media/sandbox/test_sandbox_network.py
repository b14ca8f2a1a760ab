"""A network runs in the locked-down reader: built before the doors are shut, in no file's way."""

from collections.abc import Callable

import pytest

from jikimi.fingerprints.network import read_network
from jikimi.fingerprints.sha256 import Sha256
from jikimi.media.decode import SECOND_LOOK, decode
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Effort


@pytest.mark.sandbox
def test_the_second_look_of_a_locked_reader_gives_the_numbers_that_the_house_would(
    network_file: Callable[..., bytes],
) -> None:
    network = read_network(network_file((1, 3, 224, 224)))
    bodies = [encode_jpeg(draw(seed)) for seed in (1, 2)]
    with SandboxPool((Sha256(), network), size=2) as pool:
        assert pool.posture().landlock
        assert pool.posture().seccomp
        for body in bodies:
            expected = network.fingerprint(body, decode(body, SECOND_LOOK).picture)
            seen = pool.inspect(body, Effort.SECOND).fingerprints
            assert [one for one in seen if one.algorithm == network.name] == expected
            assert all(one.algorithm != network.name for one in pool.inspect(body).fingerprints)
            kept = pool.inspect(body, Effort.REFERENCE).fingerprints
            assert {one.algorithm for one in kept} == {"sha256", network.name}
