"""The models of customer value: the versions there are, and the history they are fitted to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.fitting.asking import GIVEN_UP
from portal.core.money import from_minor

from .. import rules
from ..models import Account, Contract, FitState, Lifecycle, RevenueLine, ValueModel
from ..rules import histories
from ..rules.fitted import Bought, Fitted, segment_key
from .accounts import visible
from .rates import rate_table

BATCH = 5_000


def fitted() -> Fitted | None:
    """Give the published version of the models; None: nothing was published yet."""
    in_force = sa.select(ValueModel.number, ValueModel.history_until, ValueModel.document).where(
        ValueModel.state == FitState.PUBLISHED
    )
    row = db.session.execute(in_force).first()
    return None if row is None or row.document is None else Fitted.of(*row)


def models(*, limit: int = 50) -> list[ValueModel]:
    """Give the versions, the newest first."""
    return list(
        db.session.scalars(sa.select(ValueModel).order_by(ValueModel.number.desc()).limit(limit))
    )


def model(number: int, *, lock: bool = False) -> ValueModel:
    """Give one version; NotFound where there is none. Locked, nobody else changes it."""
    query = sa.select(ValueModel).where(ValueModel.number == number)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def being_fitted(row: ValueModel, *, now: datetime) -> bool:
    """Say whether a version is still to be expected."""
    return row.state is FitState.FITTING and not given_up(row, now=now)


def given_up(row: ValueModel, *, now: datetime) -> bool:
    """Say whether a version was asked for so long ago that its fit will not end any more."""
    return row.state is FitState.FITTING and row.created_at <= now - GIVEN_UP


def in_force() -> ValueModel | None:
    """Give the version that values rest on."""
    return db.session.scalar(sa.select(ValueModel).where(ValueModel.state == FitState.PUBLISHED))


def history(*, on: date) -> dict[str, Any]:
    """Give what the models are fitted to, up to a day: cohorts of contracts by segment, and
    purchases without contract in the reporting currency.
    """
    return {
        "contracts": histories.cohorts(_relationships(on), on=on),
        "purchases": histories.purchases(_bought(on)),
        "currency": auth_queries.organisation().currency,
    }


def _relationships(on: date) -> Iterator[histories.Relationship]:
    """Give every customer who signed a contract: since when, and until when where they are lost.

    Somebody lost without an end of contract left in the last month they paid for.
    """
    signed = (
        sa.select(
            Contract.account_id,
            sa.func.min(Contract.starts_on).label("first"),
            sa.func.max(Contract.ends_on).label("last"),
        )
        .where(Contract.starts_on <= on)
        .group_by(Contract.account_id)
        .subquery()
    )
    paid = (
        sa.select(RevenueLine.account_id, sa.func.max(RevenueLine.month).label("month"))
        .where(RevenueLine.account_id.in_(sa.select(Account.id).where(_LOST)))
        .group_by(RevenueLine.account_id)
        .subquery()
    )
    query = (
        sa.select(
            Account.segment,
            Account.lifecycle,
            sa.func.coalesce(Account.customer_since, Account.contract_start, signed.c.first),
            signed.c.last,
            paid.c.month,
        )
        .join(signed, signed.c.account_id == Account.id)
        .outerjoin(paid, paid.c.account_id == Account.id)
        .where(visible())
    )
    for segment, lifecycle, start, last, month in db.session.execute(query):
        end = None
        if lifecycle is Lifecycle.LOST:
            known = [day for day in (last, month) if day is not None and day <= on]
            end = max(known, default=on)
        if start <= (end or on):
            yield histories.Relationship(segment_key(segment), start, end)


_LOST = Account.lifecycle == Lifecycle.LOST


def _bought(on: date) -> Iterator[Bought]:
    """Give what each customer bought who never signed a contract, on their own basis of revenue."""
    policy, _number = policy_queries.in_force(ValuePolicy)
    house = auth_queries.organisation().currency
    rates = rate_table(policy, on=on)
    order = {name: place for place, name in enumerate(policy.basis_order)}
    without = sa.select(Account.id).where(
        visible(), Account.id.not_in(sa.select(Contract.account_id))
    )
    ids = list(db.session.scalars(without.order_by(Account.id)))
    amount = sa.func.sum(RevenueLine.amount_minor)
    keys = (RevenueLine.account_id, RevenueLine.basis, RevenueLine.month, RevenueLine.currency)
    for begin in range(0, len(ids), BATCH):
        some = sa.select(*keys, amount).where(
            RevenueLine.account_id.in_(ids[begin : begin + BATCH]), RevenueLine.month <= on
        )
        found: dict[int, dict[int, list[tuple[date, Decimal]]]] = defaultdict(dict)
        broken: set[int] = set()
        for account_id, basis, month, currency, total in db.session.execute(some.group_by(*keys)):
            last_day = rules.month_end(month)
            money = rates.convert(from_minor(int(total), currency), to=house, on=min(on, last_day))
            if money is None:
                broken.add(account_id)
            elif basis.value in order:
                lines = found[account_id].setdefault(order[basis.value], [])
                lines.append((month, money.amount.amount))
        for account_id, by_basis in found.items():
            one = histories.bought(by_basis[min(by_basis)], on=on)
            if one is not None and account_id not in broken:
                yield one
