"""The process that holds the browser: one page, one deadline, and nothing of it outlives this process.

Started by `camera.py` with two descriptors (an order to read, room for the answer), the number of the
house's process and the folder of its scraps. It adopts whatever the browser leaves behind, so that killing
what is below it ends all of it. If the house is killed, it ends the browser and empties the folder.
"""

import asyncio
import ctypes
import os
import shutil
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import FrameType

from jikimi.media.addresses import AddressPolicy
from jikimi.media.browser import look
from jikimi.media.browser_order import Failed, Order, Taken, failed, read_order, write
from jikimi.media.connections import system_lookups
from jikimi.media.egress import EgressProxy
from jikimi.media.family import kill_descendants
from jikimi.model.errors import JikimiError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
OVER_TIME = Failed("later", "The page took longer than it may, and the browser was ended.")


def main() -> None:
    """Read the order, look, write the answer. At the deadline the browser is killed; the answer says so."""
    asked, room, house, scraps = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]

    def end(_number: int = 0, _frame: FrameType | None = None) -> None:
        kill_descendants(os.getpid())
        shutil.rmtree(scraps, ignore_errors=True)
        os._exit(1)

    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, end)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != house:  # it was killed before the kernel could be asked to say so
        end()
    order = read_order(_read(asked))
    threading.Thread(target=_watch, args=(order.seconds, room), daemon=True).start()
    answer = asyncio.run(_take(order))
    _leave(room, answer)


async def _take(order: Order) -> Taken | Failed:
    policy = AddressPolicy(frozenset(order.allowed))
    with ThreadPoolExecutor(8, thread_name_prefix="lookup") as threads:
        proxy = EgressProxy(policy, system_lookups(threads), clock=_now, most_bytes=order.most_bytes)
        try:
            async with proxy:
                return Taken(await look(order, proxy, _now))
        except JikimiError as error:
            return failed(error)


def _now() -> datetime:
    return datetime.now(UTC)


def _watch(seconds: float, room: int) -> None:
    """End everything at the deadline, whatever the main thread is doing."""
    threading.Event().wait(seconds)
    _leave(room, OVER_TIME)


def _leave(room: int, answer: Taken | Failed) -> None:
    if _once.acquire(blocking=False):
        kill_descendants(os.getpid())
        raw = write(answer)
        for start in range(0, len(raw), 2**20):
            os.write(room, raw[start : start + 2**20])
        os._exit(0)
    threading.Event().wait()  # another thread is leaving; the process ends with it


def _read(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 2**16):
        parts.append(part)
    return b"".join(parts)


_once = threading.Lock()

if __name__ == "__main__":
    main()
