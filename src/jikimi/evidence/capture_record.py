"""Writes what is known about a capture: who looked, which servers answered, step by step."""

from datetime import UTC, datetime

from jikimi.model.capture import Capture, Exchange

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


def write_capture(capture: Capture) -> Value:
    """Return the capture as it stands in record.json; bodies are in the WACZ."""
    return {
        "kind": capture.kind.value,
        "tool": capture.tool,
        "url": capture.url,
        "hops": [*capture.hops],
        "title": capture.title,
        "notes": [*capture.notes],
        "steps": [{"at": _time(step.at), "what": step.what} for step in capture.steps],
        "servers": [
            {
                "host": visit.host,
                "port": visit.port,
                "name_server_answers": [*visit.answers],
                "connected_to": visit.address,
                "refused_because": visit.refusal,
                "at": _time(visit.at),
            }
            for visit in capture.visits
        ],
        "tls": [
            {
                "host": one.host,
                "protocol": one.protocol,
                "issuer": one.issuer,
                "subject": one.subject,
                "valid_from": _time(one.valid_from),
                "valid_to": _time(one.valid_to),
                "certificate_sha256": one.certificate_sha256,
            }
            for one in capture.tls
        ],
        "exchanges": [_exchange(exchange) for exchange in capture.exchanges],
    }


def _exchange(exchange: Exchange) -> Value:
    return {
        "method": exchange.method,
        "url": exchange.url,
        "kind": exchange.kind,
        "status": exchange.status,
        "server_address": exchange.server,
        "size": exchange.size,
        "sha256": exchange.sha256,
        "is_included": exchange.body is not None,
        "failure": exchange.failure,
        "at": _time(exchange.at),
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
