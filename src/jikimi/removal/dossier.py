"""Writes what a host did not comply with, in Markdown or HTML: requests, clocks, states, nobody's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Final

from jikimi.model.alert import Sent
from jikimi.model.standing import Standing

CLOCK: Final = timedelta(hours=48)
"""What a letter gives where its rules name no clock (47 U.S.C. 223a)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: when, by which way, under which rules, and what became of it."""

    at: datetime
    channel: str
    regime: str
    language: str
    number: int
    state: Sent


@dataclass(frozen=True, slots=True)
class Line:
    """One copy that is still there. `address` is "" unless a person with the right asked for it."""

    standing: Standing
    since: datetime
    requests: tuple[Request, ...]
    looks: int
    seen_at: datetime | None
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language."""

    title: str
    asked: str
    nobody: str
    columns: tuple[str, ...]
    over: str
    runs: str
    standings: Mapping[Standing, str]


ENGLISH: Final = Wording(
    title="Requests that {host} did not comply with",
    asked="Written on {at} by {centre}. {count} copies are still there after a request.",
    nobody="This list names no person and no case.",
    columns=(
        "no.", "first asked", "requests", "by way of", "rules", "clock", "state", "since", "looks",
        "last look", "address",
    ),
    over="run out on {at}",
    runs="until {at}",
    standings={one: one.value for one in Standing},
)  # fmt: skip

KOREAN: Final = Wording(
    title="{host}의 삭제 요청 불이행 기록",
    asked="{centre}가 {at}에 작성했습니다. 요청 뒤에도 남아 있는 게시물은 {count}건입니다.",
    nobody="이 기록에는 사람과 사건을 알 수 있는 내용이 없습니다.",
    columns=(
        "번호", "첫 요청", "요청 횟수", "방법", "근거", "기한", "상태", "상태 시작", "확인 횟수",
        "마지막 확인", "주소",
    ),
    over="{at}에 지남",
    runs="{at}까지",
    standings={
        Standing.FOUND: "발견", Standing.WAITING: "발송 대기", Standing.REHEARSED: "모의 발송",
        Standing.ASKED: "요청함", Standing.IN_DOUBT: "발송 여부 불명", Standing.UNDELIVERED: "전달되지 않음",
        Standing.ANSWERED: "답변 받음",
        Standing.REFUSED: "거절", Standing.PARTLY: "일부 삭제", Standing.PROMISED: "삭제했다고 답함",
        Standing.BLOCKED: "이곳에서만 차단", Standing.LOGIN: "로그인 필요", Standing.MOVED: "주소 바뀜",
        Standing.SEEMS_GONE: "삭제된 듯함", Standing.GONE: "삭제 확인", Standing.BACK: "다시 나타남",
    },
)  # fmt: skip

WORDINGS: Final = {"ko": KOREAN, "en": ENGLISH}


def rows_of(
    lines: Sequence[Line], now: datetime, clocks: Mapping[str, timedelta], words: Wording
) -> list[tuple[str, ...]]:
    """Return the table's cells; without addresses the last column is left out."""
    has_addresses = any(line.address for line in lines)
    found = [
        (
            str(number),
            _moment(line.requests[0].at),
            str(len(line.requests)),
            ", ".join(dict.fromkeys(one.channel for one in line.requests)),
            ", ".join(dict.fromkeys(one.regime for one in line.requests if one.regime)) or "-",
            _clock(line, now, clocks, words),
            words.standings[line.standing],
            _moment(line.since),
            str(line.looks),
            _moment(line.seen_at) if line.seen_at else "-",
            *((line.address,) if has_addresses else ()),
        )
        for number, line in enumerate(sorted(lines, key=lambda one: one.requests[0].at), 1)
    ]
    return [words.columns if has_addresses else words.columns[:-1], *found]


def markdown_of(  # head and rows of one page
    host: str, lines: Sequence[Line], *, centre: str, now: datetime, language: str,
    clocks: Mapping[str, timedelta],
) -> str:  # fmt: skip
    """Return the list in Markdown."""
    words = WORDINGS[language]
    head, *rows = rows_of(lines, now, clocks, words)
    said = words.asked.format(at=_moment(now), centre=centre or "-", count=len(lines))
    table = [_row(head), _row(["---"] * len(head)), *(_row([_plain(cell) for cell in row]) for row in rows)]
    return "\n".join([f"# {words.title.format(host=host)}", "", f"{said} {words.nobody}", "", *table, ""])


def html_of(  # head and rows of one page
    host: str, lines: Sequence[Line], *, centre: str, now: datetime, language: str,
    clocks: Mapping[str, timedelta],
) -> str:  # fmt: skip
    """Return the list as one page without scripts, styles or links."""
    words = WORDINGS[language]
    head, *rows = rows_of(lines, now, clocks, words)
    title = escape(words.title.format(host=host))
    said = escape(words.asked.format(at=_moment(now), centre=centre or "-", count=len(lines)))
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>'
        "<body>"
        f"<h1>{title}</h1><p>{said} {escape(words.nobody)}</p><table><thead><tr>"
        f"{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr></thead>"
        f"<tbody>{body}</tbody></table></body></html>"
    )


def _clock(line: Line, now: datetime, clocks: Mapping[str, timedelta], words: Wording) -> str:
    """Return when the clock of the first request that went out ran out, or will."""
    out = next((one for one in line.requests if one.state is Sent.SENT), None)
    if out is None:
        return "-"
    ends = out.at + clocks.get(out.regime, CLOCK)
    return (words.over if ends <= now else words.runs).format(at=_moment(ends))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(cell: str) -> str:
    return cell.replace("|", "%7C").replace("\n", " ")
