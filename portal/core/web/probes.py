"""What machines ask: does it live, can it serve, how much and how fast."""

import secrets
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    request,
)
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from portal.core import clock, jobs
from portal.core.db import db

from .doors import public

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
V = TypeVar("V", bound=Callable[..., ResponseReturnValue])


def in_the_clear(view: V) -> V:
    """Answer without TLS too: who asks stands on this machine, before the proxy that ends it."""
    view.talisman_view_options = {"force_https": False}  # type: ignore[attr-defined]
    return view


@probes.get("/healthz")
@in_the_clear
@public
def healthz() -> ResponseReturnValue:
    """Say that the process lives."""
    return jsonify(status="ok")


@probes.get("/readyz")
@in_the_clear
@public
def readyz() -> ResponseReturnValue:
    """Say whether requests can be served: the database answers."""
    db.session.execute(sa.text("select 1"))
    return jsonify(status="ready")


@probes.get("/metrics")
@in_the_clear
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
    return Response(generate_latest(METRICS) + _engine(), content_type=CONTENT_TYPE_LATEST)


def _engine() -> bytes:
    """Give how the engine of jobs fares, which nobody inside can tell while nothing runs; nothing
    while the database is away: `/readyz` says so.
    """
    fares = CollectorRegistry()
    workers = Gauge("portal_jobs_workers", "Processes that run jobs", registry=fares)
    late = Gauge("portal_jobs_late", "1 where a job by the clock is late", ["job"], registry=fares)
    given_up = Gauge("portal_jobs_given_up", "Jobs that are tried no more", registry=fares)
    try:
        found = jobs.health(now=clock.now())
        failed = jobs.failures(limit=1000)
    except (sa.exc.OperationalError, sa.exc.TimeoutError):
        db.session.rollback()
        return b""
    workers.set(found.workers)
    given_up.set(sum(one.next_try_at is None for one in failed))
    for beat in found.beats:
        late.labels(beat.name).set(beat.late)
    return generate_latest(fares)
