"""What changed since the issue that a reader read last, by itself or in a book."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, PromiseState
from portal.core.access import Actor
from portal.core.db import db
from portal.reports import changes, snapshot
from portal.reports import facts as paper
from portal.reports.kinds import kind as kind_named

from ..models import AccountBook, Briefing, Kind, Reading
from ..rules import CASES
from .finding import is_hidden_from, last_read

Followed = TypeVar(
    "Followed", paper.AccountBriefing, paper.EscalationBriefing, paper.EscalationDelta
)
BOOKS = 20
"""How many of the books that somebody read last are looked into."""


def since_read(
    found: Followed, kind: Kind, subject: str, *, reader: Actor, now: datetime
) -> Followed:
    """Add what changed since the issue about a subject that the reader read last: one of its own,
    or a later book that told of the customer, which has no number of the customer's.
    """
    last = last_read(kind, subject, reader=reader)
    bound = _in_a_book(subject, reader=reader, last=last) if kind is Kind.ACCOUNT else None
    if bound is not None:
        row, before, read_at = bound
        number = changes.IN_A_BOOK
    elif last is not None:
        row, read_at = last
        before, number = _facts_of(row), row.issue
    else:
        return found
    items = _between(row, before, found, subject=subject, reader=reader, now=now)
    since = paper.Changes(since_number=number, read_at=read_at, items=items)
    return replace(found, changes=since)


def changed_since(
    row: Briefing, found: Followed, *, reader: Actor, now: datetime
) -> tuple[paper.Change, ...]:
    """Find what changed from an issue to the facts of now."""
    subject = row.subject_ref
    return _between(row, _facts_of(row), found, subject=subject, reader=reader, now=now)


def _facts_of(row: Briefing) -> Any:
    shape = kind_named(row.kind.value).shape
    return snapshot.loads(json.dumps(row.snapshot), kind=row.kind.value, shape=shape)


def _between(
    row: Briefing, before: Any, found: Followed, *, subject: str, reader: Actor, now: datetime
) -> tuple[paper.Change, ...]:
    given: dict[str, Any] = {"account_id": row.account_id or _account_named(subject)}
    if row.kind in CASES:
        given = {"case_ref": subject}
    kept = account_queries.promises(reader, now=now, states=[PromiseState.KEPT], **given)
    return changes.between(before, found, kept={one.what for one in kept})


def _account_named(reference: str) -> int | None:
    return db.session.scalar(sa.select(Account.id).where(Account.reference == reference))


def _in_a_book(
    subject: str, *, reader: Actor, last: tuple[Briefing, datetime] | None
) -> tuple[Briefing, paper.AccountBriefing, datetime] | None:
    """Find the newest book, made after the last issue that was read by itself, in which the reader
    read of a customer; gives what it told of them.
    """
    query = (
        sa.select(Briefing, AccountBook.accounts, Reading.read_at)
        .join(AccountBook, AccountBook.briefing_id == Briefing.id)
        .join(Reading, sa.and_(Reading.briefing_id == Briefing.id, Reading.person_id == reader.id))
        .where(
            Briefing.id > (last[0].id if last else 0),
            Reading.read_at.is_not(None),
            sa.not_(is_hidden_from(reader)),
        )
        .order_by(Briefing.id.desc())
        .limit(BOOKS)
    )
    for row, accounts, read_at in db.session.execute(query):
        if subject in accounts:
            told = [one for one in _facts_of(row).accounts if one.account.reference == subject]
            if told:
                return row, told[0], read_at
    return None
