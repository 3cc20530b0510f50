"""Reading holding statements: those in force for customers one looks after, those of a case."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import AffectedAccount, Escalation
from portal.core import access
from portal.core.access import Actor, Subject
from portal.core.db import db
from portal.core.errors import NotFound

from .models import Statement, StatementReading, StatementState

S, E = Statement, Escalation
MOST = 50


@dataclass(frozen=True)
class Line:
    """A statement with the customers it is about that the reader may see, and who approved it; its
    case only for who may see the case.
    """

    row: Statement
    accounts: tuple[tuple[str, str], ...]
    approved_by: str | None
    case_ref: str | None


def _hit() -> sa.CompoundSelect[int, int]:
    """Give (case, account) of every customer that a case is about or hits, too."""
    own = sa.select(E.id.label("case_id"), E.account_id.label("account_id"))
    others = sa.select(AffectedAccount.escalation_id, AffectedAccount.account_id)
    return own.union(others)


def _readable(viewer: Actor, *, now: datetime) -> sa.Select[tuple[int, int]]:
    hit = _hit().subquery()
    seen = access.scope(viewer, Subject.ACCOUNT, account_id=hit.c.account_id, now=now)
    return sa.select(hit.c.case_id, hit.c.account_id).where(seen)


def in_force(
    viewer: Actor, *, now: datetime, words: str = "", account: str = "", limit: int = MOST
) -> list[Line]:
    """Give what may be said now to customers the viewer may see, the newest first; of one account
    by its number, or of those whose name holds some words. Restricted cases have none.
    """
    mine = _readable(viewer, now=now).subquery()
    query = (
        sa.select(S)
        .join(E, E.id == S.escalation_id)
        .join(mine, mine.c.case_id == E.id)
        .join(Account, Account.id == mine.c.account_id)
        .where(S.state == StatementState.APPROVED, S.holds_until > now, E.restricted.is_(False))
    )
    if account:
        query = query.where(Account.reference == account)
    if words:
        named = account_queries.named_like(words)
        query = query.where(sa.or_(named, Account.reference == words.upper()))
    rows = db.session.scalars(query.distinct().order_by(S.id.desc()).limit(limit))
    return _lines(list(rows), viewer, now=now)


def of_case(case: Escalation, viewer: Actor, *, now: datetime) -> list[Line]:
    """Give all statements of a case that the viewer sees, the newest first."""
    query = sa.select(S).where(S.escalation_id == case.id).order_by(S.id.desc())
    return _lines(list(db.session.scalars(query)), viewer, now=now)


def _lines(rows: list[Statement], viewer: Actor, *, now: datetime) -> list[Line]:
    ids = {row.escalation_id for row in rows}
    mine = _readable(viewer, now=now).subquery()
    hit: dict[int, list[tuple[str, str]]] = {}
    found = db.session.execute(
        sa.select(mine.c.case_id, Account.reference, Account.name)
        .join(Account, Account.id == mine.c.account_id)
        .where(mine.c.case_id.in_(ids))
        .order_by(Account.name)
    )
    for case_id, reference, name in found:
        hit.setdefault(case_id, []).append((reference, name))
    seen = sa.select(E.id, E.reference).where(E.id.in_(ids), cases.seen_by(viewer, now=now))
    refs = {one.id: one.reference for one in db.session.execute(seen)}
    names = _names(row.approved_by_id for row in rows)
    return [
        Line(
            row,
            tuple(hit.get(row.escalation_id, ())),
            names.get(row.approved_by_id or 0),
            refs.get(row.escalation_id),
        )
        for row in rows
    ]


def _names(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {one for one in ids if one}
    return {
        one.id: one.name
        for one in db.session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted)))
    }


def get(viewer: Actor, statement_id: int, *, now: datetime, lock: bool = False) -> Line:
    """Give a statement: to who may see its case, and while it holds or once it is over to who may
    see a customer it is about. `NotFound` otherwise.
    """
    query = sa.select(S).where(S.id == statement_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    [line] = _lines([row], viewer, now=now)
    said = row.state not in {StatementState.WRITTEN, StatementState.DROPPED}
    restricted = db.session.scalar(sa.select(E.restricted).where(E.id == row.escalation_id))
    if line.case_ref is None and not (said and line.accounts and not restricted):
        raise NotFound
    return line


def case_of(row: Statement) -> Escalation:
    """Give the case of a statement."""
    return db.session.get_one(Escalation, row.escalation_id)


def standing(case: Escalation, *states: StatementState) -> list[Statement]:
    """Give the statements of a case that stand in some states."""
    query = sa.select(S).where(S.escalation_id == case.id, S.state.in_(states)).order_by(S.id)
    return list(db.session.scalars(query))


def count(case: Escalation) -> int:
    """Count the statements a case ever had."""
    there = sa.select(sa.func.count()).where(S.escalation_id == case.id)
    return int(db.session.scalar(there) or 0)


def readers(row: Statement) -> set[int]:
    """Give who opened a statement."""
    query = sa.select(StatementReading.person_id).filter_by(statement_id=row.id)
    return set(db.session.scalars(query))


def front_line(case: Escalation) -> set[int]:
    """Give who looks after the customers of a case."""
    hit = sa.select(AffectedAccount.account_id).where(AffectedAccount.escalation_id == case.id)
    query = sa.select(Account.owner_id).where(
        sa.or_(Account.id == case.account_id, Account.id.in_(hit)), Account.owner_id.is_not(None)
    )
    return {one for one in db.session.scalars(query) if one is not None}


def active(people: Collection[int]) -> list[int]:
    """Give those of some people who still work here."""
    query = sa.select(User.id).where(User.id.in_(people), User.active.is_(True))
    return list(db.session.scalars(query.order_by(User.id)))


def may_end(line: Line) -> None:
    """Refuse to let somebody end a statement whose case they may not see: `NotFound`."""
    if line.case_ref is None:
        raise NotFound
