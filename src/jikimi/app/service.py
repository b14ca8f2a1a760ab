"""The house with its lights on: store, web, sandbox, channels, worker and watches, plugged together."""

import fcntl
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.metadata import entry_points
from pathlib import Path
from secrets import token_hex
from typing import IO

from jikimi import __version__
from jikimi.app.engine import LazySandbox, empty_vault, utc_now
from jikimi.app.text import text_bank
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.folder_door import FolderDoor
from jikimi.media.tesseract import installed_scribe
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Channel, Clock, Fetcher, House, Rules, Source
from jikimi.model.post import Watch
from jikimi.removal.rehearsal import RehearsalChannel
from jikimi.removal.smtp import SmtpChannel
from jikimi.settings import Settings
from jikimi.sources.folder import Folder
from jikimi.sources.nostr import Nostr
from jikimi.sources.website import Website
from jikimi.store.keyring import Keyring, read_master
from jikimi.store.lifeline import Lifeline
from jikimi.store.store import Store
from jikimi.store.writer import close_connection
from jikimi.worker.jobs import Worker, catch_up
from jikimi.worker.watches import Watches, standing_watches

OWNER_ONLY = 0o600
HOLDER_BYTES = 8
SourceClass = Callable[[Mapping[str, str], Fetcher, Clock, str], Source]
FOLDER = "folder"
SOURCES: Mapping[str, SourceClass] = {"website": Website, "nostr": Nostr, FOLDER: Folder}


def known_sources() -> dict[str, SourceClass]:
    """Return every source by name: ours, and those that installed packages register."""
    found = {point.name: point.load() for point in entry_points(group="jikimi.sources")}
    return {**found, **SOURCES}


class Service:
    """The house with its lights on: everything plugged in, and the threads that keep it going."""

    def __init__(self, settings: Settings, *, clock: Clock, out: Callable[[str], None], holder: str) -> None:
        """`out` is where rehearsed notices are printed; `holder` names this process in its leases."""
        self.settings = settings
        self._closing = ExitStack()
        self._bell = threading.Event()
        keyring = Keyring(read_master(settings.master_key_file))
        # On PostgreSQL others may bear the same name elsewhere, and a dead one's leases are told by theirs.
        self._holder = f"{holder}-{token_hex(HOLDER_BYTES)}" if settings.database else holder
        self.store = Store(keyring, clock, self._bell.set, holder=self._holder, keep=settings.keep)
        self._closing.callback(self.store.close)
        self._folders: dict[str, Path] = {}
        policy = AddressPolicy(allowed=parse_allowed(settings.allow))
        web = GuardedFetcher(policy, user_agent=user_agent(settings), clock=clock)
        self._closing.callback(web.close)
        self._sandbox = LazySandbox(settings.sandboxes, settings.network)
        self._closing.callback(self._sandbox.close)
        self.house = House(
            records=self.store,
            queue=self.store,
            vault=empty_vault(),
            words=text_bank(),
            fetcher=FolderDoor(self._folders, web, clock=clock),
            sandbox=self._sandbox,
            sealer=open_sealer(settings, clock),
            channels=open_channels(settings, clock),
            rehearsal=RehearsalChannel(out),
            rules=Rules(
                ladder=settings.ladder,
                gone_after=settings.gone_after,
                language=settings.language,
                centre=settings.centre,
                sender=settings.sender,
                contact=settings.contact or settings.sender,
            ),
            clock=clock,
            scribe=installed_scribe(),
        )

    def make_source(self, watch: Watch) -> Source:
        """Build the source of a watch; Misconfigured if there is none of that name or an option is wrong."""
        sources = known_sources()
        if watch.source not in sources:
            raise Misconfigured(
                f"There is no source {watch.source}. Known are: {', '.join(sorted(sources))}."
            )
        source = sources[watch.source](watch.options, self.house.fetcher, self.house.clock, watch.name)
        if watch.source == FOLDER:
            self._folders[watch.name] = Path(watch.options["path"])
        return source

    def start(self) -> None:
        """Hold the data folder alone, take back what a killed service had begun, watch and work.

        On SQLite that was the last holder of the folder; on PostgreSQL its lifeline says that it is dead.
        """
        self._closing.push(hold(self.settings.folder / "service.lock"))
        if not self.settings.database:
            self.store.reclaim()
        self.start_worker()
        watches = Watches(self.house, self.make_source, close_connection)
        self._closing.callback(watches.stop)
        watches.start()

    def start_worker(self) -> None:
        """Work through the queue, alone or beside others, once sandbox and bank are ready."""
        self._sandbox.warm()
        if self.settings.database:
            lifeline = Lifeline(self._holder, self.store.reclaim)
            self._closing.callback(lifeline.close)
            lifeline.start()
        catch_up(self.house)
        for watch in standing_watches(self.house).values():
            if watch.source == FOLDER:
                self._folders[watch.name] = Path(watch.options["path"])
        worker = Worker(self.house, self._bell, self.settings.workers, close_connection)
        self._closing.callback(worker.stop)
        worker.start()

    def close(self) -> None:
        """Stop taking work, finish what was begun, and end every thread and process."""
        self._closing.close()


def build(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    out: Callable[[str], None] = lambda _text: None,
    holder: str = "serve",
) -> Service:
    """Plug everything in. Call `first.prepare` once before, and `.close()` at the end."""
    return Service(settings, clock=clock, out=out, holder=holder)


def open_sealer(settings: Settings, clock: Clock) -> CmsSealer:
    """Return the centre's signer; its key and certificate are made at first use."""
    folder = settings.folder / "keys"
    key_file, certificate_file = folder / "signing.key", folder / "signing.pem"
    if not key_file.exists():
        key, certificate = create_identity(settings.centre or "Jikimi", clock)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        certificate_file.write_bytes(certificate)
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
    return CmsSealer(key_file.read_bytes(), certificate_file.read_bytes())


def open_channels(settings: Settings, clock: Clock) -> dict[str, Channel]:
    """Return the channels that are set up. Without a mail server only rehearsal is possible."""
    if not settings.smtp:
        return {}
    if not settings.sender:
        raise Misconfigured("JIKIMI_SENDER: the mail address that sends requests is missing. Set it.")
    return {"email": SmtpChannel(settings.smtp, settings.sender, clock=clock)}


def user_agent(settings: Settings) -> str:
    """Return how we name ourselves to sites: honestly, with a way to reach the centre."""
    contact = settings.contact or settings.sender
    return f"Jikimi/{__version__}" + (f" (+{contact})" if contact else "")


def hold(path: Path) -> IO[str]:
    """Hold a lock file for the life of the service; Misconfigured if another service holds it."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise Misconfigured(
            f"JIKIMI_DATA: another Jikimi runs on {path.parent}. Stop it, or choose another folder."
        ) from error
    return file
