"""Serves our few style sheets and scripts from memory: read once, so no path ever reaches the disk.

One small centre runs one process; a second web server for a dozen files would be one more thing to fail.
`django.contrib.staticfiles` finds the files; its own way of serving them is meant for development only.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent. `etag` changes with its content, so a new release is seen at once."""

    body: bytes
    mime: str
    etag: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return every static file of the installed apps by its path below /static/."""
    found: dict[str, StaticFile] = {}
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            if path not in found:
                with storage.open(path) as file:
                    body = file.read()
                mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
                found[path] = StaticFile(body, mime, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    return found


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Return one file; the browser asks again each time and is told when nothing changed."""
    file = static_files().get(path)
    if file is None:
        raise Http404
    is_known = request.headers.get("If-None-Match") == file.etag
    response = HttpResponse(status=HTTPStatus.NOT_MODIFIED) if is_known else HttpResponse(file.body)
    response.headers["Content-Type"] = file.mime
    response.headers["Cache-Control"] = "no-cache"
    response.headers["ETag"] = file.etag
    return response
