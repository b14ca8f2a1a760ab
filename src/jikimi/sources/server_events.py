"""Reads server-sent events from the lines of an answer that never ends."""

from collections.abc import AsyncGenerator, AsyncIterator

from jikimi.model.errors import BadMedia

LONGEST = 2**20  # bytes of one event, as of one line


async def messages(lines: AsyncIterator[bytes]) -> AsyncGenerator[tuple[str, bytes], None]:
    """Yield name and data of each event that has a name (https://html.spec.whatwg.org/#server-sent-events).

    BadMedia for an event that goes on and on: it would be held until it ends.
    """
    name, data = "", b""
    async for line in lines:
        if line.startswith(b"event:"):
            name = line[6:].decode("ascii", "replace").strip()
        elif line.startswith(b"data:"):
            data += line[5:].strip()
            if len(data) > LONGEST:
                raise BadMedia(f"The stream sends an event of more than {LONGEST} bytes.")
        elif not line:
            if name:
                yield name, data
            name, data = "", b""
