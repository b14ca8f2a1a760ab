"""Lets one thing go wrong at 100 random points of the story: `./run bench faults [--points 100] [--seed 7]`.

From a confirmed alert to verified gone, on a real SQLite and a real mail server, each story in a house of
its own: kill -9, a mail server that says later, no, or nothing, a signer that is down, no DNS, a full
disk, a clock that jumps, a browser that never answers. At the end nothing may be lost, no notice may have
arrived twice, and the audit chain is whole.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from random import Random
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

import faults_story
from jikimi.cli.demo.operator import MailController, free_port
from jikimi.media.specimen import draw, encode_jpeg
from page_state_server import COPY, Reply, State, StateServer, page, picture

INSIDE = (
    "kill", "kill", "kill", "kill", "sealer down for a day", "no DNS", "disk full", "clock an hour ahead",
    "clock an hour back", "browser hangs for an hour",
)  # fmt: skip
BY_MAIL = ("mail: later", "mail: no", "mail: silence", "mail: breaks off")
STEPS = ("MAIL", "RCPT", "DATA")
PATIENCE = 180  # seconds for one story
LIVES = 6  # a story is killed once; more lives mean that it cannot go on


@dataclass
class MailServer:
    """Takes mail, and has one mood for the next conversations: an answer, or none, at one step."""

    box: Path
    port: int = field(default_factory=free_port)
    taken: list[str] = field(default_factory=list)
    mood: str = ""
    step: str = ""
    left: int = 0

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer the sender."""
        del session, options
        envelope.mail_from = address
        return await self._say("MAIL", server)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer the recipient."""
        del session, options
        envelope.rcpt_tos.append(address)
        return await self._say("RCPT", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        """Answer the text; what was taken is kept by its Message-ID."""
        del session
        name = str(message_from_bytes(envelope.original_content or b"")["Message-ID"])
        if self.step == "DATA" and self.left and self.mood in {"mail: silence", "mail: breaks off"}:
            self._take(name)  # it has the text; only its word is missing
        answer = await self._say("DATA", server)
        if answer.startswith("250"):
            self._take(name)
        return answer

    def _take(self, name: str) -> None:
        self.taken.append(name)
        with self.box.open("a") as file:
            file.write(f"{name}\n")

    async def _say(self, step: str, server: SMTP) -> str:
        if step != self.step or not self.left:
            return "250 OK"
        self.left -= 1
        if self.mood in {"mail: silence", "mail: breaks off"}:
            import asyncio

            if self.mood == "mail: silence":
                await asyncio.sleep(1.5)  # longer than the house waits in this drill
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        return "451 try later" if self.mood == "mail: later" else "550 no such user"


@dataclass
class World:
    """The site, its mail server, and a house in which an alert was just confirmed."""

    folder: Path
    is_removed: bool = False

    def __post_init__(self) -> None:
        answers = {"/p/1": self._page, "/m/1.jpg": self._picture}
        self.web = StateServer((State("street", "live", "", "/p/1", "/m/1.jpg", answers),))
        self.web.start()
        self.mail = MailServer(self.folder / "mailbox")
        self._controller = MailController(self.mail, self.mail.port)
        self._controller.start()
        os.environ["JIKIMI_TEST_MAILBOX"] = str(self.mail.box)
        self._lives = multiprocessing.get_context("spawn")
        self._life: Any = None
        self._line: Any = None
        self.template = self.folder / "template"
        self.template.mkdir()
        begun = self._run("begin", str(self.template), self.web.port, self.mail.port,
                          self.web.addresses(0), encode_jpeg(draw(1)))  # fmt: skip
        assert begun == 0, "the house could not be prepared"

    def _page(self, _request: Any) -> Reply:
        return (
            Reply(404)
            if self._is_down()
            else page('<html><body><p>a view</p><img src="/m/1.jpg"></body></html>')
        )

    def _picture(self, _request: Any) -> Reply:
        return Reply(404) if self._is_down() else picture(COPY)

    def _is_down(self) -> bool:
        """The operator takes it down once he has a request."""
        return bool(self.mail.taken)

    def _run(self, what: str, *given: Any) -> int:
        """Let the process do one thing; return 0, or how it ended if it was killed meanwhile."""
        if self._life is None or not self._life.is_alive():
            self._line, theirs = self._lives.Pipe()
            self._life = self._lives.Process(target=faults_story.serve, args=(theirs,), daemon=False)
            self._life.start()
            theirs.close()
        self._line.send((what, given))
        try:
            if self._line.poll(PATIENCE):
                self._line.recv()
                return 0
        except (EOFError, ConnectionError):
            pass
        self._life.kill()
        self._life.join()
        return self._life.exitcode or -1

    def story(
        self, number: int, fault: str, at: int, mood: tuple[str, str, int] = ("", "", 0)
    ) -> dict[str, Any]:
        """Tell the story once, with one fault; return what came of it."""
        folder = self.folder / f"story-{number}"
        shutil.copytree(self.template, folder)
        self.mail.taken.clear()
        self.mail.box.write_text("")
        self.mail.mood, self.mail.step, self.mail.left = mood
        ends = [self._run("live", str(folder), self.web.port, self.mail.port, fault, at)]
        while ends[-1] != 0 and len(ends) < LIVES:
            ends.append(self._run("live", str(folder), self.web.port, self.mail.port, "", 0))
        file = folder / "report.json"
        found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        shutil.rmtree(folder)
        twice = sum(times > 1 for times in Counter(self.mail.taken).values())
        return {
            **found,
            "fault": fault or mood[0],
            "at": at or mood[1:],
            "ends": ends,
            "mails": len(self.mail.taken),
            "twice": twice,
        }

    def close(self) -> None:
        """End process and servers."""
        self._line.close()
        self._life.join()
        self._controller.stop()
        self.web.stop()


def is_lost(story: dict[str, Any]) -> bool:
    """A story is lost unless its copy is gone, sealed, asked for by mail, and every notice has its end."""
    return not (
        story.get("gone") == 1
        and story["places"] == 1
        and story["evidence"] == 1
        and story["mails"] >= 1
        and story["without_receipt"] == 0
        and not story["bugs"]
    )


def drill(points: int, seed: int) -> dict[str, Any]:
    """Tell the story without a fault to count its points, then once for each random point."""
    dice = Random(seed)
    with tempfile.TemporaryDirectory(prefix="jikimi-faults-") as name:
        world = World(Path(name))
        try:
            plain = world.story(0, "", 0)
            assert not is_lost(plain), plain
            faults = [(INSIDE + BY_MAIL)[n % len(INSIDE + BY_MAIL)] for n in range(points)]
            dice.shuffle(faults)
            stories = []
            for number, fault in enumerate(faults, 1):
                if fault in BY_MAIL:
                    mood = (fault, dice.choice(STEPS), dice.randint(1, 4))
                    stories.append(world.story(number, "", 0, mood))
                else:
                    stories.append(world.story(number, fault, dice.randint(1, plain["points"])))
                print(number, stories[-1], file=sys.stderr, flush=True)
        finally:
            world.close()
    return summary(plain, stories)


def summary(plain: dict[str, Any], stories: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures, and the stories that went wrong."""
    wrong = [one for one in stories if is_lost(one) or one["twice"] or one.get("audit", "?")]
    return {
        "points_of_the_story": plain["points"],
        "stories": len(stories),
        "by_fault": dict(sorted(Counter(one["fault"] for one in stories).items())),
        "killed": sum(one["ends"][0] < 0 for one in stories),
        "lost": sum(is_lost(one) for one in stories),
        "notices_that_arrived_twice": sum(one["twice"] for one in stories),
        "audit_chains_broken": sum(one.get("audit", "?") != "" for one in stories),
        "receipts": dict(Counter(state for one in stories for state in one.get("receipts", []))),
        "wrong": wrong,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    began = time.monotonic()
    report = {**drill(arguments.points, arguments.seed), "seconds": round(time.monotonic() - began)}
    print(json.dumps(report, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
