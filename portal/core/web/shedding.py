"""Saying no in time: to more requests than can be answered soon, and to an address that asks too
often without having signed in.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, make_response, request
from prometheus_client import Counter
from werkzeug.http import parse_accept_header

from portal.core.i18n import LANGUAGES, _, speaking

from .failures import answer
from .probes import METRICS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SHED = Counter("portal_shed", "Requests refused unread, too many waited", registry=METRICS)
AGAIN = 2
"""Seconds after which a shed request may come again: by then a queue of this length is answered."""
MINUTE = 60
PROBES = ("/healthz", "/readyz", "/metrics")
UNCOUNTED = frozenset({"static", "security.logout"})


class Shedding:
    """Answers 503 at once while more than `most` requests wait behind the one that is to be
    answered; `waiting` says how many do. Probes are always answered.
    """

    def __init__(self, app: Flask, *, most: int, waiting: Callable[[], int] = lambda: 0) -> None:
        self.app, self.most, self.waiting = app.wsgi_app, most, waiting
        with app.app_context():
            self.pages = {language: _page(language) for language in LANGUAGES}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request, or say that there are too many."""
        path = str(environ.get("PATH_INFO", ""))
        if self.waiting() <= self.most or path in PROBES:
            return self.app(environ, start_response)
        SHED.inc()
        kind, body = self._body(environ, api=path.startswith("/api/"))
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(AGAIN)),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'"),
        ]
        start_response("503 Service Unavailable", headers)
        return [body]

    def _body(self, environ: "WSGIEnvironment", *, api: bool) -> tuple[str, bytes]:
        if api:
            problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503}
            return "application/problem+json", json.dumps(problem).encode()
        wanted = parse_accept_header(str(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
        spoken = (language[:2].lower() for language, _quality in wanted)
        known = next((language for language in spoken if language in self.pages), "en")
        return "text/html; charset=utf-8", self.pages[known]


def _page(language: str) -> bytes:
    with speaking(language):
        title = _("Too many requests wait at this moment")
        text = _("Nothing was carried out. Load the page again in a few seconds.")
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{text}</p></html>"
    ).encode()


class Rate:
    """Counts what each address asks for in a minute; `now` gives seconds that never go back."""

    def __init__(self, most: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self.most, self.now = most, now
        self._minute, self._counts, self._lock = 0, dict[str, int](), threading.Lock()

    def wait(self, address: str) -> int:
        """Count one request and give the seconds to wait before the next: 0 while there are few."""
        minute, second = divmod(int(self.now()), MINUTE)
        with self._lock:
            if minute != self._minute:
                # Forgotten as a whole: what is kept never grows past the addresses of a minute.
                self._minute, self._counts = minute, {}
            count = self._counts[address] = self._counts.get(address, 0) + 1
        return MINUTE - second if self.most and count > self.most else 0


def limit() -> Response | None:
    """Answer 429 to an address that asks for sign-in and public pages too often."""
    view = current_app.view_functions.get(request.endpoint or "")
    public = request.blueprint == "security" or getattr(view, "permission", ...) is None
    if not public or request.endpoint in UNCOUNTED or request.path in PROBES:
        return None
    rate: Rate = current_app.extensions["portal_rate"]
    seconds = rate.wait(request.remote_addr or "")
    if not seconds:
        return None
    response = make_response(answer(429, retry_after=seconds))
    response.headers["Retry-After"] = str(seconds)
    return response
