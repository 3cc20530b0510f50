"""Every hour a checkpoint in a second place; every day what is over is forgotten."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app

from portal.blueprints.auth import actions as auth
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock, events, jobs, sessions, web

from . import actions


def _checkpoints() -> Path:
    return Path(current_app.config["PORTAL"].audit_checkpoints)


def checkpoint(now: str) -> None:
    """Append the signed head of the log to the file of checkpoints."""
    events.checkpoint(_checkpoints(), now=datetime.fromisoformat(now))


def verify(person_id: int) -> None:
    """Check the whole log for an auditor, who finds the result on the page of the log."""
    by = auth_queries.actor(person_id)
    actions.note_verdict(actions.check(checkpoints=_checkpoints()), by=by, now=clock.now())


def purge(now: str) -> None:
    """Forget sessions, counted tries, form keys and marks of jobs that are over."""
    at = datetime.fromisoformat(now)
    life = timedelta(seconds=current_app.config["PORTAL"].session_max)
    sessions.purge(now=at, life=life)
    auth.purge_tries(now=at)
    web.purge_once(now=at)
    jobs.purge(now=at)


def purge_engine(now: str) -> None:
    """Forget the job engine's own rows of finished work; no transaction of ours is open."""
    jobs.purge_engine(now=datetime.fromisoformat(now))


JOBS: dict[Any, str] = {verify: "heavy", purge_engine: "heavy"}
EVERY = {
    checkpoint: timedelta(hours=1),
    purge: timedelta(hours=1),
    purge_engine: timedelta(hours=1),
}
