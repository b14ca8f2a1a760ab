"""Posts to a real Bluesky network on loopback, for tests and measurements (see tests/atproto/start)."""

import json
import os
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

PASSWORD = "hunter2-hunter2"  # noqa: S105  # of accounts that live as long as a test
POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Network:
    """Where it is: its server, its directory of accounts; `server` is http://localhost:PORT."""

    server: str
    directory: str

    @property
    def firehose(self) -> str:
        """Return the option `host` for it."""
        return self.server.replace("http", "ws", 1)

    @property
    def options(self) -> dict[str, str]:
        """Return the options of a watch on it."""
        return {"mode": "firehose", "host": self.firehose, "directory": self.directory}

    @property
    def allow(self) -> str:
        """Return the JIKIMI_ALLOW for it."""
        return ",".join(f"127.0.0.1:{urlsplit(url).port}" for url in (self.server, self.directory))


def network() -> Network | None:
    """Return the network that JIKIMI_TEST_ATPROTO describes, None where there is none."""
    told = json.loads(os.environ.get("JIKIMI_TEST_ATPROTO") or "null")
    return Network(told["server"], told["directory"]) if told else None


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the network."""

    server: str
    did: str
    token: str

    def upload(self, body: bytes, mime: str = "image/jpeg") -> Any:
        """Upload a file; return its blob, which lasts once a post names it."""
        url = f"{self.server}/xrpc/com.atproto.repo.uploadBlob"
        return ask(url, body, self.token, mime)["blob"]

    def post(self, text: str, *blobs: Any) -> str:
        """Put up a post with pictures; return its at:// name."""
        record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": "2026-01-01T00:00:00Z"}
        if blobs:
            images = [{"image": blob, "alt": ""} for blob in blobs]
            record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
        value = {"repo": self.did, "collection": POST, "record": record}
        return str(self._repo("createRecord", value)["uri"])

    def change(self, uri: str, text: str) -> str:
        """Put another post under the same name; return its CID."""
        record = {"$type": POST, "text": text, "createdAt": "2026-01-01T00:00:00Z"}
        value = {"repo": self.did, "collection": POST, "rkey": uri.rpartition("/")[2], "record": record}
        return str(self._repo("putRecord", value)["cid"])

    def delete(self, uri: str) -> None:
        """Take a post down."""
        value = {"repo": self.did, "collection": POST, "rkey": uri.rpartition("/")[2]}
        self._repo("deleteRecord", value)

    def _repo(self, name: str, value: Any) -> Any:
        body = json.dumps(value).encode()
        return ask(f"{self.server}/xrpc/com.atproto.repo.{name}", body, self.token)


def account(network: Network) -> Account:
    """Sign up."""
    handle = f"poster-{uuid4().hex[:8]}.test"
    value = {"handle": handle, "email": f"{handle}@mail.example", "password": PASSWORD}
    url = f"{network.server}/xrpc/com.atproto.server.createAccount"
    made = ask(url, json.dumps(value).encode())
    return Account(network.server, made["did"], made["accessJwt"])


def ask(url: str, body: bytes, token: str = "", mime: str = "application/json") -> Any:
    """POST and return the JSON that comes back."""
    headers = {"Content-Type": mime} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, body, headers)  # noqa: S310  # our own server
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
        return json.load(answer)
