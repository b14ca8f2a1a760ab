"""Platforms' interfaces on this machine: recorded answers, given only to requests of the right shape."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, Any]
DID = "did:plc:abcdefghijklmnopqrstuvwx"
LABELER = "did:plc:labelerlabelerlabelerlab"
CID = "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
ROOM, EVENT = "!room:server.example", "$event-1"


@dataclass
class Request:
    """What came: method, path, query, headers (lower case) and the JSON or text of the body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Api:
    """One interface: what it answers, in which mood, and which reports it has taken."""

    talk: Callable[["Api", Request], Answer]
    mood: int = 200  # 0 is silence
    taken: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    silence: threading.Event = field(default_factory=threading.Event)

    def take(self, request: Request, answer: Answer) -> Answer:
        """Take a report, unless the mood says otherwise."""
        if self.mood == 0:
            self.silence.wait(10)
        if self.mood // 100 != 2:
            return self.mood, {"error": "told so", "message": "see https://board.example/1"}
        self.taken.append(request.raw.decode() + request.path)
        return answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def wrong(why: str) -> Answer:
    return 422, {"message": f"wrong shape: {why}"}


def bluesky(api: Api, request: Request) -> Answer:  # noqa: PLR0911  # one a thing that is checked
    method = request.path.removeprefix("/xrpc/")
    if method == "com.atproto.server.createSession":
        is_known = request.json == {"identifier": "centre.example", "password": "hunter2"}
        return (
            (200, {"accessJwt": "jwt-1", "did": DID})
            if is_known
            else (401, {"error": "AuthenticationRequired"})
        )
    if method == "com.atproto.identity.resolveHandle":
        return 200, {"did": DID}
    if method == "com.atproto.repo.getRecord":
        wanted = {"repo": DID, "collection": "app.bsky.feed.post", "rkey": "3kpost"}
        if request.query != wanted:
            return 400, {"error": "RecordNotFound"}
        return 200, {"uri": f"at://{DID}/app.bsky.feed.post/3kpost", "cid": CID, "value": {}}
    if method != "com.atproto.moderation.createReport":
        return 404, {}
    subject = {
        "$type": "com.atproto.repo.strongRef",
        "uri": f"at://{DID}/app.bsky.feed.post/3kpost",
        "cid": CID,
    }
    report = request.json
    if request.headers.get("authorization") != "Bearer jwt-1":
        return 401, {"error": "AuthMissing"}
    if request.headers.get("atproto-proxy") != f"{LABELER}#atproto_labeler":
        return wrong("no labeler")
    if set(report) != {"reasonType", "reason", "subject"} or report["subject"] != subject:
        return wrong("subject")
    if not report["reasonType"].startswith("tools.ozone.report.defs#reason") or len(report["reason"]) > 2000:
        return wrong("reason")
    return api.take(
        request, (200, {"id": 7, **report, "reportedBy": DID, "createdAt": "2026-11-22T13:00:00Z"})
    )


def matrix(api: Api, request: Request) -> Answer:
    if request.headers.get("authorization") != "Bearer hunter2":
        return 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token"}
    if unquote(request.path) != f"/_matrix/client/v3/rooms/{ROOM}/report/{EVENT}":
        return 404, {"errcode": "M_NOT_FOUND"}
    if set(request.json) != {"reason", "score"} or request.json["score"] != -100:
        return wrong("body")
    return api.take(request, (200, {}))


def mastodon(api: Api, request: Request) -> Answer:
    if request.headers.get("authorization") != "Bearer hunter2":
        return 401, {"error": "The access token is invalid"}
    if request.path == "/api/v2/search":
        is_known = (
            request.query.get("q") == "https://social.example/@poster/1"
            and request.query["resolve"] == "true"
        )
        found = [{"id": "9001", "account": {"id": "42"}}] if is_known else []
        return 200, {"accounts": [], "statuses": found, "hashtags": []}
    report = request.json
    if request.path != "/api/v1/reports" or (report["account_id"], report["status_ids"]) != ("42", ["9001"]):
        return wrong("account or status")
    if len(report["comment"]) > 1000 or report["category"] not in {"spam", "legal", "violation", "other"}:
        return wrong("comment or category")
    return api.take(request, (200, {"id": "48914", "action_taken": False, "forwarded": True}))


def aws(api: Api, request: Request) -> Answer:
    authorization = request.headers.get("authorization", "")
    if "Credential=AKIDEXAMPLE/20261122/eu-west-2/abuse/aws4_request" not in authorization:
        return 403, {"message": "The security token is invalid"}
    if request.path != "/v1/abuse" or set(request.json) != {"clientToken", "correlationId", "report"}:
        return wrong("body")
    report = request.json["report"]["xarf"]
    if report["xarf_version"] != "4.2.0" or report["type"] != "csam":
        return wrong("xarf")
    if any(request.json["clientToken"] in earlier for earlier in api.taken):
        return 202, {"reportId": "r-1"}  # the same token is the same report
    return api.take(request, (202, {"reportId": "r-1"}))


def cloudflare(api: Api, request: Request) -> Answer:
    if request.headers.get("authorization") != "Bearer hunter2":
        return 401, {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}
    report = request.json
    needed = {"act", "email", "email2", "name", "urls", "host_notification", "owner_notification"}
    kind = request.path.removeprefix("/accounts/acc-1/abuse-reports/")
    hosts = {urlsplit(url).hostname for url in report["urls"].split("\n")}
    if kind != report["act"] or not needed <= set(report) or report["email"] != report["email2"]:
        return wrong("fields")
    if len(hosts) != 1 or report["owner_notification"] != "none":
        return wrong("hosts or owner")
    if kind == "abuse_ncsei" and report["ncsei_subject_representation"] is not False:
        return wrong("subject")
    return api.take(request, (200, {"abuse_rand": "ab12", "request": {"act": kind}, "result": "success"}))


@contextmanager
def serving(talk: Callable[[Api, Request], Answer], mood: int = 200) -> Iterator[Api]:
    """Run one interface on a free port."""
    api = Api(talk, mood)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, raw: bytes) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, query, headers, raw)
            api.requests.append(request)
            status, value = api.talk(api, request)
            body = json.dumps(value).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return  # whoever asked has gone

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        api.silence.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
