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

from .engine import Schedule, enqueue_again, registry
from .tables import JobDone, JobFailure, JobWorker

SILENT_AFTER = timedelta(seconds=15)
"""After how long a process that was not heard of counts as gone: three times what it takes others
to take its work over.
"""


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


@dataclass(frozen=True)
class Beat:
    """A job that runs by the clock: how often, when it last ended (UTC; None where it never did, as
    far as is kept), and whether it should have run since.
    """

    name: str
    every: timedelta
    last: datetime | None
    late: bool


@dataclass(frozen=True)
class Health:
    """How the engine fares: the processes that run jobs, when the last of them was heard of, and
    what runs by the clock, the late first.
    """

    workers: int
    heard_at: datetime | None
    beats: tuple[Beat, ...]

    @property
    def late(self) -> tuple[Beat, ...]:
        """Give what should have run and did not."""
        return tuple(one for one in self.beats if one.late)


def health(*, now: datetime) -> Health:
    """Say how the engine and its scheduler fare, in two statements."""
    seen = list(db.session.scalars(sa.select(JobWorker.seen_at)))
    names = [schedule.name for schedule in registry().schedules]
    last = sa.func.max(JobDone.done_at).label("at")
    kept = sa.select(JobDone.name, last).where(JobDone.name.in_(names)).group_by(JobDone.name)
    ended = {row.name: row.at for row in db.session.execute(kept)}
    beats = [
        Beat(one.name, one.every, ended.get(one.name), _is_late(ended.get(one.name), one, now))
        for one in registry().schedules
    ]
    return Health(
        workers=sum(at >= now - SILENT_AFTER for at in seen),
        heard_at=max(seen, default=None),
        beats=tuple(sorted(beats, key=lambda one: (not one.late, one.every, one.name))),
    )


def _is_late(last: datetime | None, schedule: Schedule, now: datetime) -> bool:
    """Say whether a whole period went by without a run, with a minute of grace."""
    return last is not None and now - last > 2 * schedule.every + timedelta(minutes=1)


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
