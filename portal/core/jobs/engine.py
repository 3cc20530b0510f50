"""Work that comes after the commit: queued in the transaction of the change, done at least once,
its effect once.

The engine is DBOS on the application's own database; nothing else in the code base names it.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient
from dbos._serialization import (
    DBOSPortableJSONSerializer,
)  # private: dbos is pinned, imported here only
from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from portal.core import clock, events
from portal.core.db import db, insert_once

from .tables import JobDone, JobFailure, JobWorker

VERSION = "1"
# How many jobs of a queue run at once in a process, and every how many seconds it looks for more:
# most of what an idle portal does is to look.
QUEUES = {"default": (8, 0.2), "heavy": (2, 1.0)}
BEAT, DEAD_AFTER = 1.0, timedelta(seconds=5)
LOOK_AROUND = timedelta(seconds=20)
log = structlog.get_logger(__name__)

Work = Callable[..., None]


@dataclass(frozen=True)
class Job:
    """What the application knows of a kind of job."""

    name: str
    work: Work
    queue: str = "default"
    tries: int = 6


@dataclass(frozen=True)
class Schedule:
    """A job that is due again and again."""

    name: str
    every: timedelta


@dataclass
class Registry:
    """Every kind of job, and what runs by the clock."""

    jobs: dict[str, Job] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    inline: list[tuple[str, str, dict[str, Any]]] | None = None


def registry() -> Registry:
    """Give the registry of the current application."""
    found: Registry = current_app.extensions["portal_jobs"]
    return found


def add(app: Flask, name: str, work: Work, *, queue: str = "default", tries: int = 6) -> None:
    """Let the application know a kind of job: `work(**payload)`, its payload plain JSON."""
    app.extensions["portal_jobs"].jobs[name] = Job(name, work, queue, tries)


def every(app: Flask, period: timedelta, name: str, work: Work, *, queue: str = "default") -> None:
    """Run `work(now=…)` once per period, whichever process is first."""
    add(app, name, work, queue=queue, tries=1)
    app.extensions["portal_jobs"].schedules.append(Schedule(name, period))


def enqueue(
    name: str, *, key: str, payload: dict[str, Any] | None = None, delay: float = 0
) -> None:
    """Queue a job in the current transaction; the same key twice is one job. `delay` in seconds."""
    known = registry()
    queue = known.jobs[name].queue if name in known.jobs else "default"
    if known.inline is not None:
        db.session().info.setdefault("inline", []).append((name, key, payload or {}))
        return
    options: dict[str, Any] = {
        "workflow_name": "job",
        "queue_name": queue,
        "workflow_id": key,
        "app_version": VERSION,
    }
    if delay:
        options["delay_seconds"] = delay
    client: DBOSClient = current_app.extensions["portal_jobs_client"]
    client.enqueue_in_transaction(db.session(), options, name, key, payload or {})  # type: ignore[arg-type]


def init_app(app: Flask, *, inline: bool = False) -> None:
    """Prepare queueing; `inline` keeps jobs in memory until `drain`, for the demo's history and for
    tests.
    """
    app.extensions["portal_jobs"] = Registry(inline=[] if inline else None)
    if not inline:
        with app.app_context():
            engine = db.engine
        app.extensions["portal_jobs_client"] = DBOSClient(
            system_database_engine=engine,
            lazy=True,
            application_name="portal",
            serializer=DBOSPortableJSONSerializer(),
        )
    events.on_recorded(_follow)


def _follow(session: Session, entry: dict[str, Any]) -> None:
    """Queue the followers of an event, each once by event and follower."""
    for follower in events.FOLLOWERS.get(entry["name"], ()):
        payload = {"event": {**entry, "at": entry["at"].isoformat()}}
        enqueue(follower, key=f"{entry['uid']}:{follower}", payload=payload)


@sa.event.listens_for(Session, "after_commit")
def _keep_inline(session: Session) -> None:
    queued = session.info.pop("inline", None)
    if queued and (kept := registry().inline) is not None:
        kept.extend(queued)


@sa.event.listens_for(Session, "after_soft_rollback")
def _drop_inline(session: Session, previous: Any) -> None:
    if not session.in_nested_transaction():
        session.info.pop("inline", None)


def drain(*, most: int = 10_000) -> int:
    """Run the jobs kept in memory, and those they queue, in order; gives how many."""
    kept, done = registry().inline, 0
    while kept:
        if done >= most:
            raise RuntimeError(f"jobs keep queueing jobs: {kept[0][0]}")
        name, key, payload = kept.pop(0)
        run(name, key, payload)
        done += 1
    return done


def run(name: str, key: str, payload: dict[str, Any]) -> None:
    """Do one job; where its effect is already there, nothing happens."""
    job = registry().jobs[name]
    g.reading = False
    try:
        if job.queue == "heavy":
            _run_long(job, key, payload)
        elif insert_once(JobDone, key=key, name=name, done_at=clock.now()):
            job.work(**payload)
            db.session.commit()
    finally:
        db.session.rollback()


def _run_long(job: Job, key: str, payload: dict[str, Any]) -> None:
    """Do a long job, which commits by itself, batch by batch, each of which it can repeat safely.

    It holds no transaction while it thinks: SQLite has one writer.
    """
    begun = db.session.scalar(sa.select(JobDone.key).where(JobDone.key == key))
    db.session.rollback()
    if begun is None:
        job.work(**payload)
        insert_once(JobDone, key=key, name=job.name, done_at=clock.now())
        db.session.commit()


def _attempt(app: Flask, name: str, key: str, payload: dict[str, Any]) -> None:
    """Do a job in a worker; a failure is written down with its next try, growing delays, at most
    `tries` times.
    """
    with app.app_context():
        try:
            run(name, key, payload)
        except Exception as error:  # whatever a job raises must be shown and tried again
            log.exception("job failed", job=name, key=key)
            _insist_on_note(name, key, payload, error)


def _insist_on_note(name: str, key: str, payload: dict[str, Any], error: Exception) -> None:
    """Write a failure down however long the database is busy or away: a job whose next try stands
    nowhere would be lost. Whoever is killed meanwhile leaves the job to others as not yet done.
    """
    wait = 1.0
    while True:
        try:
            _note_failure(name, key, payload, error)
            db.session.commit()
        except (sa.exc.OperationalError, sa.exc.TimeoutError) as away:
            db.session.rollback()
            log.warning("failure not noted yet", job=name, key=key, why=type(away).__name__)
            time.sleep(wait)
            wait = min(wait * 2, 30.0)
        else:
            return


def _note_failure(name: str, key: str, payload: dict[str, Any], error: Exception) -> None:
    now, base = clock.now(), key.partition("#")[0]
    tries = db.session.scalar(sa.select(sa.func.count()).where(JobFailure.key == base)) or 0
    delay = 2.0 ** (tries + 1) if tries + 1 < registry().jobs[name].tries else None
    next_try = None if delay is None else now + timedelta(seconds=delay)
    what = f"{type(error).__name__}"
    db.session.add(
        JobFailure(
            key=base,
            name=name,
            payload=payload,
            error=what,
            tries=tries + 1,
            failed_at=now,
            next_try_at=next_try,
        )
    )
    if delay is not None:
        enqueue_again(name, base, payload, number=tries + 1, delay=delay)


def enqueue_again(
    name: str, key: str, payload: dict[str, Any], *, number: int, delay: float
) -> None:
    """Queue another try of a job; its effect stays unique by the first key."""
    kept = registry()
    if kept.inline is not None:
        db.session().info.setdefault("inline", []).append((name, key, payload))
        return
    options: dict[str, Any] = {
        "workflow_name": "job",
        "queue_name": kept.jobs[name].queue,
        "workflow_id": f"{key}#{number}",
        "app_version": VERSION,
        "delay_seconds": delay,
    }
    if not delay:
        del options["delay_seconds"]
    client: DBOSClient = current_app.extensions["portal_jobs_client"]
    client.enqueue_in_transaction(db.session(), options, name, key, payload)  # type: ignore[arg-type]


def _dbos_url(app: Flask) -> str:
    return str(app.config["SQLALCHEMY_DATABASE_URI"]).replace(
        "postgresql+psycopg://", "postgresql://"
    )


def migrate(app: Flask) -> None:
    """Make the engine's own tables in the application's database."""
    _configure(app, executor="migration")
    DBOS.launch()
    DBOS.destroy(workflow_completion_timeout_sec=1)


def _configure(app: Flask, *, executor: str) -> None:
    DBOS(
        config={
            "name": "portal",
            "system_database_url": _dbos_url(app),
            "executor_id": executor,
            "application_version": VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
        }
    )  # its own engine: ours says BEGIN IMMEDIATE, and so does DBOS

    @DBOS.step(name="job.step")
    def step(name: str, key: str, payload: dict[str, Any]) -> None:
        _attempt(app, name, key, payload)

    @DBOS.workflow(name="job")
    def job(name: str, key: str, payload: dict[str, Any]) -> None:
        step(name, key, payload)


def launch(app: Flask) -> None:
    """Start running jobs in this process: before the server serves."""
    me = f"{os.uname().nodename}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    with app.app_context():  # before the first job is taken: what a stranger began is taken over
        _show_life(me, clock.now())
        db.session.commit()
    _configure(app, executor=me)
    DBOS.launch()
    for queue, (most, seconds) in QUEUES.items():
        DBOS.register_queue(queue, worker_concurrency=most, polling_interval_sec=seconds)
    threading.Thread(target=_beat, args=(app, me), daemon=True, name="beat").start()


def stop() -> None:
    """Stop running jobs; what has begun gets a moment to end, the rest is taken over later."""
    DBOS.destroy(workflow_completion_timeout_sec=5)


def _beat(app: Flask, me: str) -> None:
    while True:
        try:
            with app.app_context():
                _reap(me, clock.now())
                _keep_schedules(clock.now())
        except Exception:  # the thread must live, whatever the database does
            log.exception("the beat of the job engine failed")
        time.sleep(BEAT)


def _reap(me: str, now: datetime) -> None:
    """Show that we live, and take over what dead processes left: claim, commit, only then call the
    engine.
    """
    _show_life(me, now)
    late = sa.and_(JobWorker.seen_at < now - DEAD_AFTER, JobWorker.executor_id != me)
    claim = sa.update(JobWorker).where(late).values(seen_at=now).returning(JobWorker.executor_id)
    dead = list(db.session.scalars(claim))
    db.session.commit()
    dead += _strangers(now)
    if not dead:
        return
    for flow in DBOS.list_workflows(
        status="PENDING", executor_id=dead, load_input=False, load_output=False
    ):
        DBOS.resume_workflow(flow.workflow_id, queue_name=flow.queue_name)
    db.session.execute(sa.delete(JobWorker).where(JobWorker.executor_id.in_(dead)))
    db.session.commit()


def _show_life(me: str, now: datetime) -> None:
    mine = sa.update(JobWorker).where(JobWorker.executor_id == me).values(seen_at=now)
    if not db.session.execute(mine).rowcount:  # type: ignore[attr-defined]
        db.session.add(JobWorker(executor_id=me, seen_at=now))


def _strangers(now: datetime) -> set[str]:
    """Give the processes that began jobs and of which no sign of life is kept, looked for once in a
    while: every process shows its life before it takes a job.
    """
    kept: dict[str, datetime] = current_app.extensions.setdefault("portal_jobs_strangers", {})
    if "at" in kept and kept["at"] > now - LOOK_AROUND:
        return set()
    kept["at"] = now
    begun = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    # Read after those: who began one in between is known by now.
    known = set(db.session.scalars(sa.select(JobWorker.executor_id)))
    db.session.commit()  # the engine writes next: on SQLite it would wait for us
    return {flow.executor_id for flow in begun if flow.executor_id} - known


def _keep_schedules(now: datetime) -> None:
    """Queue what is due by the clock, once per period among all processes."""
    last: dict[str, int] = current_app.extensions.setdefault("portal_jobs_slots", {})
    due = []
    for schedule in registry().schedules:
        slot = int(now.timestamp() // schedule.every.total_seconds())
        if last.get(schedule.name) != slot:
            due.append((schedule.name, slot))
    for name, slot in due:
        enqueue(name, key=f"{name}@{slot}", payload={"now": now.isoformat()})
    if due:
        db.session.commit()
        last.update(due)
