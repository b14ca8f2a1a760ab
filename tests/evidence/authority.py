"""A time authority of our own on loopback, by `openssl ts`, that can be down, refuse, or answer wrongly."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

CONFIG = """
[req]
distinguished_name=dn
[dn]
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[stamping]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[tsa]
default_tsa=here
[here]
dir=.
serial=./serial
crypto_device=builtin
signer_cert=./tsa.pem
signer_key=./tsa.key
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256
accuracy=secs:1
ordering=yes
tsa_name=yes
ess_cert_id_chain=no
ess_cert_id_alg=sha256
CHAIN
"""


@dataclass
class Authority:
    """What it does next: `mode` is "good", "down", "refuse", "busy", "old" (yesterday's reply), "noise",
    or a status such as "404"."""

    folder: Path
    mode: str = "good"
    sign_in: str = ""  # the Authorization header it wants
    replies: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsr"

    @property
    def roots(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()

    def reply(self, query: bytes) -> bytes:
        (self.folder / "q.tsq").write_bytes(query)
        openssl(self.folder, "ts", "-reply", "-config", "c.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
        return (self.folder / "r.tsr").read_bytes()


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def prepare(folder: Path, *, sends_chain: bool = False) -> None:
    """Make the authority's keys (P-256) and settings; with its chain, its replies are not strict DER."""
    chain = "certs=./chain.pem" if sends_chain else ""
    (folder / "c.cnf").write_text(CONFIG.replace("CHAIN", chain))
    (folder / "serial").write_text("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj",
            "/CN=Test authority root", "-config", "c.cnf", "-extensions", "ca")  # fmt: skip
    openssl(folder, "req", *curve, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test authority",
            "-config", "c.cnf")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "tsa.pem", "-days", "20", "-extfile", "c.cnf", "-extensions", "stamping")  # fmt: skip
    (folder / "chain.pem").write_bytes((folder / "ca.pem").read_bytes())


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if authority.mode.isdigit():
                self._say(int(authority.mode), b"")
                return
            if authority.mode == "down":
                self._say(503, b"")
            elif authority.sign_in and self.headers.get("Authorization") != authority.sign_in:
                self._say(401, b"")
            else:
                self._say(200, _reply(authority, query))

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    authority.port = server.server_port
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _reply(authority: Authority, query: bytes) -> bytes:
    match authority.mode:
        case "refuse":
            return _refusal(2)
        case "busy":
            return _refusal(14)
        case "old":
            return authority.replies[0]
        case "noise":
            return b"<html>not a stamp</html>"
    authority.replies.append(authority.reply(query))
    return authority.replies[-1]


def _refusal(bit: int) -> bytes:
    """Return a reply with status 2 (rejection) and one failure bit (RFC 3161, 2.4.2)."""
    bits = {2: "03020520", 14: "0303010002"}[bit]
    info = bytes.fromhex("020102" + bits)
    status = bytes([0x30, len(info)]) + info
    return bytes([0x30, len(status)]) + status
