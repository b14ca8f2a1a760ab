"""Takes a bundle apart in memory, safely whoever made it: plain files in one folder, and not too many."""

import io
import tarfile
import zlib

from jikimi.model.errors import BadMedia

MOST_BYTES = 96 * 2**20  # a page, a capture with what it kept, a screenshot and a PDF, each bounded
MOST_HANDED = (
    200 * 2**20 + MOST_BYTES + 32 * 2**20
)  # a clip as large as one may be, a bundle, a report and log
MOST_FILES = 32
BROKEN = (tarfile.TarError, ValueError, OverflowError, RecursionError)  # what hostile headers make it raise


def first_name(bag: bytes) -> str:
    """Return the name that a tar.gz begins with, "" where that cannot be read; it is not checked yet."""
    try:
        head = zlib.decompressobj(wbits=31).decompress(bag[:4096], tarfile.BLOCKSIZE)
    except zlib.error:
        return ""
    return head[:100].rstrip(b"\x00").decode("utf-8", "replace")


def unpack_named(bag: bytes, most: int = MOST_BYTES) -> tuple[str, dict[str, bytes]]:
    """Return a tar.gz bundle's one folder, and its files by path inside it, without writing any to disk.

    Raises BadMedia, with a reason, for anything but plain files in one folder, or for more than `most` bytes.
    """
    inflate = zlib.decompressobj(wbits=31)  # 31: gzip, header and check sum required
    try:
        plain = inflate.decompress(bag, most)
    except zlib.error as error:
        raise BadMedia("the bundle is damaged: its compression is broken") from error
    if inflate.unconsumed_tail:
        raise BadMedia(f"the bundle is larger than {most} bytes when unpacked")
    if not inflate.eof or inflate.unused_data:
        raise BadMedia("the bundle is cut off or something was added at its end")
    files: dict[str, bytes] = {}
    folders: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for entry in tar:
                folder, path = _path(entry)
                folders.add(folder)
                body = tar.extractfile(entry)
                if body is None or path in files or len(files) >= MOST_FILES or len(folders) > 1:
                    raise BadMedia("the bundle holds a path twice, too many files, or two folders")
                files[path] = body.read()
    except BROKEN as error:
        raise BadMedia("the bundle is damaged: it is not a tar archive") from error
    return next(iter(folders), ""), files


def unpack(bag: bytes) -> dict[str, bytes]:
    """Return a bundle's files by path; see `unpack_named`."""
    return unpack_named(bag)[1]


def _path(entry: tarfile.TarInfo) -> tuple[str, str]:
    folder, _, path = entry.name.partition("/")
    steps = (folder, *path.split("/"))
    is_plain = entry.isreg() and not entry.issparse()  # a sparse file may claim any size
    is_plain = is_plain and entry.name.isprintable()  # findings name it
    if not is_plain or any(step in {"", ".", ".."} for step in steps) or "\\" in entry.name:
        raise BadMedia("the bundle holds something other than plain files in one folder")
    return folder, path
