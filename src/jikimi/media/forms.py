"""Fills in web forms with Chromium, and stops wherever a person is wanted: captchas, sign-ins, new fields."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Locator, Page, sync_playwright

from jikimi.media.browser import SWITCHES
from jikimi.model.errors import Blocked, InDoubt, NeedsHuman, TryLater
from jikimi.model.ports import FilledForm

PATIENCE = timedelta(seconds=20)
LONGEST_WORDS = 160
# What asks "are you human?": frames and boxes of the services that sites use, and any box that is named so.
CAPTCHA = (
    "iframe[src*='captcha' i], iframe[src*='challenges.cloudflare.com'], .g-recaptcha, .h-captcha,"
    " .cf-turnstile, [id*='captcha' i], [class*='captcha' i], [name*='captcha' i], img[src*='captcha' i]"
)
SIGN_IN = "input[type='password']"
# Fields that must be filled and that nobody described; marked by the script below with what they are called.
UNKNOWN = """(known) => {
  const mine = known.flatMap(selector => [...document.querySelectorAll(selector)]);
  const form = mine.length ? mine[0].closest('form') || document : document;
  const missing = [...form.querySelectorAll('input, select, textarea')].filter(field =>
    (field.required || field.getAttribute('aria-required') === 'true')
    && !mine.includes(field) && field.type !== 'hidden' && !field.value);
  return missing.map(field => {
    const label = field.labels && field.labels[0] ? field.labels[0].innerText : '';
    return (label || field.name || field.id || field.type).trim().slice(0, 60);
  });
}"""


@dataclass(frozen=True, slots=True)
class BrowserForms:
    """The port FormFiller. A browser of its own for each form: no cookie, no history, no other site's script.

    `program` is Chromium's path (None for the one that Playwright installed). `way_out` opens the guarded way
    out for one form and gives its address ("http://127.0.0.1:PORT"). `is_sandboxed` is false only where the
    browser's own sandbox cannot run, as for root.
    """

    way_out: Callable[[], AbstractContextManager[str]]
    program: Path | None = None
    patience: timedelta = PATIENCE
    is_sandboxed: bool = True

    def fill(self, form: FilledForm) -> str:
        """Fill and send one form; see the port."""
        if urlsplit(form.url).scheme not in {"http", "https"}:
            raise Blocked("Only forms on the web are filled in. Confirm another contact.")
        with self._browser() as browser:
            page = browser.new_page(service_workers="block", accept_downloads=False)
            page.set_default_timeout(self.patience.total_seconds() * 1000)
            self._open(page, form)
            _stay(page, form)
            _stop_for_people(page, form)
            _enter(page, form)
            _stay(page, form)
            return self._send(page, form)

    @contextmanager
    def _browser(self) -> Iterator[Browser]:
        with self.way_out() as proxy, sync_playwright() as playwright:
            try:
                browser = playwright.chromium.launch(
                    executable_path=self.program,
                    args=[*SWITCHES],
                    proxy={"server": proxy},
                    chromium_sandbox=self.is_sandboxed,
                )
            except Error as error:
                raise TryLater("Chromium cannot be started. Type: jikimi selfcheck") from error
            try:
                yield browser
            finally:
                browser.close()

    def _open(self, page: Page, form: FilledForm) -> None:
        host = urlsplit(form.url).hostname
        try:
            answer = page.goto(form.url, wait_until="load")
        except Error as error:
            raise TryLater(f"The form on {host} cannot be reached.") from error
        status = 0 if answer is None else answer.status
        if status in {404, 410}:
            raise NeedsHuman(f"The form on {host} is gone. Look for the new one and describe it.")
        if status in {401, 403, 451}:
            raise NeedsHuman(f"The form on {host} does not open for us ({status}). Fill it in by hand.")
        if status >= 400:  # noqa: PLR2004  # RFC 9110 §15.5
            raise TryLater(f"The form on {host} answers {status}.")

    def _send(self, page: Page, form: FilledForm) -> str:
        host = urlsplit(form.url).hostname
        try:
            page.locator(form.button).first.click(no_wait_after=True)
        except Error as error:
            raise NeedsHuman(
                f"The button of the form on {host} cannot be pressed. Send it by hand."
            ) from error
        doubt = (
            f"In doubt: the form on {host} was sent, but the page did not say that it was taken. "
            "Look there before it is sent again."
        )
        try:
            shown = _seen(page, form.done)
            if form.refused:
                shown = shown.or_(_seen(page, form.refused))
            shown.first.wait_for(state="visible")
            words = " ".join(shown.first.inner_text().split())[:LONGEST_WORDS]
            if form.refused and _seen(page, form.refused).first.is_visible():
                raise Blocked(f"The form on {host} says: {words}. Choose another contact.")
        except Error as error:
            raise InDoubt(doubt) from error
        return words


def _seen(page: Page, what: str) -> Locator:
    """Return where a text, or what `css=…` names, is shown."""
    return page.locator(what) if what.startswith("css=") else page.get_by_text(what)


def _stay(page: Page, form: FilledForm) -> None:
    """Stop where the form led to another site: whoever has it now is not whom a person confirmed."""
    wanted, here = urlsplit(form.url), urlsplit(page.url)
    if (here.scheme, here.netloc) != (wanted.scheme, wanted.netloc):
        raise NeedsHuman(
            f"The form on {wanted.hostname} leads to {here.hostname}. Look whose it is, and describe it anew."
        )


def _stop_for_people(page: Page, form: FilledForm) -> None:
    host = urlsplit(form.url).hostname
    by_hand = "Fill it in by hand; `jikimi removal show` prints what to enter."
    if page.locator(CAPTCHA).count():
        raise NeedsHuman(f"The form on {host} asks whether you are human. {by_hand}")
    if page.locator(SIGN_IN).count():
        raise NeedsHuman(f"The form on {host} asks for a sign-in. {by_hand}")
    known = [where for where, _ in (*form.fields, *form.choices)] + list(form.ticks)
    for where in known:
        if not page.locator(where).count():
            raise NeedsHuman(
                f"The form on {host} has no {where} any more. Describe it anew, or fill it in by hand."
            )
    missing = page.evaluate(UNKNOWN, known)
    if missing:
        named = ", ".join(_plain(name) for name in missing)
        raise NeedsHuman(f"The form on {host} asks for what nobody described: {named}. {by_hand}")


def _enter(page: Page, form: FilledForm) -> None:
    host = urlsplit(form.url).hostname
    try:
        for where, text in form.fields:
            page.locator(where).first.fill(text)
        for where, label in form.choices:
            page.locator(where).first.select_option(label=label)
        for where in form.ticks:
            page.locator(where).first.check()
    except Error as error:
        raise NeedsHuman(f"A field of the form on {host} cannot be filled in. Do it by hand.") from error


def _plain(name: object) -> str:
    return re.sub(r"\s+", " ", "".join(c for c in str(name) if c.isprintable()))
