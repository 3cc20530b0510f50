"""What every door for people shares."""

import hashlib
import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any, TextIO, cast

import sqlalchemy as sa
import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.core import clock
from portal.core.access import Actor, Permission
from portal.core.db import db, insert_once
from portal.core.errors import NotFound, Refused, Stale
from portal.core.i18n import _
from portal.core.sessions import RowSession

from . import drawing, failures, leaving, moving, sentences, shedding
from .amounts import AmountField
from .doors import (
    SAFE,
    Once,
    attempt,
    choices,
    done,
    is_fragment,
    note,
    page,
    public,
    purge_once,
    require,
    viewer,
)
from .drawing import asset, built, kept
from .leaving import as_it_came
from .lines import Lines
from .probes import METRICS, REQUESTS, SECONDS, probes
from .safety import installable
from .versions import read_version, show_both

__all__ = [
    "METRICS",
    "AmountField",
    "Once",
    "as_it_came",
    "asset",
    "attempt",
    "built",
    "choices",
    "done",
    "first",
    "init_app",
    "installable",
    "is_fragment",
    "kept",
    "last",
    "log_as_json",
    "note",
    "page",
    "public",
    "purge_once",
    "read_version",
    "require",
    "show_both",
    "viewer",
]

PUBLIC_ENDPOINTS = frozenset({"static"})
log = structlog.get_logger(__name__)


# ---- the order of these matters: see init_app


def _first() -> None:
    g.csp_nonce = getattr(request, "csp_nonce", "")
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else uuid.uuid4().hex
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if isinstance(session, RowSession) and session.broken:
        abort(503)
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        abort(400)  # PostgreSQL stores no such character, and nobody types it


def _guard() -> ResponseReturnValue | None:
    """Deny by default: a view says who may enter it, or nobody may."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint in PUBLIC_ENDPOINTS or request.blueprint == "security":
        g.viewer = (
            current_app.extensions["portal_viewer"]() if request.blueprint == "security" else None
        )
        return None
    g.viewer = current_app.extensions["portal_viewer"]()
    if not hasattr(view, "permission"):
        abort(404)
    permission: Permission | None = getattr(view, "permission")  # noqa: B009 - views are functions
    if permission is None:
        return None
    if g.viewer is None:
        return _to_sign_in()
    reads = request.method in SAFE
    if not g.viewer.may(permission) or not (reads or g.viewer.may_write(permission)):
        abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        abort(401)
    if is_fragment():
        response = Response("", 401)
        response.headers["HX-Redirect"] = url_for("security.login")
        return response
    back = request.full_path.rstrip("?") if request.method in SAFE else None
    return redirect(
        url_for("security.login", next=back) if back and back != "/" else url_for("security.login")
    )


def _mode() -> ResponseReturnValue | None:
    """Let a changing request write from here on: identity was read in a reading transaction."""
    if request.method in SAFE or request.blueprint == "security":
        return None
    if any("\x00" in value for values in request.form.listvalues() for value in values):
        abort(400)
    leaving.take_back()
    db.session.commit()
    g.reading = False
    return _claim_once() if request.form.get("once") else None


def _claim_once() -> ResponseReturnValue | None:
    who = g.viewer.id if g.get("viewer") else ""
    key = hashlib.sha256(f"{who}|{request.path}|{request.form['once']}".encode()).hexdigest()
    given = sorted((k, v) for k, v in request.form.items(multi=True) if k != "csrf_token")
    digest = hashlib.sha256(json.dumps(given).encode()).hexdigest()
    if insert_once(Once, key=key, digest=digest, at=clock.now(), location="", body=""):
        g.once_key = key
        return None
    earlier = db.session.execute(sa.select(Once).filter_by(key=key)).scalar_one()
    location, same = earlier.location, earlier.digest == digest
    db.session.rollback()
    if not same:
        abort(422)
    return redirect(location or request.path, 303)


def _last(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if g.get("viewer") is not None:
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Cookie")
    elapsed = time.perf_counter() - g.get("begun", time.perf_counter())
    endpoint = request.endpoint or "none"
    REQUESTS.labels(request.method, endpoint, str(response.status_code)).inc()
    SECONDS.labels(endpoint).observe(elapsed)
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round(elapsed * 1000, 1),
    )
    return response


def init_app(app: Flask, *, viewer_of: Callable[[], Actor | None]) -> None:
    """Hang the checks before and after every request; `viewer_of` finds who is signed in."""
    app.extensions["portal_viewer"] = viewer_of
    app.after_request(_last)
    app.after_request(leaving.leave)
    app.register_blueprint(probes)
    app.context_processor(_globals)
    drawing.init_app(app)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.register_error_handler(HTTPException, failures.http_error)
    app.register_error_handler(SecurityError, failures.unknown_host)
    app.register_error_handler(NotFound, lambda e: moving.led_on() or failures.answer(404))
    app.register_error_handler(Refused, failures.refused)
    app.register_error_handler(Stale, failures.stale)
    app.register_error_handler(
        StaleDataError,
        lambda e: failures.stale(Stale(_("Somebody else changed this record a moment ago."))),
    )
    for error in (RecursionError, OverflowError, sa.exc.DataError):
        app.register_error_handler(error, lambda e: failures.answer(400))
    for away in (sa.exc.OperationalError, sa.exc.TimeoutError):
        app.register_error_handler(away, failures.unavailable)


def first(app: Flask) -> None:
    """Register what runs first: after the security headers made their nonce, before everything
    else.
    """
    app.extensions["portal_rate"] = shedding.Rate(app.config["PORTAL"].public_per_minute)
    app.before_request(_first)
    app.before_request(shedding.limit)
    app.before_request(sentences.put_in)


def last(app: Flask) -> None:
    """Register what runs last before a view: who may enter, then the switch to writing."""
    app.before_request(_guard)
    app.before_request(_mode)


def _globals() -> dict[str, Any]:
    return {"viewer": g.get("viewer"), "csp_nonce": g.get("csp_nonce", "")}


def log_as_json(level: str) -> None:
    """Write logs as one JSON object a line, so that no text in them can forge a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level, logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Lines())),
    )
