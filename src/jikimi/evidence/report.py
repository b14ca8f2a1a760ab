"""Writes the report on one place, in Korean and English, with a confirmation sheet to be signed by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from jikimi.evidence.sheet import NewPage, Text, set_pages
from jikimi.model.alert import Evidence, Place
from jikimi.model.custody import Link, Stamp

KST = timezone(timedelta(hours=9), "KST")
TITLE, HEAD, SMALL = 17, 12, 8
LINE = "_" * 44


@dataclass(frozen=True, slots=True)
class Custody:
    """What a report says of the way evidence took: the links about it, and the chain's newest link."""

    links: tuple[Link, ...]
    anchor: Link | None
    centre: str
    by: str
    at: datetime


def write_report(
    place: Place, evidence: Evidence, stamp: Stamp | None, files: Mapping[str, bytes], custody: Custody
) -> bytes:
    """Return the report as PDF, not yet signed. `files` are those of the bundle, by path.

    It names addresses, times, digests and pseudonyms: no picture, no text of the post, nobody protected.
    """
    record = json.loads(files["data/record.json"])
    facts = _facts(place, evidence, stamp, record)
    parts: list[Text | NewPage] = [
        Text("온라인 게시물 채증 보고서", TITLE),
        Text("Report of evidence collected online", HEAD),
        Text(f"작성 기관 / Centre: {custody.centre}", gap=6),
        Text(f"작성 일시 / Written: {_when(custody.at)}"),
        Text(f"작성자(가명) / By (pseudonym): {custody.by}"),
        Text("1. 채증 내용 / What was collected", HEAD, gap=12),
        *(Text(f"{name}: {value}", gap=2) for name, value in facts),
        Text("2. 묶음의 파일과 해시값 / Files of the bundle and their SHA-256", HEAD, gap=12),
        *(Text(f"{sha256(body).hexdigest()}  {path}", SMALL) for path, body in sorted(files.items())),
        Text("3. 담지 않은 것 / What is not included", HEAD, gap=12),
        Text("이미지·영상·음성 자체는 묶음에 들어 있지 않으며, 화면 캡처에서는 가려져 있습니다.", gap=2),
        Text("The picture, clip or sound itself is not in the bundle; in the screenshot it is covered."),
        Text("4. 보관 이력 / Chain of custody", HEAD, gap=12),
        *_custody(custody),
        Text("5. 검증 방법 / How to verify", HEAD, gap=12),
        Text("묶음 안 data/README.txt의 명령(sha256sum, openssl)으로 지킴이 없이 검증할 수 있습니다.", gap=2),
        Text("Without Jikimi, by the commands (sha256sum, openssl) in data/README.txt of the bundle."),
        NewPage(),
        *_confirmation(evidence, custody),
    ]
    return set_pages(parts, f"place {place.key}  manifest {evidence.manifest_sha256[:16]}")


def custody_log(custody: Custody) -> bytes:
    """Return the links about a place and the chain's anchor as JSON."""
    log = {
        "format": "jikimi custody log 1",
        "written_at": custody.at.astimezone(UTC).isoformat(),
        "links": [_as_json(link) for link in custody.links],
        "anchor": None if custody.anchor is None else _as_json(custody.anchor),
        "how_to_check": "link = SHA-256 over previous, number, at, actor, kind, key, digest; each as UTF-8 "
        "preceded by its length in 4 bytes, big-endian. The anchor binds every link before it.",
    }
    return (json.dumps(log, ensure_ascii=False, indent=2) + "\n").encode()


def _facts(
    place: Place,
    evidence: Evidence,
    stamp: Stamp | None,
    record: Mapping[str, Mapping[str, object]],
) -> Sequence[tuple[str, str]]:
    page, capture, medium = (record.get(name) or {} for name in ("page", "capture", "medium"))
    sealed = medium.get("when_sealed")
    found = sealed if isinstance(sealed, Mapping) else {}
    stamped = "없음 / none yet" if stamp is None else f"{_when(stamp.said_at)}, {stamp.authority}"
    how = place.how
    return (
        ("관리 번호 / Key", place.key),
        ("게시물 주소 / Address of the post", place.post_url),
        ("매체 주소 / Address of the medium", place.media_url or "-"),
        ("게시자 계정 / Author's account", place.author or "-"),
        ("게시 확인 / Seen", _when(place.seen_at)),
        ("봉인 / Sealed", _when(evidence.at)),
        (
            "서버 주소 / Server address",
            f"{page.get('server_address', '-')}; {found.get('server_address', '-')}",
        ),
        ("응답 / Answer", f"{page.get('status', '-')}; {found.get('status', '-')}"),
        ("캡처 / Capture", f"{capture.get('kind', '-')}: {capture.get('tool', '-')}"),
        ("매체 SHA-256 (대조 시) / when matched", place.sha256.hex()),
        ("매체 SHA-256 (봉인 시) / when sealed", str(found.get("sha256", "-"))),
        (
            "대조 / Match",
            f"{place.tier.value}, {how.algorithm}, {how.distance} of {how.threshold}, {how.edit or '-'}",
        ),
        ("도구 / Tool", str(record["collector"].get("tool", "-"))),
        ("시계 / Clock", str(record["collector"].get("clock", "-"))),
        ("네트워크 / Network", str(record["collector"].get("network", "-"))),
        ("수집 지시(가명) / Collected on the word of", str(record["collector"].get("by", "-"))),
        ("태그 매니페스트 SHA-256 / Tag manifest", evidence.manifest_sha256),
        ("시점확인 / Time stamp (RFC 3161)", stamped),
    )


def _custody(custody: Custody) -> list[Text]:
    lines = [
        Text(f"{link.number}  {link.at}  {link.actor}  {link.kind}  {link.key}", SMALL)
        for link in custody.links
    ]
    if custody.anchor is not None:
        anchor = (
            f"감사 사슬의 끝 / Newest link of the audit chain: {custody.anchor.number}  {custody.anchor.link}"
        )
        lines.append(Text(anchor, SMALL, gap=4))
    return lines


def _confirmation(evidence: Evidence, custody: Custody) -> list[Text]:
    """Return the sheet that two people sign: the hash value on it is what identity is shown by in court."""
    return [
        Text("확인서", TITLE),
        Text("Confirmation sheet", HEAD),
        Text(
            "아래 서명자는 다음 해시값(SHA-256)을 가진 전자정보가 위 보고서에 적힌 일시와 방법으로 "
            "수집·봉인되었고, 봉인 이후 변경되지 않은 상태로 제출·수령되었음을 확인합니다.",
            10.5,
            gap=16,
        ),
        Text(
            "The undersigned confirm that the electronic information with the hash value (SHA-256) below "
            "was collected and sealed at the time and in the way the report says, and was handed over and "
            "received unchanged since.",
            gap=8,
        ),
        Text(f"태그 매니페스트 / Tag manifest: {evidence.manifest_sha256}", gap=14),
        Text(f"봉인 일시 / Sealed: {_when(evidence.at)}", gap=4),
        Text(f"감사 사슬 / Audit chain: {custody.anchor.link if custody.anchor else '-'}", gap=4),
        *_signature("제출자 / Handed over by", custody.centre),
        *_signature("수령자 / Received by", ""),
    ]


def _signature(who: str, office: str) -> list[Text]:
    return [
        Text(who, HEAD, gap=30),
        Text(f"소속 / Office: {office or LINE}", 10.5, gap=10),
        Text(f"성명 / Name: {LINE}", 10.5, gap=10),
        Text(f"일시 / Date and time: {LINE}", 10.5, gap=10),
        Text(f"서명 또는 날인 / Signature or seal: {LINE}", 10.5, gap=10),
    ]


def _as_json(link: Link) -> dict[str, str | int]:
    return {
        "number": link.number,
        "at": link.at,
        "actor": link.actor,
        "kind": link.kind,
        "key": link.key,
        "digest": link.digest,
        "previous": link.previous,
        "link": link.link,
    }


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({at.astimezone(KST):%Y-%m-%d %H:%M:%S} KST)"
