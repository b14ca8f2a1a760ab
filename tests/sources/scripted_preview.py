"""Preview pages of Telegram channels, drawn by us in the form that t.me gives them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

from aiohttp import web
from loopback_site import now

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.ports import Fetcher

PER_PAGE = 20
MESSAGE = """
<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message {service}
  text_not_supported_wrap js-widget_message" data-post="Street/{number}" data-view="x">
  <div class="tgme_widget_message_user"><a href="#"><i><img src="https://cdn.test/face.jpg"></i></a></div>
  <div class="tgme_widget_message_bubble">{body}
  <div class="tgme_widget_message_footer"><a class="tgme_widget_message_date" href="#">{date}</a></div>
</div></div></div>"""
PHOTO = (
    '<a class="tgme_widget_message_photo_wrap 1 2" href="#"'
    " style=\"width:800px;background-image:url('{url}')\"><div></div></a>"
)
WORDS = '<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>'
DATE = '<time datetime="2026-11-30T12:00:00+00:00" class="time">12:00</time>'


@dataclass(frozen=True, slots=True)
class Drawn:
    """One message as the page shows it."""

    number: int
    body: str
    date: str = DATE
    service: str = ""


@dataclass
class ScriptedPreview:
    """Channels by name, and what each shows; others have no preview."""

    channels: dict[str, list[Drawn]] = field(default_factory=lambda: {"street": []})
    status: int = 200
    retry_after: int = 0
    asked: list[str] = field(default_factory=list)
    extra: str = ""
    newest: int = 100
    refused: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Fetcher]:
        """Serve; yield a fetcher that may visit this server."""
        app = web.Application()
        app.router.add_get("/s/{channel}", self._serve)
        app.router.add_get("/{channel}", self._name)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", 0)
        await listener.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        policy = AddressPolicy(allowed=frozenset({("127.0.0.1", int(runner.addresses[0][1]))}))
        with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
            yield fetcher
        await runner.cleanup()

    def answer(self, status: int, retry_after: int = 0) -> None:
        """Answer everything like this from now on."""
        self.status, self.retry_after = status, retry_after

    def say(self, body: str, channel: str = "street", **others: str) -> str:
        """Put a message into a channel; return its name."""
        self.newest += 1
        self.channels[channel].append(Drawn(self.newest, body, **others))
        return f"{channel}/{self.newest}"

    def take_down(self, name: str) -> None:
        """Remove a message."""
        channel, number = name.split("/")
        self.channels[channel] = [one for one in self.channels[channel] if one.number != int(number)]

    async def _name(self, _: web.Request) -> web.Response:
        return web.Response(
            text="<div class=tgme_page>If you have Telegram …</div>", content_type="text/html"
        )

    async def _serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if self.status != 200:
            return web.Response(status=self.status, headers={"Retry-After": str(self.retry_after)})
        channel = request.match_info["channel"]
        if channel in self.refused:
            return web.Response(status=503)
        if channel not in self.channels:
            raise web.HTTPFound(f"/{channel}")
        before = int(request.query.get("before", 10**9))
        fits = [one for one in self.channels[channel] if one.number < before][-PER_PAGE:]
        drawn = "".join(MESSAGE.format(**asdict(one)) for one in fits)
        page = f"<html><body><section class=tgme_channel_history>{self.extra}{drawn}</section></body></html>"
        return web.Response(text=page, content_type="text/html")


def photo(url: str) -> str:
    """Return a picture as the page shows it."""
    return PHOTO.format(url=url)


def words(text: str) -> str:
    """Return a message's words as the page shows them."""
    return WORDS.format(words=text)
