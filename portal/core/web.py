"""What every door for people shares: who may enter, one commit at the end, forms that keep what was
typed.
"""

import hashlib
import json
import logging
import re
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from jinja2.runtime import Macro
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from portal.core import clock
from portal.core.access import Actor, Permission
from portal.core.db import Base, db, insert_once, words
from portal.core.errors import NotFound, Refused, Stale
from portal.core.i18n import _, language
from portal.core.sessions import RowSession

V = TypeVar("V", bound=Callable[..., Any])
T = TypeVar("T")
AWAY = 503
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC_ENDPOINTS = frozenset({"static"})
log = structlog.get_logger(__name__)


class Once(Base):
    """A form or API call that was carried out: sent again, it gives the same answer and does
    nothing.
    """

    __tablename__ = "once"

    key: Mapped[str] = words(64, holds=None, primary_key=True)
    digest: Mapped[str] = words(64, holds=None)
    status: Mapped[int | None]
    location: Mapped[str] = words(300, holds=None, default="")
    body: Mapped[str] = words(holds=None, default="")
    at: Mapped[datetime]


def require(permission: Permission) -> Callable[[V], V]:
    """Let a view be entered by those who may; the check itself runs before every request."""

    def mark(view: V) -> V:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: V) -> V:
    """Let a view be entered by anybody."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def viewer() -> Actor:
    """Give who reads or acts in this request; only behind `@require`."""
    found: Actor | None = g.get("viewer")
    if found is None:
        abort(401)
    return found


def attempt(form: FlaskForm, action: Callable[[], T]) -> T | None:
    """Carry out an action for a valid form; a refusal is shown beside the field it concerns, and
    nothing is lost.
    """
    if not form.validate_on_submit():
        return None
    try:
        return action()
    except Refused as refusal:
        db.session.rollback()
        g.refused = True
        field = form._fields.get(refusal.field or "")
        target = field.errors if field is not None else form.form_errors
        (
            target.append
            if isinstance(target, list)
            else lambda text: setattr(field, "errors", [*target, text])
        )(refusal.message)
        return None


def done(url: str, message: str = "") -> ResponseReturnValue:
    """Commit, once, and send the person on."""
    key = g.get("once_key")
    if key:
        db.session.execute(sa.update(Once).where(Once.key == key).values(status=303, location=url))
    db.session.commit()
    if message:
        flash(message)
    return redirect(url, 303)


def note(write: Callable[[], object]) -> None:
    """Write down, in a short transaction of its own, what a reading request must leave behind."""
    db.session.commit()
    g.reading = False
    try:
        write()
        db.session.commit()
    finally:
        db.session.rollback()
        g.reading = True


def page(template: str, *, form: FlaskForm | None = None, **context: Any) -> ResponseReturnValue:
    """Render a page; 422 where its form was refused."""
    bad = request.method == "POST" and form is not None and bool(form.errors or g.get("refused"))
    return render_template(template, form=form, **context), (422 if bad else 200)


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Give the options of a select field from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def is_fragment() -> bool:
    """Say whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def purge_once(*, now: datetime, keep: timedelta = timedelta(days=2)) -> None:
    """Forget forms and API calls carried out longer ago than `keep`."""
    db.session.execute(sa.delete(Once).where(Once.at < now - keep))


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
    if not g.viewer.may(permission):
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


METRICS = CollectorRegistry()
REQUESTS = Counter(
    "portal_requests",
    "Requests by endpoint and status",
    ["method", "endpoint", "status"],
    registry=METRICS,
)
SECONDS = Histogram(
    "portal_request_seconds", "How long requests took", ["endpoint"], registry=METRICS
)
probes = Blueprint("probes", __name__)


@probes.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the process lives."""
    return jsonify(status="ok")


@probes.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say whether requests can be served: the database answers."""
    db.session.execute(sa.text("select 1"))
    return jsonify(status="ready")


@probes.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Give figures for the monitoring, to this machine or to who holds the token; no label names a
    record.
    """
    token = current_app.config["PORTAL"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    by_token = bool(token) and secrets.compare_digest(given.encode(), token.encode())
    if not by_token and request.remote_addr not in {"127.0.0.1", "::1"}:
        abort(404)
    return Response(generate_latest(METRICS), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask, *, viewer_of: Callable[[], Actor | None]) -> None:
    """Hang the checks before and after every request; `viewer_of` finds who is signed in."""
    app.extensions["portal_viewer"] = viewer_of
    app.after_request(_last)
    app.register_blueprint(probes)
    app.context_processor(_globals)
    app.jinja_env.globals.update(
        asset=asset, kept=kept, now=clock.now, once_token=lambda: secrets.token_urlsafe(16)
    )
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(NotFound, lambda e: _http_error_code(404))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(
        StaleDataError,
        lambda e: _stale(Stale(_("Somebody else changed this record a moment ago."))),
    )
    for error in (RecursionError, OverflowError, sa.exc.DataError):
        app.register_error_handler(error, lambda e: _http_error_code(400))
    for away in (sa.exc.OperationalError, sa.exc.TimeoutError):
        app.register_error_handler(away, _unavailable)


def first(app: Flask) -> None:
    """Register what runs first: after the security headers made their nonce, before everything
    else.
    """
    app.before_request(_first)


def last(app: Flask) -> None:
    """Register what runs last before a view: who may enter, then the switch to writing."""
    app.before_request(_guard)
    app.before_request(_mode)


def _globals() -> dict[str, Any]:
    return {"viewer": g.get("viewer"), "csp_nonce": g.get("csp_nonce", "")}


def asset(name: str) -> str:
    """Give the address of a built file by its plain name, so that it can be cached for ever."""
    known: dict[str, str] = current_app.extensions.setdefault("portal_assets", {})
    key = f"{request.script_root} {name}"
    if key not in known:
        path = Path(str(current_app.static_folder)) / "dist" / "manifest.json"
        manifest = json.loads(path.read_text()) if path.exists() else {}
        known[key] = url_for("static", filename="dist/" + manifest.get(name, name))
    return known[key]


@lru_cache(8192)
def _drawn(macro: Macro, given: tuple[Any, ...], language: str, root: str) -> Any:
    """Draw a macro for a language and the place the application is mounted at."""
    return macro(*given)


def kept(macro: Macro, *given: Any) -> Any:
    """Draw a macro whose outcome rests on its arguments alone, or give what it drew before: for
    the cells of long lists. The arguments are plain values; none is the time.
    """
    return _drawn(macro, given, language(), request.script_root)


def _http_error(error: HTTPException) -> ResponseReturnValue | BaseResponse:
    if error.response is not None:
        return error.get_response()
    if error.code and error.code < 400:
        return error.get_response()
    return _http_error_code(error.code or 500)


def _unknown_host(error: SecurityError) -> ResponseReturnValue:
    """Answer without a page: no address can be built for a host that is not ours."""
    return Response("This host is not served here.", 400, content_type="text/plain")


def _http_error_code(code: int, **context: Any) -> ResponseReturnValue:
    db.session.rollback()
    g.reading = True
    if code == AWAY:
        g.viewer = None  # what the layout shows of them would ask the database
    if request.path.startswith("/api/"):
        answer: ResponseReturnValue = current_app.extensions["portal_problem"](code)
        return answer
    known = {400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503}
    shown = code if code in known else 400 if code < 500 else 500
    shown = 404 if shown == 405 else shown
    return render_template(f"errors/{shown}.html", **context), code


def _refused(refusal: Refused) -> ResponseReturnValue:
    return _http_error_code(409, message=refusal.message)


def _stale(stale: Stale) -> ResponseReturnValue:
    return _http_error_code(
        409, message=stale.message, current=stale.current, typed=dict(request.form)
    )


def _unavailable(error: Exception) -> ResponseReturnValue:
    """Answer 503 where the database is away, busy or full; our own mistakes, which SQLite names
    alike, stay errors.
    """
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    if code is not None and code & 255 not in (5, 6, 10, 13, 14):
        raise error
    log.warning("database unavailable", error=type(error).__name__)
    return _http_error_code(503)


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


__all__ = ["attempt", "done", "first", "init_app", "last", "page", "public", "require", "viewer"]
