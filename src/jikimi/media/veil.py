"""Hides every picture, clip and drawing of a page inside the browser, before any pixel leaves it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from playwright.async_api import BrowserContext, CDPSession, Error, Frame, Page

OPEN_SHADOWS: Final = """(() => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    return attach.call(this, { ...options, mode: "open" });
  };
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) {
    try { Object.defineProperty(window, name, { value: undefined, configurable: false }); } catch (_) {}
  }
})();"""
"""Runs before any script of a page, in every frame: shadow trees can be walked, WebRTC is not there."""

VEIL: Final = """(wish) => {
  const MEDIA = "img, picture, video, audio, canvas, svg, object, embed, image, input[type=image], portal, " +
    "model, fencedframe, amp-img, " +
    "input, select, progress, meter";  // these have parts that a page may paint and nobody can ask about
  const RULES = `
    *, *::before, *::after, *::first-line, *::first-letter, *::marker, *::backdrop, *::placeholder,
    *::selection, *::file-selector-button {
      background-image: none !important; border-image: none !important; mask-image: none !important;
      -webkit-mask-box-image: none !important; -webkit-box-reflect: none !important;
      list-style-image: none !important; cursor: auto !important; shape-outside: none !important;
      animation: none !important; transition: none !important;
      filter: none !important; backdrop-filter: none !important;
    }
    :is(*, #v#v#v#v)::details-content, :is(*, #v#v#v#v)::scroll-marker, :is(*, #v#v#v#v)::scroll-button(*),
    :is(*, #v#v#v#v)::-webkit-scrollbar, :is(*, #v#v#v#v)::-webkit-scrollbar-track,
    :is(*, #v#v#v#v)::-webkit-scrollbar-thumb { background-image: none !important; }
    :is(*, #v#v#v#v)::marker { content: normal !important; }
    [data-veiled-before]::before, [data-veiled-after]::after { content: none !important; }
    ::view-transition { display: none !important; }`;
  const DRAWN = /url\\(|image\\(|image-set|element\\(|paint\\(|cross-fade|blob:/i;
  const isDrawn = (value) => DRAWN.test(value || "");
  const set = (element, name, value) => element.style && element.style.setProperty(name, value, "important");
  const MOST_BLUR = 500;  // browsers blur no further, whatever is asked
  // A blur counts in the element's own pixels, the rectangle in those of the screen: with a scaled box they
  // differ, and the larger one is safe.
  const strength = (element) => {
    const box = element.getBoundingClientRect();
    const own = [element.offsetWidth, element.offsetHeight, element.clientWidth, element.clientHeight];
    const longest = Math.max(box.width, box.height, ...own.filter(Number.isFinite));
    return longest ? Math.max(16, Math.ceil(longest / 8)) : 0;
  };
  const cover = (element) => {
    for (const name of ["transition", "animation"]) set(element, name, "none");
    const pixels = strength(element);
    const isUnknown = !pixels || pixels > MOST_BLUR || element.complete === false;
    if (wish === "empty" || isUnknown) { set(element, "opacity", "0"); return; }
    set(element, "filter", wish === "black" ? "brightness(0)" : `blur(${pixels}px) grayscale(1)`);
    if (wish === "black") set(element, "background-color", "black");
    set(element, "clip-path", "inset(0)");
  };
  let count = 0;
  const sheet = (root) => {
    const made = new CSSStyleSheet();
    made.replaceSync(RULES);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, made];
  };
  // Boxes in the margins of paper may hold pictures and belong to no element. A sheet of another site that we
  // may not read could have them, so the paper goes without it.
  const unpaper = (owner) => {
    let rules;
    try { rules = owner.cssRules; } catch (_) { owner.disabled = true; return; }
    for (let at = (rules || []).length - 1; at >= 0; at -= 1) {
      if (rules[at] instanceof CSSPageRule) owner.deleteRule(at);
      else if (rules[at].styleSheet) unpaper(rules[at].styleSheet);
      else if (rules[at].cssRules && !(rules[at] instanceof CSSStyleRule)) unpaper(rules[at]);
    }
  };
  const PARTS = ["::marker", "::details-content", "::first-letter", "::first-line", "::backdrop",
    "::placeholder"];
  const SHOWN = ["content", "backgroundImage", "borderImageSource", "maskImage", "filter", "backdropFilter"];
  const one = (element) => {
    if (element.localName === "feImage") element.remove();
    if (element.matches(MEDIA)) { cover(element); count += 1; }
    const style = getComputedStyle(element);
    if (isDrawn(style.content)) { cover(element); count += 1; }
    for (const name of ["background-image", "border-image-source", "mask-image", "list-style-image", "filter",
      "backdrop-filter"]) {
      if (isDrawn(style.getPropertyValue(name))) { set(element, name, "none"); count += 1; }
    }
    for (const side of ["before", "after"]) {
      const pseudo = getComputedStyle(element, "::" + side);
      if (isDrawn(pseudo.content)) { element.setAttribute("data-veiled-" + side, ""); count += 1; }
      const left = getComputedStyle(element, "::" + side);
      if (SHOWN.some((name) => isDrawn(left[name]))) { set(element, "opacity", "0"); count += 1; }
    }
    for (const part of PARTS) {
      const left = getComputedStyle(element, part);
      if (SHOWN.some((name) => isDrawn(left[name]))) { set(element, "opacity", "0"); count += 1; }
    }
    if (element.shadowRoot) tree(element.shadowRoot);
  };
  const tree = (root) => { sheet(root); for (const element of root.querySelectorAll("*")) one(element); };
  const sheets = [...document.styleSheets, ...document.adoptedStyleSheets];
  if (wish === "empty") for (const made of sheets) unpaper(made);
  tree(document);
  const now = document.timeline ? document.getAnimations() : [];
  for (const animation of now) { try { animation.cancel(); } catch (_) {} }
  return count;
}"""

HIDE: Final = "function () { this.style.setProperty('opacity', '0', 'important'); }"


class CannotVeilError(Exception):
    """A part of the page could not be covered, so no picture of it may be taken."""


async def open_shadows(context: BrowserContext) -> None:
    """Prepare every page of a context so that it can be veiled later."""
    await context.add_init_script(OPEN_SHADOWS)


async def veil(page: Page, wish: str) -> int:
    """Cover all media of a page in every frame; return how many boxes. `wish`: "blur", "black" or "empty".

    Blurred boxes lose their colour, and the blur is an eighth of their longer side, on the screen or by their
    own measure, whichever is larger; what has no size, is not loaded or is too large to blur so is emptied.
    Scripts of the page must have been stopped before. Raises CannotVeilError if a frame does not answer.
    """
    count, covered = 0, 0
    for frame in page.frames:
        try:
            session = await _session_of(page, frame)
            if session is None:
                continue  # a frame of the same process: its tree is part of the page's
            try:
                worlds = await _worlds_of(session)
                count += sum([await _cover(session, world, wish) for world in worlds.values()])
                await _hide_closed(session, worlds)
            finally:
                await session.detach()
        except Error as error:
            if frame.is_detached():
                continue
            raise CannotVeilError("a frame of the page could not be covered") from error
        covered += len(worlds)
    if covered < len(page.frames):
        raise CannotVeilError("a frame of the page could not be reached")
    return count


async def stop_scripts(page: Page) -> None:
    """Stop the page's own scripts for good: nothing may change once it is veiled."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    await session.send("Page.stopLoading")


async def _session_of(page: Page, frame: Frame) -> CDPSession | None:
    """Return a line to the page or to a frame with a process of its own, None for any other frame."""
    if frame.parent_frame is None:
        return await page.context.new_cdp_session(page)
    try:
        return await page.context.new_cdp_session(frame)
    except Error:
        return None


async def _worlds_of(session: CDPSession) -> dict[str, int]:
    """Return a world of our own for every frame of a process, by the frame's id, its top frame first.

    There the page's scripts cannot have replaced what the veil calls: they share the tree, not its functions.
    """
    tree = await session.send("Page.getFrameTree")
    worlds: dict[str, int] = {}
    for frame in _frames_in(tree["frameTree"]):
        made = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "veil"})
        worlds[frame] = int(made["executionContextId"])
    return worlds


def _frames_in(tree: Mapping[str, Any]) -> Iterator[str]:
    yield str(tree["frame"]["id"])
    for child in tree.get("childFrames", ()):
        yield from _frames_in(child)


async def _cover(session: CDPSession, world: int, wish: str) -> int:
    said = await session.send(
        "Runtime.evaluate",
        {"expression": f"({VEIL})({json.dumps(wish)})", "contextId": world, "returnByValue": True},
    )
    _must_have_worked(said)
    return int(said["result"]["value"])


async def _hide_closed(session: CDPSession, worlds: Mapping[str, int]) -> None:
    """Hide whole elements whose shadow tree is closed even to us (declared so in the page's text)."""
    document = await session.send("DOM.getDocument", {"depth": -1, "pierce": True})
    for node, frame in _closed_hosts(document["root"], next(iter(worlds))):
        if frame not in worlds:
            raise CannotVeilError("a frame of the page came while it was covered")
        await _hide(session, node, worlds[frame])


def _closed_hosts(root: Mapping[str, Any], top: str) -> list[tuple[int, str]]:
    """Return the back-end ids of elements with a closed shadow tree, each with the id of its frame."""
    found: list[tuple[int, str]] = []
    waiting = [(root, top)]
    while waiting:
        current, frame = waiting.pop()
        shadows = current.get("shadowRoots", ())
        if any(shadow.get("shadowRootType") == "closed" for shadow in shadows):
            found.append((int(current["backendNodeId"]), frame))
        inner = current.get("contentDocument")
        waiting += [(child, frame) for child in (*current.get("children", ()), *shadows)]
        waiting += [(inner, str(current["frameId"]))] if inner else []
    return found


async def _hide(session: CDPSession, node: int, world: int) -> None:
    resolved = await session.send("DOM.resolveNode", {"backendNodeId": node, "executionContextId": world})
    handle = resolved["object"]["objectId"]
    said = await session.send("Runtime.callFunctionOn", {"objectId": handle, "functionDeclaration": HIDE})
    _must_have_worked(said)


def _must_have_worked(said: Mapping[str, Any]) -> None:
    if "exceptionDetails" in said:
        raise CannotVeilError("a frame of the page could not be covered")
