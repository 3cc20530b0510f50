"""What becomes of an issue: printed, read, taken back."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.escalations import actions as escalations
from portal.core import files
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Briefing, Reading, State
from . import posting
from .recording import log


def keep_pdf(
    row: Briefing, pdf: bytes, *, pages: int, signed: str = "", by: Actor, now: datetime
) -> None:
    """Store the finished PDF, `signed` by whom if at all; from now on it is the record. What was
    cancelled or revoked while it was typeset stays so, and its PDF is thrown away.
    """
    if row.state is not State.RENDERING:
        return
    stored = files.put(
        pdf,
        name=f"{row.reference}.pdf",
        media_type="application/pdf",
        klass=row.klass,
        now=now,
        account_id=row.account_id,
        record_ref=row.reference,
    )
    row.file_id, row.pdf_digest, row.pages, row.issued_at = stored.id, stored.digest, pages, now
    row.state = State.DRAFT if row.problems else State.ISSUED
    for case in queries.cases_briefed(row):
        escalations.note_briefed(case, by=by, now=now, reference=row.reference)
    log(
        row,
        "briefings.issued",
        by=by,
        now=now,
        data={
            "state": row.state.value,
            "digest": stored.digest,
            "pages": pages,
            **({"signed": signed} if signed else {}),
        },
    )
    posting.post(row, by=by, now=now)


def give_up(row: Briefing, *, why: str, by: Actor, now: datetime) -> None:
    """Note that an issue could not be typeset, and why."""
    if row.state is not State.RENDERING:
        return
    row.state, row.failed_because = State.FAILED, why[:60]
    log(
        row,
        "briefings.failed",
        by=by,
        now=now,
        data={"why": why[:60]},
    )


def mark_read(row: Briefing, *, downloaded: bool, by: Actor, now: datetime) -> None:
    """Note that somebody opened the page or fetched the PDF; read is what the addressee does."""
    mine = sa.and_(Reading.briefing_id == row.id, Reading.person_id == by.id)
    values: dict[str, Any] = {"read_at": sa.func.coalesce(Reading.read_at, now)}
    if downloaded:
        values["downloads"] = Reading.downloads + 1
    db.session.execute(sa.update(Reading).where(mine).values(**values))
    log(
        row,
        "briefings.downloaded" if downloaded else "briefings.opened",
        by=by,
        now=now,
        data={"reader": by.id == row.reader_id},
    )


def note_export(row: Briefing, count: int, *, by: Actor, now: datetime) -> None:
    """Note that somebody took the list of who opened or fetched an issue as a file."""
    log(
        row,
        "briefings.fetches_exported",
        by=by,
        now=now,
        data={"lines": count, "kind": "csv"},
    )


def revoke(row: Briefing, *, reason: str, by: Actor, now: datetime) -> None:
    """Take an issue back: it stays on file, is marked on every page that names it, and opens
    no more.
    """
    if row.state is State.REVOKED:
        raise Refused(_("This issue was revoked already."))
    if not reason.strip():
        raise Refused(_("Please say why it is revoked."), field="reason")
    row.state, row.revoked_at, row.revoked_because = State.REVOKED, now, reason
    posting.take_back(row, now=now)
    log(
        row,
        "briefings.revoked",
        by=by,
        now=now,
        changes={"reason": (None, reason)},
    )
