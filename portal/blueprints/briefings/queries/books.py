"""Books of accounts: whose they are, which customers go into one, and how far each is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Lifecycle
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.sponsorship.models import Sponsor, Sponsorship, SponsorshipState
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import speaking
from portal.reports import facts as paper

from ..models import AccountBook, BookState, Briefing, State
from ..rules import Edition
from . import collecting
from .readers import sees

WAITING = (BookState.COLLECTING, BookState.BOUND)


class Candidate(NamedTuple):
    """A customer that may go into a book."""

    reference: str
    name: str


def book(viewer: Actor, reference: str, *, lock: bool = False) -> AccountBook:
    """Give a book that the viewer asked for or that is for them, held until the commit if asked;
    `NotFound` for any other.
    """
    query = sa.select(AccountBook).where(AccountBook.reference == reference)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None or viewer.id is None or viewer.id not in (row.reader_id, row.author_id):
        raise NotFound
    return row


def book_to_bind(book_id: int, *, lock: bool = False) -> AccountBook:
    """Give a book to the job that binds it, read anew and held until the commit if asked."""
    query = sa.select(AccountBook).where(AccountBook.id == book_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    return row


def books_under_way(viewer: Actor, *, limit: int = 5) -> list[AccountBook]:
    """Give the viewer's books that are no finished issue yet, the newest first."""
    query = (
        sa.select(AccountBook)
        .outerjoin(Briefing, Briefing.id == AccountBook.briefing_id)
        .where(
            sa.or_(AccountBook.reader_id == viewer.id, AccountBook.author_id == viewer.id),
            AccountBook.state.in_(WAITING),
            sa.or_(Briefing.id.is_(None), Briefing.state == State.RENDERING),
        )
        .order_by(AccountBook.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def issue_of(row: AccountBook) -> Briefing | None:
    """Give the issue that a book was bound as, None before."""
    found: Briefing | None = db.session.get(Briefing, row.briefing_id) if row.briefing_id else None
    return found


def book_of(row: Briefing) -> AccountBook | None:
    """Give the book that an issue was bound from, None for any other issue."""
    return db.session.scalar(sa.select(AccountBook).where(AccountBook.briefing_id == row.id))


def candidates(
    viewer: Actor, references: Iterable[str], *, most: int, now: datetime
) -> list[Candidate]:
    """Give the customers among some references that the viewer may see, in their order; without
    any, the first of the viewer's own, by name: those they look after or sponsor, and those of
    whose open cases they are the executive owner.
    """
    klass = account_queries.own_class(viewer)
    seen = account_queries.mine(viewer, now=now, klass=klass)
    query = sa.select(Account.reference, Account.name).where(seen)
    wanted = list(dict.fromkeys(references))
    if not wanted:
        query = query.where(_own(viewer)).order_by(Account.name_key, Account.id).limit(most)
        return [Candidate(*one) for one in db.session.execute(query)]
    query = query.where(Account.reference.in_(wanted))
    names = {one.reference: one.name for one in db.session.execute(query)}
    return [Candidate(one, names[one]) for one in wanted if one in names]


def _own(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say of an account whether it is one of a person's own, and still a customer."""
    led = sa.select(Escalation.account_id).where(
        Escalation.executive_owner_id == viewer.id, Escalation.state.in_(OPEN_STATES)
    )
    sponsored = (
        sa.select(Sponsorship.account_id)
        .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
        .where(Sponsor.person_id == viewer.id, Sponsorship.state == SponsorshipState.ACTIVE)
    )
    theirs = sa.or_(Account.owner_id == viewer.id, Account.id.in_(led), Account.id.in_(sponsored))
    return sa.and_(theirs, Account.lifecycle != Lifecycle.LOST)


def unseen(person: Actor, references: Sequence[str], *, now: datetime) -> list[str]:
    """Give those of some references of customers that a person may not see, or that there are
    not.
    """
    return [one for one in references if not sees(person, one, now=now)]


def part_of(
    reference: str, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.AccountBriefing] | None:
    """Freeze what the reader may know of one customer of a book; None where they may not see it, or
    not any more.
    """
    klass = account_queries.own_class(reader)
    try:
        account = account_queries.get(reader, reference, now=now, klass=klass)
    except NotFound:
        return None
    return collecting.account_facts(account, reader=reader, edition=edition, now=now)


def book_facts(
    row: AccountBook,
    parts: Sequence[collecting.Collected[paper.AccountBriefing]],
    *,
    reader: Actor,
    edition: Edition,
    now: datetime,
) -> collecting.Collected[paper.AccountsBook]:
    """Put the facts of some customers together: the book is of the highest class of any of them."""
    with speaking(edition.locale, reader.zone):
        issue = collecting.header(reader, edition=edition, now=now)
        found = paper.AccountsBook(
            issue=replace(issue, left_out=len(row.accounts) - len(parts)),
            reader=collecting.addressee(reader),
            reference=row.reference,
            day=row.day,
            accounts=tuple(one.facts for one in parts),
        )
    klass = max((one.klass for one in parts), default=K.CONFIDENTIAL)
    told = frozenset[str]().union(*(one.cases for one in parts))
    return collecting.Collected(collecting.marked(found, klass), klass, told)
