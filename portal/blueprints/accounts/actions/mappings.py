"""Mappings of columns: saved by name in versions that never change, shared, used by a file, taken
out of use.
"""

from datetime import datetime

import sqlalchemy as sa

from portal.core import events
from portal.core.access import Actor, ActorKind
from portal.core.db import db, insert_once
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from ..models import ColumnMapping, ImportRun, ImportState
from ..queries.mappings import newest
from ..rules import columns as cols
from .imports import enqueue


def save_mapping(columns: cols.Columns, *, title: str, by: Actor, now: datetime) -> ColumnMapping:
    """Save a mapping by name; give it. One that says the same as the newest of its name is that
    one; else it is the next version, and the older ones stay. Refused where it cannot be read by.
    """
    name = cols.key_of(title)
    if not name or name in cols.RESERVED:
        raise Refused(_("Choose another name, with letters."), field="title")
    wrong = cols.objections(columns)
    for field, why in wrong.items():
        raise Refused(why, field=field)
    last = newest(name)
    document = columns.document()
    if last and last.retired_at is None and (last.columns, last.title) == (document, title):
        return last
    number = last.number + 1 if last else 1
    added = insert_once(
        ColumnMapping,
        name=name,
        number=number,
        title=title,
        columns=document,
        person_id=by.id if by.kind is ActorKind.PERSON else None,
        created_at=now,
        retired_at=None,
    )
    if not added:
        raise Refused(_("Somebody saved this mapping at the same moment. Save it again."))
    events.record(
        "accounts.columns_saved",
        by=by,
        now=now,
        data={"name": name, "number": number, "columns": document},
    )
    found = newest(name)
    assert found is not None
    return found


def retire_mapping(name: str, *, by: Actor, now: datetime) -> None:
    """Offer a mapping no more; what was read by it stays explained. Saved again, it is back."""
    last = newest(name)
    if last is None:
        raise NotFound
    if last.retired_at is not None:
        raise Refused(_("This mapping is out of use already."))
    db.session.execute(
        sa.update(ColumnMapping)
        .where(ColumnMapping.name == name, ColumnMapping.retired_at.is_(None))
        .values(retired_at=now)
    )
    events.record("accounts.columns_retired", by=by, now=now, data={"name": name})


def read_by(run: ImportRun, mapping: ColumnMapping, *, now: datetime) -> None:
    """Let a file that waits for its columns be checked by a saved mapping; nothing is written."""
    if run.state is not ImportState.MAPPING:
        raise Refused(_("The columns of this file are settled."))
    run.columns_id, run.source = mapping.id, mapping.columns["source"]
    run.state, run.started_at, run.updated_at = ImportState.CHECKING, now, now
    db.session.flush()
    enqueue(run)
