"""Where other servers tell us of new posts (WebSub). No session, no page: the address itself is the key."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from jikimi.console.apps import the_house
from jikimi.model.errors import Gone, TryLater
from jikimi.model.ports import Letterbox

LARGEST = 2**20
LONGEST_QUERY = 8_000
TAKEN, GONE, UNKNOWN, TOO_LARGE, LATER = 202, 410, 404, 413, 429
FORM = "application/x-www-form-urlencoded"
WISHES = {"subscribe": True, "unsubscribe": False}
TOLD = ("hub.mode", "hub.topic", "hub.lease_seconds", "hub.reason")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def push(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm what we asked a hub for, or take a delivery in. 410 where nobody is (any more)."""
    box = the_house().letterbox
    try:
        if box is None:
            return _said(GONE)
        watch = box.open(token)
        return _confirm(request, box, watch) if request.method == "GET" else _take(request, box, watch)
    except Gone:
        return _said(GONE)
    except TryLater as error:
        answer = _said(LATER)
        answer.headers["Retry-After"] = str(max(1, int(error.after.total_seconds())))
        return answer


def _confirm(request: HttpRequest, box: Letterbox, watch: str) -> HttpResponse:
    """Repeat the challenge for exactly what was asked (https://www.w3.org/TR/websub/#hub-verifies-intent)."""
    told = {name: request.GET[name] for name in TOLD if name in request.GET}
    mode, topic = told.get("hub.mode", ""), told.get("hub.topic", "")
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY or not topic:
        return _said(UNKNOWN)
    if mode == "denied":
        if not box.expects(watch, topic, is_wanted=True):
            return _said(UNKNOWN)
        box.put(watch, FORM, urlencode(told).encode())
        return _said(TAKEN)
    challenge = request.GET.get("hub.challenge", "")
    if mode not in WISHES or not challenge or not box.expects(watch, topic, is_wanted=WISHES[mode]):
        return _said(UNKNOWN)
    box.put(watch, FORM, urlencode(told).encode())
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


def _take(request: HttpRequest, box: Letterbox, watch: str) -> HttpResponse:
    """Keep what is signed; to all else the answer is the same, so that nobody can try signatures out."""
    if len(request.body) > LARGEST:
        return _said(TOO_LARGE)
    mime = request.content_type or ""
    signature = request.headers.get("X-Hub-Signature", "")
    if mime != FORM and box.is_genuine(watch, request.body, signature):
        box.put(watch, request.headers.get("Content-Type", mime), request.body)
    return _said(TAKEN)


def _said(status: int) -> HttpResponse:
    return HttpResponse(status=status, content_type="text/plain; charset=utf-8")
