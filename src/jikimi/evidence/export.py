"""Adds what came after the seal, the time stamp, to a bundle that is handed out, and signs the addition."""

from collections.abc import Mapping

from jikimi.evidence.bag import SIGNER, TAG_MANIFEST, pack, write_manifest
from jikimi.evidence.unpacking import unpack_named
from jikimi.model.alert import Evidence
from jikimi.model.custody import Stamp
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Sealer

STAMP = "tagmanifest-sha256.txt.tsr"
STAMP_ROOTS = "tsa.pem"
ADDITIONS = "additions-sha256.txt"
ADDITIONS_SIGNATURE = "additions-sha256.txt.p7s"
ADDED = (STAMP, STAMP_ROOTS, ADDITIONS, ADDITIONS_SIGNATURE)


def bundle_with(evidence: Evidence, stamp: Stamp | None, sealer: Sealer) -> bytes:
    """Return the sealed bundle (tar.gz) with the time stamp in it; as it was sealed where there is none yet.

    What the stamp covers does not change by it. The stamp and the certificate it was checked against are
    listed in a manifest of their own, which the centre signs: not every bit of a stamp is covered by itself.
    Raises Misconfigured when the centre's signing key is not the one that sealed the bundle.
    """
    if stamp is None:
        return evidence.bag
    folder, files = unpack_named(evidence.bag)
    added = {STAMP: stamp.reply, STAMP_ROOTS: stamp.roots}
    listed = write_manifest(added)
    proof = sealer.sign(listed)
    if proof.certificate != files[SIGNER]:
        raise Misconfigured(
            "The signing key was replaced since this bundle was sealed. Put the old keys/signing.key and "
            "keys/signing.pem back to hand it out with its time stamp."
        )
    whole = {**files, **added, ADDITIONS: listed, ADDITIONS_SIGNATURE: proof.signature}
    return pack(folder, whole, evidence.at)


def stamped_content(evidence: Evidence) -> bytes:
    """Return what a time stamp of this evidence is about: its tag manifest, which covers the rest."""
    files: Mapping[str, bytes] = unpack_named(evidence.bag)[1]
    return files[TAG_MANIFEST]
