"""Imports: those a person may see, and the rows that were wrong."""

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Actor, ActorKind
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import ImportIssue, ImportRun


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
