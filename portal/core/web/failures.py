"""What people see when something cannot be done."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import (
    Response,
    current_app,
    g,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from portal.core.db import db
from portal.core.errors import Refused, Stale

AWAY = 503
log = structlog.get_logger(__name__)


def http_error(error: HTTPException) -> ResponseReturnValue | BaseResponse:
    """Answer what werkzeug refuses."""
    if error.response is not None:
        return error.get_response()
    if error.code and error.code < 400:
        return error.get_response()
    if isinstance(error, MethodNotAllowed):
        return answer(405, allow=error.valid_methods or ())
    return answer(error.code or 500)


def unknown_host(error: SecurityError) -> ResponseReturnValue:
    """Answer without a page: no address can be built for a host that is not ours."""
    return Response("This host is not served here.", 400, content_type="text/plain")


def answer(code: int, *, allow: Iterable[str] = (), **context: Any) -> ResponseReturnValue:
    """Answer with the page of a status, or with a problem under /api/ (there with the methods that
    would be allowed).
    """
    db.session.rollback()
    g.reading = True
    if code == AWAY:
        g.viewer = None  # what the layout shows of them would ask the database
    if request.path.startswith("/api/"):
        answer: ResponseReturnValue = current_app.extensions["portal_problem"](code, allow=allow)
        return answer
    known = {400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503}
    shown = code if code in known else 400 if code < 500 else 500
    shown = 404 if shown == 405 else shown
    return render_template(f"errors/{shown}.html", **context), code


def refused(refusal: Refused) -> ResponseReturnValue:
    """Answer a business "no" that no form could show."""
    return answer(409, message=refusal.message, back=_above())


def stale(stale: Stale) -> ResponseReturnValue:
    """Answer that somebody else was faster, with both texts where they differ."""
    typed = dict(request.form)
    current = {
        name: theirs
        for name, theirs in stale.current.items()
        if name not in typed or _same_lines(theirs) != _same_lines(typed[name])
    }
    return answer(
        409,
        message=stale.message,
        current=current,
        typed=typed,
        labels=stale.labels,
        back=_above(),
    )


def _same_lines(text: str) -> str:
    """Give a text without what a browser makes of its line ends."""
    return text.replace("\r\n", "\n").strip()


def _above() -> str:
    """Give the page of the record that the request was about: its own address where that can be
    read, else the nearest one above it; empty where none is.
    """
    routes = current_app.create_url_adapter(request)
    path = request.path
    while routes is not None and path.strip("/"):
        try:
            routes.match(path, method="GET")
        except RequestRedirect as moved:
            return urlsplit(moved.new_url).path
        except HTTPException:
            path = path.rstrip("/").rpartition("/")[0]
        else:
            return path
    return ""


def unavailable(error: Exception) -> ResponseReturnValue:
    """Answer 503 where the database is away, busy or full; our own mistakes, which SQLite names
    alike, stay errors.
    """
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    if code is not None and code & 255 not in (5, 6, 10, 13, 14):
        raise error
    log.warning("database unavailable", error=type(error).__name__)
    return answer(503)
