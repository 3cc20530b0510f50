"""Reading losses: what is known of a lost customer, and the notes about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contract, Lifecycle
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.policies import queries as policy_queries
from portal.core import access, paging
from portal.core.access import Actor, RelationKind, Restriction, Subject
from portal.core.calendar import from_local
from portal.core.db import db, money_of
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor

from .. import rules
from ..models import Factor, LossNote, LossState, Postmortem
from .reading import house

N, RELATION = LossNote, access.Relation
NO_CASE = (CaseState.DRAFT, CaseState.REQUESTED, CaseState.VOID, CaseState.MERGED)


@dataclass(frozen=True)
class LossLine:
    """A loss note in a list; `arr_minor` is the yearly revenue at the day, where it is known."""

    id: int
    reference: str
    account_ref: str
    account_name: str
    state: LossState
    owner_id: int | None
    owner: str | None
    lost_on: date
    due_on: date
    factor: Factor | None
    what: str
    arr_minor: int | None
    currency: str
    sentence: str

    @property
    def arr(self) -> Money | None:
        """Give the yearly revenue that was lost, None where it is not known."""
        return money_of(self, "arr")


def loss_facts(account: Account, *, now: datetime) -> tuple[date, rules.Facts]:
    """Give when a customer was lost, and what the rules ask about it."""
    today = rules.local_day(now, zone=account.zone)
    day = rules.lost_on(_last_end(account), today=today)
    at = min(from_local(datetime.combine(day, time(18)), account.zone), now)
    loss = rules.Loss(
        at,
        _revenue(account, on=day),
        account_queries.total_arr(now),
        last_escalation_at=_last_case(account, at),
        last_sponsorship_at=_last_sponsorship(account, at),
    )
    return day, rules.Facts(zone=account.zone, loss=loss)


def _last_end(account: Account) -> date | None:
    query = sa.select(sa.func.max(Contract.ends_on)).where(Contract.account_id == account.id)
    return db.session.scalar(query)


def _revenue(account: Account, *, on: date) -> Money | None:
    """Give what they paid a year, in the currency in which the whole is counted; None where that
    cannot be known.
    """
    if account.arr_minor is None:
        return None
    own, target = from_minor(account.arr_minor, account.currency), house().currency
    if own.currency.code == target:
        return own
    known = policy_queries.rate(own.currency.code, target, on=on)
    return None if known is None else Money(own.amount * known[0], target)


def _last_case(account: Account, at: datetime) -> datetime | None:
    """Give when a case of theirs was open last: up to now where one is."""
    query = sa.select(Escalation.closed_at).where(
        Escalation.account_id == account.id, Escalation.state.not_in(NO_CASE)
    )
    ends = list(db.session.scalars(query))
    return max((end or at for end in ends), default=None)


def _last_sponsorship(account: Account, at: datetime) -> datetime | None:
    """Give when an executive of ours stood beside them last: up to now where one does."""
    query = sa.select(RELATION.until).where(
        RELATION.account_id == account.id, RELATION.kind == RelationKind.SPONSOR
    )
    return max((min(end or at, at) for end in db.session.scalars(query)), default=None)


def last_case(account: Account) -> Escalation | None:
    """Give the case of a customer that was opened last, None where there was none."""
    found: Escalation | None = db.session.scalar(
        sa.select(Escalation)
        .where(Escalation.account_id == account.id, Escalation.state.not_in(NO_CASE))
        .order_by(Escalation.opened_at.desc(), Escalation.id.desc())
        .limit(1)
    )
    return found


def of_account(account: Account) -> list[Postmortem]:
    """Give every post-mortem of a customer to our own work, oldest first."""
    query = sa.select(Postmortem).where(Postmortem.account_id == account.id)
    return list(db.session.scalars(query.order_by(Postmortem.id)))


def lost_account(account_id: int) -> Account | None:
    """Give an account that is lost to our own work, held until the transaction ends; None where
    it is not.
    """
    found: Account | None = db.session.scalar(
        sa.select(Account)
        .where(Account.id == account_id, Account.lifecycle == Lifecycle.LOST)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


def losses_missed(*, since: datetime) -> list[int]:
    """Give the lost accounts changed since a moment that nothing was opened for, for the sweep."""
    noted = sa.exists().where(N.account_id == Account.id)
    written = sa.exists().where(
        Postmortem.account_id == Account.id, Postmortem.became_due_at >= Account.updated_at
    )
    query = sa.select(Account.id).where(
        Account.lifecycle == Lifecycle.LOST,
        Account.updated_at > since,
        account_queries.visible(),
        ~noted,
        ~written,
    )
    return list(db.session.scalars(query.order_by(Account.id)))


def note_of(account: Account) -> LossNote | None:
    """Give the note about a customer that is not void, None where there is none."""
    found: LossNote | None = db.session.scalar(
        sa.select(N)
        .where(N.account_id == account.id, N.state != LossState.VOID)
        .order_by(N.id.desc())
        .limit(1)
    )
    return found


def notes_due() -> list[LossNote]:
    """Give every note that is still to be written, to our own work."""
    return list(db.session.scalars(sa.select(N).where(N.state == LossState.DUE).order_by(N.id)))


def loss_seen_by(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for the loss notes that a viewer may see: those of their customers."""
    return access.scope(
        viewer,
        Subject.POSTMORTEM,
        account_id=N.account_id,
        refs=(N.reference,),
        restricted=sa.exists().where(Restriction.record_ref == N.reference),
        now=now,
    )


def get_loss(viewer: Actor, reference: str, *, now: datetime, lock: bool = False) -> LossNote:
    """Give a loss note; `NotFound` where there is none for this viewer."""
    query = sa.select(N).where(N.reference == reference, loss_seen_by(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: LossNote | None = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def losses(
    viewer: Actor,
    *,
    now: datetime,
    account: str = "",
    state: LossState | None = None,
    begins: date | None = None,
    ends: date | None = None,
) -> sa.Select[Any]:
    """Select the loss notes that a viewer sees, lost from one day to before another."""
    query: Any = (
        sa.select(
            N.id,
            N.reference,
            Account.reference.label("account_ref"),
            Account.name.label("account_name"),
            N.state,
            N.owner_id,
            User.name.label("owner"),
            N.lost_on,
            N.due_on,
            N.factor,
            N.what,
            N.arr_minor,
            N.currency,
            N.sentence,
        )
        .join(Account, Account.id == N.account_id)
        .outerjoin(User, User.id == N.owner_id)
        .where(loss_seen_by(viewer, now=now), N.state != LossState.VOID)
    )
    if account:
        query = query.where(Account.reference == account)
    if state is not None:
        query = query.where(N.state == state)
    if begins is not None:
        query = query.where(N.lost_on >= begins)
    found: sa.Select[Any] = query if ends is None else query.where(N.lost_on < ends)
    return found


def loss_page(
    viewer: Actor, *, now: datetime, account: str = "", cursor: str | None = None, limit: int = 50
) -> paging.Page[LossLine]:
    """Give a page of loss notes, the newest loss first."""
    query = losses(viewer, now=now, account=account)
    found = paging.keyset(query, sort=N.lost_on, row_id=N.id, cursor=cursor, limit=limit)
    return paging.Page([LossLine(*row) for row in found.rows], found.after, found.before)


def loss_table(viewer: Actor, *, now: datetime, account: str = "") -> Iterator[LossLine]:
    """Give every loss note that a viewer sees, the newest loss first."""
    query = losses(viewer, now=now, account=account).order_by(N.lost_on.desc(), N.id.desc())
    return (LossLine(*row) for row in db.session.execute(query))


@dataclass(frozen=True)
class LossTold:
    """What the page of a loss note says beside the note."""

    account: Account
    owner: str | None
    writer: str | None
    arr: Money | None


def loss_told(row: LossNote) -> LossTold:
    """Give what the page of a note says beside it."""
    names = auth_queries.names([row.owner_id, row.written_by_id])
    account = db.session.get_one(Account, row.account_id)
    owner, writer = (names.get(one or 0) for one in (row.owner_id, row.written_by_id))
    return LossTold(account, owner, writer, money_of(row, "arr"))


def losses_between(viewer: Actor, begins: date, ends: date, *, now: datetime) -> list[LossLine]:
    """Give the written notes about customers lost from one day to before another: they count among
    the causes like post-mortems do.
    """
    query = losses(viewer, now=now, state=LossState.WRITTEN, begins=begins, ends=ends)
    return [LossLine(*row) for row in db.session.execute(query.order_by(N.lost_on, N.id))]
