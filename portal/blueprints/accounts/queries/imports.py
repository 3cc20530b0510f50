"""Imports: those a person may see, and the rows that were wrong."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Actor, ActorKind
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import (
    Account,
    ColumnMapping,
    ImportChange,
    ImportIssue,
    ImportMapping,
    ImportRun,
    ImportState,
)
from ..rules import columns, shapes
from ..rules.mapping import REASONS, Shape

SHOWN_ISSUES = 200
SETTLED = (ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE)


def runs(*, limit: int = 30) -> list[tuple[ImportRun, str | None]]:
    """Give the newest imports with who started them: counts alone, no rows."""
    query = (
        sa.select(ImportRun, User.name)
        .outerjoin(User, User.id == ImportRun.person_id)
        .order_by(ImportRun.id.desc())
        .limit(limit)
    )
    return [(run, name) for run, name in db.session.execute(query)]


def get_run(viewer: Actor, run_id: int) -> ImportRun:
    """Give one import; to a person only their own and those that are in: wrong rows show what
    customers wrote.
    """
    found = db.session.get(ImportRun, run_id)
    if found is None or not may_open(viewer, found):
        raise NotFound
    return found


def may_open(viewer: Actor, run: ImportRun) -> bool:
    """Say whether the viewer may look at an import, and undo it."""
    own = viewer.kind in {ActorKind.JOB, ActorKind.OPERATOR} or run.person_id == viewer.id
    return own or (run.state in SETTLED and not run.rows_bad)


def shape_of_run(run: ImportRun) -> Shape:
    """Give the shape that a file is read by: a shipped one, or a version of a saved mapping."""
    if run.columns_id is None:
        return shapes.SHAPES[run.mapping]
    return shape_of_columns(db.session.get_one(ColumnMapping, run.columns_id))


def shape_of_columns(row: ColumnMapping) -> Shape:
    """Give the shape of the files that a version of a saved mapping reads."""
    return columns.shape_of(columns.from_document(row.columns), ImportMapping.OWN)


def unremoved(run: ImportRun) -> int:
    """Count the accounts that an import which was taken back has still to remove."""
    if run.state is not ImportState.TAKEN_BACK:
        return 0
    query = sa.select(sa.func.count()).where(Account.import_id == run.id)
    return db.session.scalar(query) or 0


@dataclass(frozen=True)
class Left:
    """What an undone import had to leave: the account, the number it came with, and the fields that
    somebody changed since (none: all of it).
    """

    reference: str
    external_id: str
    fields: tuple[str, ...]


def left_over(run: ImportRun, *, limit: int = 200) -> list[Left]:
    """Give the first accounts that an undone import had to leave as they are."""
    query = (
        sa.select(Account.reference, Account.external_id, ImportChange.left)
        .join(ImportChange, ImportChange.account_id == Account.id)
        .where(
            ImportChange.run_id == run.id,
            ImportChange.undone_at.is_not(None),
            sa.cast(ImportChange.left, sa.String) != "{}",
        )
        .order_by(ImportChange.id)
        .limit(limit)
    )
    return [
        Left(reference, external, tuple(sorted(set(kept) - {"account"})))
        for reference, external, kept in db.session.execute(query)
    ]


def issues(run: ImportRun, *, limit: int = SHOWN_ISSUES) -> list[ImportIssue]:
    """Give what is wrong with the first wrong rows of an import, by line."""
    query = (
        sa.select(ImportIssue)
        .where(ImportIssue.run_id == run.id)
        .order_by(ImportIssue.line, ImportIssue.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def told(run: ImportRun) -> dict[str, Any]:
    """Give how an import ended as plain JSON, with its first wrong rows."""
    total = run.rows_total or 0
    return {
        "file": run.file_name,
        "digest": run.digest,
        "mapping": run.mapping.value,
        "source": run.source,
        "basis": run.basis.value if run.basis else None,
        "dry_run": run.dry_run,
        "state": run.state.value,
        "why_refused": run.why_refused,
        "read": run.rows_read,
        "bad": run.rows_bad,
        "new": run.rows_new,
        "changed": run.rows_changed,
        "same": max(0, total - run.rows_new - run.rows_changed),
        "undone": run.rows_undone,
        "left": run.rows_left,
        "issues": [
            {
                "line": issue.line,
                "column": issue.column,
                "value": issue.value,
                "reason": str(REASONS[issue.reason]),
            }
            for issue in issues(run)
        ],
    }
