"""Names records by what they say, so that writing the same thing twice keeps one."""

from hashlib import blake2b

KEY_BYTES = 16


def key_of(*parts: str) -> str:
    """Return 32 hex digits (BLAKE2b-128) that name this sequence of texts.

    Each part is preceded by its length, so ("ab", "c") and ("a", "bc") differ.
    """
    digest = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()
