"""Opens the guarded way out for a browser that a thread of this process drives."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from jikimi.media.addresses import AddressPolicy
from jikimi.media.connections import system_lookups
from jikimi.media.egress import EgressProxy
from jikimi.model.ports import Clock

MOST_BYTES = 64 * 2**20  # a form with all its scripts and pictures
LOOKUP_THREADS = 4


@contextmanager
def way_out(policy: AddressPolicy, clock: Clock, most_bytes: int = MOST_BYTES) -> Iterator[str]:
    """Serve an `EgressProxy` on a loop of its own and yield its address, "http://127.0.0.1:PORT"."""
    ready: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve(threads: ThreadPoolExecutor) -> None:
        async with EgressProxy(policy, system_lookups(threads), clock=clock, most_bytes=most_bytes) as proxy:
            ended = asyncio.Event()
            ready.set_result((proxy.address, asyncio.get_running_loop(), ended))
            await ended.wait()

    with ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup") as threads:
        server = threading.Thread(target=asyncio.run, args=(serve(threads),), name="way out", daemon=True)
        server.start()
        address, loop, ended = ready.result()
        try:
            yield address
        finally:
            loop.call_soon_threadsafe(ended.set)
            server.join()
