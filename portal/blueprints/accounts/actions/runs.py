"""What every step of an import shares: its terms, its counts, its end and its event."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core import access, events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.i18n import _, speaking

from ..models import Basis, ImportRun, ImportStage, ImportState
from ..rules import mapping as maps
from ..rules import reading

BATCH = 2000
RUNNING = (ImportState.CHECKING, ImportState.WRITING)
OPEN = (ImportState.MAPPING, *RUNNING)


@dataclass(frozen=True)
class Terms:
    """What every row of a run is read and written with."""

    shape: maps.Shape
    basis: Basis | None
    encoding: str
    currency: str
    language: str
    zone: str
    policy: ValuePolicy
    today: date


def advance(run_id: int, *, column: Any, before: int, by_rows: int, **more: Any) -> bool:
    """Move a run's count on, unless another process has: then nothing of this batch is kept."""
    moved = db.session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id == run_id, column == before, ImportRun.state.in_(RUNNING))
        .values({column: before + by_rows, **{getattr(ImportRun, k): v for k, v in more.items()}})
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


class Overtaken(RuntimeError):  # noqa: N818 - an answer, not a failure
    """Another process carries this import on, or somebody took it back."""


def refuse_run(run_id: int, *, why: reading.Unreadable, now: datetime) -> None:
    """End a run whose file cannot be read to its end; what was done since the last commit goes."""
    db.session.rollback()
    refuse(db.session.get_one(ImportRun, run_id, populate_existing=True), why=why, now=now)


def refuse(run: ImportRun, *, why: reading.Unreadable, now: datetime) -> None:
    """End a run as refused, with its one event; the reason is in the language of who imports."""
    with speaking(_actor(run).language):
        run.why_refused = unreadable(why)[:400]
    run.state = ImportState.REFUSED
    run.ended_at, run.updated_at = now, now
    tell("accounts.import_refused", run, now=now)
    db.session.flush()


def tell(name: str, run: ImportRun, *, now: datetime, by: Actor | None = None) -> None:
    """Record the one event of an import: the file's digest, its counts, who."""
    events.record(
        name,
        by=by or _actor(run),
        now=now,
        data={
            "import": run.id,
            "digest": run.digest,
            "mapping": run.mapping.value,
            "columns": run.columns_id,
            "source": run.source,
            "basis": run.basis.value if run.basis else None,
            "read": run.rows_read,
            "bad": run.rows_bad,
            "new": run.rows_new,
            "changed": run.rows_changed,
            "undone": run.rows_undone,
            "left": run.rows_left,
        },
    )


def _actor(run: ImportRun) -> Actor:
    if run.person_id is None:
        return access.operator("portal import")
    return auth_queries.actor(run.person_id)


def forget_stage(run_id: int) -> Iterator[None]:
    """Throw away what was staged, a batch at a time."""
    some = sa.select(ImportStage.id).where(ImportStage.run_id == run_id).limit(BATCH * 2)
    while ids := list(db.session.scalars(some)):
        db.session.execute(sa.delete(ImportStage).where(ImportStage.id.in_(ids)))
        yield


def unreadable(error: reading.Unreadable) -> str:
    """Give the sentence for a file that cannot be read, with the line where there is one."""
    text = str(maps.UNREADABLE[error.why])
    return _("Line %(line)s: %(text)s", line=error.line, text=text) if error.line else text
