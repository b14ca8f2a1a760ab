"""Looks at one page with Chromium: loads it through the proxy, notes every exchange, veils it, draws it."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Literal

from playwright.async_api import (
    Browser,
    BrowserContext,
    Dialog,
    Error,
    Page,
    Request,
    Response,
    async_playwright,
)

from jikimi.media.addresses import read_address
from jikimi.media.browser_order import Order
from jikimi.media.egress import EgressProxy
from jikimi.media.exchanges import Recorder, listen_for_certificates
from jikimi.media.veil import CannotVeilError, open_shadows, stop_scripts, veil
from jikimi.model.capture import Capture, CaptureKind, Done
from jikimi.model.errors import BadMedia, Blocked, TryLater
from jikimi.model.ports import Clock

VIEWPORT = {"width": 1280, "height": 900}
TALLEST = 12_000  # pixels of a screenshot; the rest of an endless page is text only
MOST_TEXT = 200_000  # characters
MOST_DRAWN = 12 * 2**20
DRAWING_SECONDS = 10  # kept back for veil, screenshot and PDF
STATES: Sequence[tuple[Literal["domcontentloaded", "load", "networkidle"], float]] = (
    ("domcontentloaded", 10.0),
    ("load", 6.0),
    ("networkidle", 3.0),
)
"""What a page is waited for, and how many seconds at most."""

DRAWN_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
SWITCHES = (
    "--disable-quic",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-pings",
    "--disk-cache-size=1",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # names are asked by the proxy only
)
AS_DECODED = (
    "Bodies are as the browser decoded them: transfer and content encodings are undone, and HTTP/2 is "
    "written as HTTP/1.1."
)


class Steps:
    """The log of what was done and noticed."""

    def __init__(self, clock: Clock) -> None:
        self.lines: list[Done] = []
        self._clock = clock

    def add(self, what: str) -> None:
        """Write one line."""
        self.lines.append(Done(self._clock(), what))


async def look(order: Order, proxy: EgressProxy, clock: Clock) -> Capture:
    """Capture one page.

    Raises Blocked (another scheme, an address that may not be visited), BadMedia (a download, not a page),
    TryLater (no answer, or the browser failed).
    """
    read_address(order.url)  # Chromium would gladly read file:///etc/passwd
    steps = Steps(clock)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=order.program,
                args=[*SWITCHES, *order.switches],
                chromium_sandbox=order.is_boxed,
                proxy={"server": proxy.address},
                timeout=order.seconds * 1000,
            )
            steps.add(f"Chromium {browser.version} started, own sandbox {'on' if order.is_boxed else 'off'}")
            try:
                context = await _context(browser, order)
                page = await context.new_page()
                return await _unless_it_crashes(page, _visit(browser, page, order, proxy, steps, clock))
            finally:
                await browser.close()
    except Error as error:
        raise TryLater(f"The browser failed: {error.message.splitlines()[0][:200]}") from error


async def _unless_it_crashes(page: Page, visit: Coroutine[Any, Any, Capture]) -> Capture:
    """Return what the visit brings; TryLater as soon as the page crashes: then no question is answered."""
    crash = asyncio.Event()
    page.on("crash", lambda _page: crash.set())
    visiting, crashing = asyncio.ensure_future(visit), asyncio.ensure_future(crash.wait())
    try:
        await asyncio.wait({visiting, crashing}, return_when=asyncio.FIRST_COMPLETED)
        if not visiting.done():
            raise TryLater("The page crashed the browser.")
        return visiting.result()
    finally:
        visiting.cancel()
        crashing.cancel()
        await asyncio.gather(visiting, crashing, return_exceptions=True)


async def _visit(
    browser: Browser, page: Page, order: Order, proxy: EgressProxy, steps: Steps, clock: Clock
) -> Capture:
    recorder = Recorder(clock, proxy.mark, order.most_body)
    _listen(page, page.context, recorder, steps)
    certificates = await listen_for_certificates(page)
    ends = asyncio.get_running_loop().time() + order.seconds - DRAWING_SECONDS
    answer = await _go(page, order, proxy, steps)
    final = read_address(page.url)
    steps.add(f"the page was open, {len(recorder.requests)} requests so far")
    await _settle(page, ends, steps)
    text, title = await _text_of(page), await page.title()
    await recorder.finish(order.seconds / 10, proxy.visits)
    tls = await recorder.tls_facts(certificates)
    await stop_scripts(page)
    notes = [AS_DECODED, *order.notes]
    if proxy.is_over:
        notes.append(f"The page took more than {order.most_bytes} bytes and was cut off there.")
    kind = (answer.headers.get("content-type", "") if answer else "").partition(";")[0].strip().lower()
    screenshot, pdf = b"", b""
    if kind in DRAWN_TYPES:
        screenshot, pdf = await _draw(page, order, steps, notes)
    else:
        notes.append("No screenshot was made: the address answered with something other than a page.")
    if read_address(page.url).origin != final.origin:
        notes.append("The page moved to another site while it was looked at.")
    return Capture(
        kind=CaptureKind.BROWSER,
        tool=f"Chromium {browser.version}, {order.user_agent}",
        url=order.url,
        hops=_hops(answer, order.url),
        title=title[:1000],
        text=text,
        exchanges=tuple(recorder.exchanges),
        visits=tuple(proxy.visits),
        tls=tls,
        steps=tuple(steps.lines),
        notes=tuple(notes),
        screenshot=screenshot,
        pdf=pdf,
    )


async def _context(browser: Browser, order: Order) -> BrowserContext:
    major = browser.version.partition(".")[0]
    context = await browser.new_context(
        viewport=VIEWPORT,  # type: ignore[arg-type]  # a dict of two numbers
        service_workers="block",
        accept_downloads=False,
        locale=order.locale,
        user_agent=f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{major}.0.0.0 Safari/537.36 {order.user_agent}",
    )
    await open_shadows(context)
    return context


def _listen(page: Page, context: BrowserContext, recorder: Recorder, steps: Steps) -> None:
    async def dismiss(dialog: Dialog) -> None:
        steps.add(f"a dialog ({dialog.type}) was closed")
        with suppress(Error):
            await dialog.dismiss()

    async def close(other: Page) -> None:
        steps.add("a new window was closed")
        with suppress(Error):
            await other.close()

    def failed(request: Request) -> None:
        recorder.failed(request)

    page.on("dialog", dismiss)
    context.on("page", close)
    page.on("download", lambda _download: steps.add("a download was refused"))
    context.on("requestfinished", recorder.finished)
    context.on("requestfailed", failed)


async def _go(page: Page, order: Order, proxy: EgressProxy, steps: Steps) -> Response | None:
    try:
        answer = await page.goto(order.url, wait_until="commit", timeout=order.seconds * 500)
    except Error as error:
        if "Download is starting" in error.message or "ERR_ABORTED" in error.message:
            raise BadMedia("The address answers with a file or nothing, not with a page.") from error
        host = read_address(order.url).host
        raise _unreachable(host, proxy, error) from error
    if answer is not None and answer.headers.get("x-jikimi-refused") == proxy.mark:
        host = read_address(answer.url).host
        raise _unreachable(host, proxy, None)
    steps.add(f"answer {answer.status if answer else 'unknown'}")
    return answer


def _unreachable(host: str, proxy: EgressProxy, error: Error | None) -> Blocked | TryLater:
    """Return what a page that did not open means: refused by us, unsafe by itself, or not there now."""
    if proxy.refused:
        return Blocked(proxy.refused[-1])
    if error is not None and "ERR_UNSAFE" in error.message:
        return Blocked(f"{host} redirects to where no page is, such as a file. Open it by hand.")
    if error is not None and "ERR_CERT" in error.message:
        return Blocked(f"The certificate of {host} cannot be trusted. Open it by hand.")
    return TryLater(f"{host} cannot be reached.")


async def _settle(page: Page, ends: float, steps: Steps) -> None:
    """Give the page time to become complete, until `ends`; one that never does is taken as it is."""
    now = asyncio.get_running_loop().time
    for state, most in STATES:
        seconds = min(most, max(0.5, ends - now()))
        try:
            await page.wait_for_load_state(state, timeout=1000 * seconds)
        except Error:
            steps.add(f"the page did not reach the state {state} in time")


async def _text_of(page: Page) -> str:
    """Return the words that the page shows, frame by frame."""
    texts: list[str] = []
    for frame in page.frames:
        with suppress(Error):
            texts.append(
                str(
                    await frame.evaluate(
                        "(most) => (document.body ? document.body.innerText : '').slice(0, most)", MOST_TEXT
                    )
                )
            )
    return "\n".join(texts)[:MOST_TEXT]


async def _draw(page: Page, order: Order, steps: Steps, notes: list[str]) -> tuple[bytes, bytes]:
    """Return screenshot and PDF, b"" for what may or can not be drawn."""
    wish = "black" if order.is_covered else "blur"
    screenshot, pdf = b"", b""
    try:
        count = await veil(page, wish)
        height = min(int(await page.evaluate("document.documentElement.scrollHeight")), TALLEST)
        screenshot = await page.screenshot(
            full_page=True,
            clip={"x": 0, "y": 0, "width": VIEWPORT["width"], "height": max(height, VIEWPORT["height"])},
            animations="disabled",
        )
        steps.add(f"{count} media boxes were covered ({wish}), then the screenshot was taken")
        await page.emulate_media(media="print")  # styles for paper may show what the screen did not
        await veil(page, "empty")
        pdf = await page.pdf(print_background=True)
        steps.add("media boxes were emptied, then the PDF was printed")
    except (CannotVeilError, Error) as error:
        reason = str(error).splitlines()[0][:200]
        notes.append(f"Not everything could be drawn: {reason}")
    if max(len(screenshot), len(pdf)) > MOST_DRAWN:
        notes.append("A screenshot or PDF was left out: it was too large.")
    kept = [drawn if len(drawn) <= MOST_DRAWN else b"" for drawn in (screenshot, pdf)]
    return kept[0], kept[1]


def _hops(answer: Response | None, url: str) -> tuple[str, ...]:
    hops: list[str] = []
    request: Request | None = None if answer is None else answer.request
    while request is not None:
        hops.insert(0, request.url)
        request = request.redirected_from
    return tuple(hops) or (url,)
