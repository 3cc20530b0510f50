"""Books of accounts: asked for, collected customer by customer, bound as one issue, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core import access, events, jobs
from portal.core.access import Actor, Permission
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _
from portal.reports import facts as paper

from .. import queries
from ..models import AccountBook, BookState, Briefing, Kind, State
from ..rules import Edition
from . import making

CANCELLED = "Cancelled"
"""What stands as the reason where an issue was cancelled while it was typeset."""


@dataclass(frozen=True, kw_only=True)
class BookWish:
    """A book that somebody wants: on which customers (references, in their order), in which form,
    for which day.
    """

    accounts: Sequence[str]
    locale: str
    paper: str = "A4"
    day: date | None = None
    annex: bool = True


def ask_for_book(
    viewer: Actor, wish: BookWish, *, reader: Actor, most: int, by: Actor, now: datetime
) -> AccountBook:
    """Have briefings on at most `most` customers bound into one book for a reader, by what the
    reader may see: oneself, or a colleague where the viewer makes briefings. A job collects.
    """
    if reader.id != viewer.id and not viewer.may(Permission.BRIEFINGS_MAKE):
        raise Refused(_("You may ask for your own books."), field="reader_id")
    return _asked(viewer, wish, reader=reader, most=most, by=by, now=now)


def _asked(
    viewer: Actor, wish: BookWish, *, reader: Actor, most: int, by: Actor, now: datetime
) -> AccountBook:
    wanted = list(dict.fromkeys(one.strip().upper() for one in wish.accounts if one.strip()))
    _check(wish, wanted, most=most, reader=reader, now=now)
    if not reader.may(Permission.BRIEFINGS_READ):
        raise Refused(_("This person does not read briefings."), field="reader_id")
    if missing := queries.unseen(viewer, wanted, now=now):
        text = _("There is no such customer: %(which)s.", which=", ".join(missing[:5]))
        raise Refused(text, field="accounts")
    if missing := queries.unseen(reader, wanted, now=now):
        text = _("This person may not see %(which)s.", which=", ".join(missing[:5]))
        raise Refused(text, field="reader_id")
    zone = ZoneInfo(auth_queries.organisation().zone)
    reference, _register = next_reference("BOOK", year=now.astimezone(zone).year)
    row = AccountBook(
        reference=reference,
        state=BookState.COLLECTING,
        reader_id=reader.id,
        author_id=by.id,
        accounts=wanted,
        day=wish.day,
        locale=wish.locale,
        paper=wish.paper,
        annex=wish.annex,
        done=0,
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _tell("briefings.book_asked", row, by=by, now=now)
    jobs.enqueue("briefings.bind", key=f"bind:{reference}", payload={"book_id": row.id})
    return row


def _check(
    wish: BookWish, wanted: Sequence[str], *, most: int, reader: Actor, now: datetime
) -> None:
    if not wanted:
        raise Refused(_("Choose the customers, at least one."), field="accounts")
    if len(wanted) > most:
        raise Refused(
            _(
                "A book holds %(n)s customers at most; these are %(many)s.",
                n=most,
                many=len(wanted),
            ),
            field="accounts",
        )
    if wish.locale not in LANGUAGES or wish.paper not in making.PAPERS:
        raise Refused(
            _("We print in English, French and Italian, on A4 or Letter."), field="locale"
        )
    if wish.day is not None and wish.day < now.astimezone(ZoneInfo(reader.zone)).date():
        raise Refused(_("This day is over."), field="day")


def _tell(name: str, row: AccountBook, *, by: Actor, now: datetime) -> None:
    events.record(
        name,
        by=by,
        now=now,
        data={"book": row.reference, "reader": row.reader_id, "accounts": len(row.accounts)},
    )


def keep_done(row_id: int, *, done: int) -> bool:
    """Keep how many customers are collected, and say whether the book is still wanted."""
    kept = db.session.execute(
        sa.update(AccountBook)
        .where(AccountBook.id == row_id, AccountBook.state == BookState.COLLECTING)
        .values(done=done, version=AccountBook.version + 1)
        .execution_options(synchronize_session=False)
        .returning(AccountBook.id)
    ).all()
    return bool(kept)


def bind(
    row: AccountBook,
    parts: Sequence[queries.Collected[paper.AccountBriefing]],
    *,
    reader: Actor,
    edition: Edition,
    now: datetime,
) -> Briefing | None:
    """Make the issue of what was collected, once: None where somebody cancelled it meanwhile, or
    where none of its customers is open to its reader any more.
    """
    if row.state is not BookState.COLLECTING:
        return None
    by = auth_queries.actor(row.author_id) if row.author_id else access.job("briefings.bind")
    if not parts:
        row.state = BookState.EMPTY
        _tell("briefings.book_empty", row, by=by, now=now)
        return None
    found = queries.book_facts(row, parts, reader=reader, edition=edition, now=now)
    about = making.About(Kind.BOOK, row.reference, None)
    made = making.issue(found, about, reader=reader, edition=edition, by=by, now=now)
    row.state, row.briefing_id, row.done = BookState.BOUND, made.id, len(row.accounts)
    return made


def cancel_book(row: AccountBook, *, by: Actor, now: datetime) -> None:
    """Cancel a book that is not finished: what was collected is dropped, and what is being typeset
    is thrown away when it comes.
    """
    issue: Briefing | None = (
        db.session.get(Briefing, row.briefing_id, with_for_update=True) if row.briefing_id else None
    )
    if row.state is BookState.CANCELLED:
        return
    finished = issue is not None and issue.state is not State.RENDERING
    if row.state is BookState.EMPTY or finished:
        raise Refused(_("It is finished: there is nothing to cancel."))
    row.state = BookState.CANCELLED
    if issue is not None:
        issue.state, issue.failed_because = State.FAILED, CANCELLED
    _tell("briefings.book_cancelled", row, by=by, now=now)


def share_book(
    row: AccountBook, *, reader: Actor, most: int, viewer: Actor, now: datetime
) -> AccountBook:
    """Have the same customers bound for a colleague: those that the colleague may see, in their
    language, from today's facts.
    """
    hidden = {*queries.unseen(viewer, row.accounts, now=now)}
    hidden |= {*queries.unseen(reader, row.accounts, now=now)}
    open_ = [one for one in row.accounts if one not in hidden]
    if not open_:
        raise Refused(_("This person may see none of these customers."), field="reader_id")
    today = now.astimezone(ZoneInfo(reader.zone)).date()
    wish = BookWish(
        accounts=open_,
        locale=reader.language,
        paper=row.paper,
        day=row.day if row.day and row.day >= today else None,
        annex=row.annex,
    )
    return _asked(viewer, wish, reader=reader, most=most, by=viewer, now=now)
