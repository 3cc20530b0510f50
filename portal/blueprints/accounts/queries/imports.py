"""Imports: those a person may see, and the rows that were wrong."""

from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Actor, ActorKind
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import ImportIssue, ImportRun
from ..rules.mapping import REASONS


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
    """Give one import; to a person only their own: its wrong rows show what customers wrote."""
    found = db.session.get(ImportRun, run_id)
    own = found is not None and (
        viewer.kind is not ActorKind.PERSON or found.person_id == viewer.id
    )
    if found is None or not own:
        raise NotFound
    return found


def issues(run: ImportRun, *, limit: int = 200) -> list[ImportIssue]:
    """Give the first wrong rows of an import, by line."""
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
        "basis": run.basis.value if run.basis else None,
        "dry_run": run.dry_run,
        "state": run.state.value,
        "why_refused": run.why_refused,
        "read": run.rows_read,
        "bad": run.rows_bad,
        "new": run.rows_new,
        "changed": run.rows_changed,
        "same": max(0, total - run.rows_new - run.rows_changed),
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
