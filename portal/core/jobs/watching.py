"""What waits, what failed, trying again, and forgetting what is over."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from flask import current_app

from portal.core import clock, events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .engine import enqueue_again, registry
from .tables import JobDone, JobFailure


@dataclass(frozen=True)
class Waiting:
    """A job that has not ended: its name, key and state, and since when."""

    name: str
    key: str
    state: str
    since: datetime
    due: datetime | None


def _moment(milliseconds: int | None) -> datetime | None:
    return None if not milliseconds else datetime.fromtimestamp(milliseconds / 1000, UTC)


def waiting(*, limit: int = 100) -> list[Waiting]:
    """Give what is queued, delayed or running, the oldest first; none while jobs are kept in
    memory.
    """
    if registry().inline is not None:
        return []
    client: DBOSClient = current_app.extensions["portal_jobs_client"]
    flows = client.list_workflows(
        status=["PENDING", "ENQUEUED", "DELAYED"], name="job", limit=limit, load_output=False
    )
    return [
        Waiting(
            name=str(flow.input["args"][0]) if flow.input else "",
            key=flow.workflow_id,
            state=str(flow.status),
            since=_moment(flow.created_at) or clock.now(),
            due=_moment(flow.delay_until_epoch_ms),
        )
        for flow in flows
    ]


def failures(*, limit: int = 100) -> list[JobFailure]:
    """Give the last failure of every job that has not succeeded since, the newest first."""
    last = sa.select(sa.func.max(JobFailure.id)).group_by(JobFailure.key)
    undone = sa.not_(sa.exists().where(JobDone.key == JobFailure.key))
    rows = sa.select(JobFailure).where(JobFailure.id.in_(last), undone)
    return list(db.session.scalars(rows.order_by(JobFailure.id.desc()).limit(limit)))


def replay(failure_id: int, *, by: Actor, now: datetime) -> None:
    """Queue one more try of a job that has given up; its effect stays unique."""
    failed = db.session.get(JobFailure, failure_id)
    if failed is None:
        raise NotFound
    if failed.next_try_at is not None:
        raise Refused(_("This job is tried again by itself."))
    if failed.name not in registry().jobs:
        raise Refused(_("This kind of job no longer exists."))
    enqueue_again(failed.name, failed.key, failed.payload, number=failed.tries, delay=0)
    events.record("jobs.replayed", by=by, now=now, data={"job": failed.name, "tries": failed.tries})


def purge(*, now: datetime, keep: timedelta = timedelta(days=7)) -> int:
    """Forget finished jobs older than `keep`; gives how many marks were deleted."""
    found = db.session.execute(sa.delete(JobDone).where(JobDone.done_at < now - keep))
    return int(found.rowcount)  # type: ignore[attr-defined]


def purge_engine(*, now: datetime, keep: timedelta = timedelta(days=1)) -> int:
    """Forget the engine's own rows of finished work older than `keep`; never inside a transaction
    of ours.
    """
    done = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        end_time=(now - keep).isoformat(),
        limit=1000,
        load_input=False,
        load_output=False,
    )
    if done:
        DBOS.delete_workflows([flow.workflow_id for flow in done])
    return len(done)
