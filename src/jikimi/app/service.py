"""The house with its lights on: store, web, sandbox, channels, worker and watches, plugged together."""

import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex
from typing import IO

from jikimi import __version__
from jikimi.app.channels import open_channels
from jikimi.app.collecting import collector_facts, open_camera, open_stamper
from jikimi.app.deliveries import Letterbox, Postroom
from jikimi.app.engine import LazySandbox, empty_vault, utc_now
from jikimi.app.mail import open_inbox
from jikimi.app.making import SourceMaker
from jikimi.app.signing import open_request_signer
from jikimi.app.sources import FOLDER, TELEGRAM, open_files
from jikimi.app.text import text_bank
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.flow.replies import first_reading
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.folder_door import FolderDoor
from jikimi.media.names import DnsNames
from jikimi.media.players import YtDlpPlayers
from jikimi.media.playlist import PlaylistDoor
from jikimi.media.shared import RecallingSandbox, SharedFetches
from jikimi.media.submit import GuardedSubmitter
from jikimi.media.telegram_door import Files, TelegramDoor
from jikimi.media.tesseract import installed_scribe
from jikimi.media.web import GuardedWeb
from jikimi.model.errors import Misconfigured
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Allowance, Clock, Fetcher, Finder, House, Rules
from jikimi.model.post import Secret, Watch
from jikimi.removal.finding import ContactFinder
from jikimi.removal.rdap import Rdap
from jikimi.removal.rdap_registries import RdapRegistries
from jikimi.removal.rehearsal import RehearsalChannel
from jikimi.settings import Settings
from jikimi.sources.robots import Robots
from jikimi.store.keyring import Keyring, read_master
from jikimi.store.ledger import AuditLedger
from jikimi.store.lifeline import Lifeline
from jikimi.store.store import Store
from jikimi.store.writer import close_connection
from jikimi.worker.jobs import Worker, catch_up
from jikimi.worker.watches import Watches, standing_watches

OWNER_ONLY = 0o600
HOLDER_BYTES = 8


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
        self._postroom = Postroom(self.store.deliveries, keyring, settings.address, close_connection)
        self._closing.callback(self._postroom.close)
        self._folders: dict[str, Path] = {}
        self._accounts: dict[str, Files] = {}
        policy, agent = AddressPolicy(allowed=parse_allowed(settings.allow)), user_agent(settings)
        players = YtDlpPlayers(policy, agent, clock)
        self._closing.callback(players.close)
        self._signer = open_request_signer(settings, clock)
        web = GuardedFetcher(policy, user_agent=agent, clock=clock, signer=self._signer)
        self._closing.callback(web.close)
        vantages = {name: self._through(proxy, policy, clock) for name, proxy in settings.vantages}
        self._sandbox = LazySandbox(settings.sandboxes, settings.network)
        self._closing.callback(self._sandbox.close)
        rules = rules_of(settings)
        submitter, doors = GuardedSubmitter(policy, agent), self._doors(web, clock)
        media = PlaylistDoor(doors, clock=clock)
        self.house = House(
            records=self.store,
            queue=self.store,
            vault=empty_vault(),
            words=text_bank(),
            fetcher=media,
            shared=SharedFetches(media),
            sandbox=RecallingSandbox(self._sandbox, clock),
            sealer=open_sealer(settings, clock),
            channels=open_channels(settings, rules, web, submitter, clock),
            rehearsal=RehearsalChannel(out),
            rules=rules,
            clock=clock,
            scribe=installed_scribe(),
            camera=open_camera(settings, policy, agent),
            stamper=open_stamper(settings, policy, agent, clock),
            ledger=AuditLedger(),
            collector=collector_facts(settings),
            inbox=open_inbox(settings, clock),
            finder=open_finder(settings, web, clock),
            vantages=vantages,
            letterbox=Letterbox(self.store.deliveries, keyring, clock),
        )

        # A page is never taken for a playlist here.
        around = GuardedWeb(doors, policy, agent, clock, signer=self._signer)
        robots = Robots(around, clock)
        self.make_source = SourceMaker(
            self.house, around, self._postroom, players, self._open_door, close_connection, robots
        )

    def _doors(self, web: Fetcher, clock: Clock) -> Fetcher:
        """Open the web's door, and those to what sources find elsewhere."""
        doors = TelegramDoor(self._accounts, FolderDoor(self._folders, web, clock=clock), clock=clock)
        self._closing.callback(doors.close)
        return doors

    def _through(self, proxy: Secret, policy: AddressPolicy, clock: Clock) -> Fetcher:
        """Open one more way out for re-checks."""
        agent = user_agent(self.settings)
        fetcher = GuardedFetcher(policy, user_agent=agent, clock=clock, proxy=proxy, signer=self._signer)
        self._closing.callback(fetcher.close)
        return PlaylistDoor(fetcher, clock=clock)

    def _open_door(self, watch: Watch, allowance: Allowance | None = None) -> None:
        """Let the story fetch what a watch finds elsewhere than on the web."""
        if watch.source == FOLDER:
            self._folders[watch.name] = Path(watch.options["path"])
        elif watch.source == TELEGRAM:
            self._accounts[watch.name] = open_files(
                watch, allowance or self.make_source.stored_allowance(watch)
            )

    def start(self) -> None:
        """Hold the data folder alone, take back what a killed service had begun, watch and work.

        On SQLite that was the last holder of the folder; on PostgreSQL its lifeline says that it is dead.
        """
        self._closing.push(hold(self.settings.folder / "service.lock"))
        if not self.settings.database:
            self.store.reclaim()
        self.start_worker()
        self._watches = watches = Watches(self.house, self.make_source, close_connection)
        self._closing.callback(watches.stop)
        watches.start()

    @property
    def reading(self) -> frozenset[str]:
        """Return the names of the watches that are being read, once started."""
        return self._watches.reading

    def start_worker(self) -> None:
        """Work through the queue, alone or beside others, once sandbox and bank are ready."""
        self._sandbox.warm()
        if self.settings.database:
            lifeline = Lifeline(self._holder, self.store.reclaim)
            self._closing.callback(lifeline.close)
            lifeline.start()
        catch_up(self.house)
        for watch in standing_watches(self.house).values():
            self._open_door(watch)
        if self.house.inbox is not None:
            self.house.records.apply(Outcome(next=(first_reading(),)), by="serve")
            self.house.queue.retry(first_reading().name)  # a setting was mended meanwhile
        worker = Worker(
            self.house,
            self._bell,
            self.settings.workers,
            close_connection,
            readers=self.settings.sandboxes,
        )
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


def rules_of(settings: Settings) -> Rules:
    """Return what the settings say about how we ask, wait and write."""
    return Rules(
        ladder=settings.ladder,
        gone_after=settings.gone_after,
        language=settings.language,
        centre=settings.centre,
        sender=settings.sender,
        contact=settings.contact or settings.sender,
        centre_abroad=settings.centre_abroad,
        designation=settings.designation,
        most_an_hour=settings.most_an_hour,
        most_a_day=settings.most_a_day,
        gather=settings.gather,
    )


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


def open_finder(settings: Settings, fetcher: Fetcher, clock: Clock) -> Finder:
    """Return what looks for contacts; the registries' lists are kept in the data folder."""
    registries = RdapRegistries(fetcher, settings.folder / "rdap", clock)
    return ContactFinder(
        fetcher, DnsNames(settings.names), Rdap(fetcher, registries), clock, home=settings.country
    )


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
