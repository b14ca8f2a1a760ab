"""What happens around every page: headers, the idle limit, the first password, errors in plain words."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from jikimi.console.phrases import in_words
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, Misconfigured, NeedsHuman, TryLater

Answer = Callable[[HttpRequest], HttpResponse]

PERMISSIONS = ", ".join(
    [f"{name}=()" for name in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture")]
    + [f"publickey-credentials-{name}=(self)" for name in ("get", "create")]
)

QUIET = frozenset({"alerts-news", "preview"})
"""Pages a browser asks for by itself: they do not count as somebody being at the desk."""

BEFORE_PASSWORD = frozenset({"account_set_password", "account_logout", "set_language", "static"})

NOT_ALLOWED = 405

STATUS: dict[type[JikimiError], int] = {
    Gone: 404,
    NeedsHuman: 409,
    BadMedia: 422,
    Misconfigured: 500,
    Blocked: 502,
    TryLater: 503,
}


def plain_headers(answer: Answer) -> Answer:
    """Keep pages out of every cache, and clear what the browser holds at sign-out."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if _name(request) == "account_logout" and request.method == "POST":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return answered


def idle_limit(answer: Answer) -> Answer:
    """Renew the session whenever a person does something; it ends after thirty idle minutes."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if request.user.is_authenticated and _name(request) not in QUIET:
            request.session.modified = True
        return response

    return answered


class PasswordFirst:
    """Who entered by a link sets a password before anything else."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._answer(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Lead to the password page whoever has none yet."""
        user = request.user
        if _name(request) in BEFORE_PASSWORD or not user.is_authenticated or user.has_usable_password():
            return None
        return redirect("account_set_password")


def forms_alone(answer: Answer) -> Answer:
    """Lead to the first page whoever opens a form's own address in a browser, as after sign-in."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        return redirect("home") if is_page and response.status_code == NOT_ALLOWED else response

    return answered


class ErrorsInWords:
    """Turns the house's own errors into a page that says what to do; anything else is a bug and is loud."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say what went wrong, in the person's language."""
        if not isinstance(error, JikimiError):
            return None
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        is_gone = isinstance(error, Gone)
        said = "" if is_gone else in_words(error)
        return render(request, "console/problem.html", {"said": said, "is_gone": is_gone}, status=status)


def _name(request: HttpRequest) -> str:
    match = request.resolver_match
    return "" if match is None else (match.url_name or "")
