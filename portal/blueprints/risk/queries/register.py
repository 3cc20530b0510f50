"""The register of risks: a list, a five-by-five map, and one risk with its tasks and stages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import User
from portal.core import access, paging
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor

from .. import rules
from ..models import RiskEntry, RiskMove, RiskTask, Stage

E = RiskEntry


@dataclass(frozen=True)
class EntryLine:
    """A risk as the register lists it."""

    id: int
    reference: str
    title: str
    account: str
    account_name: str
    likelihood: int
    impact: int
    stage: Stage
    days: int
    loss: Money | None
    owner: str | None
    review_on: date


_LINE: tuple[Any, ...] = (
    E.id,
    E.reference,
    E.title,
    E.likelihood,
    E.impact,
    E.stage,
    E.stage_since,
    E.loss_minor,
    E.currency,
    E.review_on,
    Account.reference.label("account"),
    Account.name.label("account_name"),
    User.name.label("owner"),
)


def _seen(
    viewer: Actor, *, now: access.Instant, stage: Stage | None, cell: tuple[int, int] | None
) -> Iterator[sa.ColumnElement[bool]]:
    yield accounts.mine(viewer, now=now, klass=K.CONFIDENTIAL)
    yield E.stage == stage if stage else E.stage.not_in(rules.ENDED)
    if cell:
        yield E.likelihood == cell[0]
        yield E.impact == cell[1]


def entries(
    viewer: Actor,
    *,
    now: datetime,
    stage: Stage | None = None,
    cell: tuple[int, int] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[EntryLine]:
    """Give a page of the register, the next review first: the risks that are worked on, or those of
    one stage; `cell` is likelihood and impact.
    """
    query: sa.Select[Any] = (
        sa.select(*_LINE)
        .join(Account, Account.id == E.account_id)
        .outerjoin(User, User.id == E.owner_id)
        .where(*_seen(viewer, now=access.AT_RUN, stage=stage, cell=cell))
    )
    found = paging.keyset(
        query,
        sort=E.review_on,
        row_id=E.id,
        descending=False,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )
    return paging.Page([_line(row, now=now) for row in found.rows], found.after, found.before)


def _line(row: Any, *, now: datetime) -> EntryLine:
    return EntryLine(
        id=row.id,
        reference=row.reference,
        title=row.title,
        account=row.account,
        account_name=row.account_name,
        likelihood=row.likelihood,
        impact=row.impact,
        stage=row.stage,
        days=rules.days_between(row.stage_since, now),
        loss=None if row.loss_minor is None else from_minor(row.loss_minor, row.currency),
        owner=row.owner,
        review_on=row.review_on,
    )


def of_account(account: Account, *, now: datetime) -> list[EntryLine]:
    """Give every risk of an account that the viewer sees, those worked on first."""
    query = (
        sa.select(*_LINE)
        .join(Account, Account.id == E.account_id)
        .outerjoin(User, User.id == E.owner_id)
        .where(E.account_id == account.id)
        .order_by(E.stage.in_(rules.ENDED), E.review_on, E.id)
    )
    return [_line(row, now=now) for row in db.session.execute(query)]


def register_map(viewer: Actor, *, now: datetime) -> dict[tuple[int, int], tuple[int, Money]]:
    """Give for each cell of the map (likelihood, impact) how many risks are worked on, and what is
    expected to be lost with those whose value is known in the reporting currency.
    """
    currency = auth.organisation().currency
    known = sa.case((E.currency == currency, sa.func.coalesce(E.loss_minor, 0)), else_=0)
    query = (
        sa.select(E.likelihood, E.impact, sa.func.count(), sa.func.sum(known))
        .join(Account, Account.id == E.account_id)
        .where(*_seen(viewer, now=now, stage=None, cell=None))
        .group_by(E.likelihood, E.impact)
    )
    return {
        (likelihood, impact): (count, from_minor(int(loss), currency))
        for likelihood, impact, count, loss in db.session.execute(query)
    }


def entry(viewer: Actor, reference: str, *, now: datetime) -> tuple[RiskEntry, Account]:
    """Give a risk by its reference with its account; `NotFound` where the viewer sees none."""
    query = (
        sa.select(E, Account)
        .join(Account, Account.id == E.account_id)
        .where(E.reference == reference, accounts.mine(viewer, now=now, klass=K.CONFIDENTIAL))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def tasks(row: RiskEntry) -> list[Any]:
    """Give the tasks of a plan with who does them, those to be done first."""
    query = (
        sa.select(
            RiskTask.id, RiskTask.what, RiskTask.due_on, RiskTask.done_at, User.name.label("owner")
        )
        .outerjoin(User, User.id == RiskTask.owner_id)
        .where(RiskTask.entry_id == row.id)
        .order_by(RiskTask.done_at.is_not(None), RiskTask.due_on, RiskTask.id)
    )
    return list(db.session.execute(query))


def task(row: RiskEntry, task_id: int) -> RiskTask:
    """Give one task of a plan."""
    query = sa.select(RiskTask).where(RiskTask.id == task_id, RiskTask.entry_id == row.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def moves(row: RiskEntry) -> list[Any]:
    """Give the stages that a risk came to, the last first, with who moved it and why."""
    query = (
        sa.select(RiskMove.from_stage, RiskMove.to_stage, RiskMove.why, RiskMove.at, User.name)
        .outerjoin(User, User.id == RiskMove.by_id)
        .where(RiskMove.entry_id == row.id)
        .order_by(RiskMove.id.desc())
    )
    return list(db.session.execute(query))
