"""The demo's live display: each copy, each step, both clocks. In a pipe, one line a change."""

from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table

from jikimi.cli.demo.play import Copy, Scene

WAITING = "…"


class Display:
    """Shows scenes on a terminal as a table that changes in place; elsewhere prints what is new."""

    def __init__(self, out: TextIO) -> None:
        self._console = Console(file=out)
        self._live = Live(console=self._console, refresh_per_second=8, transient=False)
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, scene: Scene) -> None:
        """Bring the display up to date."""
        if self._console.is_terminal:
            self._live.update(picture_of(scene))
            return
        for mention in scene.mentions:
            line = f"{mention.trick}: alert"
            if mention.alerted_at is not None and line not in self._said:
                self._said.add(line)
                self._console.print(line, highlight=False)
        for copy in scene.copies:
            for step, at in (
                ("alert", copy.alerted_at),
                ("request", copy.requested_at),
                ("gone", copy.gone_at),
            ):
                line = f"{copy.edit}: {step}"
                if at is not None and line not in self._said:
                    self._said.add(line)
                    self._console.print(line, highlight=False)


def picture_of(scene: Scene) -> Table:
    """Return one scene as a table: a line a copy, both clocks."""
    caption = f"{scene.distractors} other posts, {scene.false_alerts} false alerts · {scene.line}"
    table = Table(title="Specimen Street, watched by Jikimi", caption=caption, box=None, expand=True)
    for column in ("copy", "visible → alert", "evidence", "alert → request", "gone"):
        table.add_column(column)
    for copy in scene.copies:
        table.add_row(
            copy.edit, _first_clock(copy), _tick(is_done=copy.is_verified), _second_clock(copy), _gone(copy)
        )
    for mention in scene.mentions:
        wait = WAITING
        if mention.alerted_at is not None:
            wait = f"{(mention.alerted_at - mention.post.at).total_seconds():.2f} s"
        table.add_row(mention.trick, wait, "", "", "")
    return table


def _first_clock(copy: Copy) -> str:
    return WAITING if copy.post_to_alert_ms is None else f"{copy.post_to_alert_ms / 1000:.2f} s"


def _second_clock(copy: Copy) -> str:
    if copy.requested_at is None or copy.alerted_at is None:
        return WAITING
    return f"{(copy.requested_at - copy.alerted_at).total_seconds():.2f} s"


def _gone(copy: Copy) -> str:
    return _tick(is_done=copy.gone_at is not None)


def _tick(*, is_done: bool) -> str:
    return "✓" if is_done else WAITING
