"""An issue shared: the same paper made for a colleague, by what they may see."""

from datetime import datetime

from portal.core.access import Actor
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Briefing
from ..rules import CUSTOMER, Edition
from . import binding, making
from .recording import log


def share(
    row: Briefing, *, reader: Actor, verify_at: str, most: int, viewer: Actor, now: datetime
) -> str:
    """Make the paper on the same subject for a colleague: today's facts, by what they may see and
    in their language, not a copy of what somebody else was told. Gives its number; a book of
    accounts (at most `most` customers) is collected anew.
    """
    if reader.id == row.reader_id:
        raise Refused(_("It is this person's already."), field="reader_id")
    book = queries.book_of(row)
    if book is not None:
        made = binding.share_book(book, reader=reader, most=most, viewer=viewer, now=now).reference
    else:
        made = _again(row, reader=reader, verify_at=verify_at, viewer=viewer, now=now)
    log(
        row,
        "briefings.shared",
        by=viewer,
        now=now,
        data={"with": reader.id, "as": made},
    )
    return made


def _again(row: Briefing, *, reader: Actor, verify_at: str, viewer: Actor, now: datetime) -> str:
    edition = Edition(
        locale=reader.language,
        paper=row.paper,
        verify_at=verify_at,
        annex=bool(row.snapshot["facts"]["issue"].get("annex")),
        audience=CUSTOMER if row.audience == CUSTOMER else "",
        expires_at=row.expires_at,
    )
    return making.make(
        viewer, row.subject_ref, reader=reader, edition=edition, by=viewer, now=now
    ).reference
