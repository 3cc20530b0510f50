"""What customers are worth and what is at stake, from contracts and revenue, by the rules."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor, rounded, zero

from .. import rules
from ..models import Account, Contract, Lifecycle, RevenueLine
from ..rules.mapping import shifted
from ..rules.ranking import lifetime_factor
from .accounts import mine, visible
from .fits import fitted
from .rates import rate_table


@dataclass(frozen=True)
class Month:
    """What a customer spent in a month on one basis."""

    month: date
    basis: Any
    amount: Money


def local_date(at: datetime, zone: str) -> date:
    """Give the day that an instant falls on in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def revenue_months(
    account_ids: Sequence[int], *, until: date | None = None
) -> dict[int, list[Month]]:
    """Give what accounts spent by month, basis and currency, the oldest first; corrections are in
    the sums.
    """
    amount = sa.func.sum(RevenueLine.amount_minor).label("amount")
    keys = (RevenueLine.account_id, RevenueLine.month, RevenueLine.basis, RevenueLine.currency)
    query = sa.select(*keys, amount).where(RevenueLine.account_id.in_(account_ids))
    if until is not None:
        query = query.where(RevenueLine.month <= until)
    found: dict[int, list[Month]] = defaultdict(list)
    for account_id, month, basis, currency, total in db.session.execute(
        query.group_by(*keys).order_by(RevenueLine.month)
    ):
        found[account_id].append(Month(month, basis, from_minor(int(total), currency)))
    return found


def _signed(contract: Any, reference: str) -> rules.Contract:
    arr = contract.arr_minor
    return rules.Contract(
        # A customer may number contracts as another does: the account makes the key distinct.
        reference=f"{reference} {contract.number}",
        account=reference,
        start=contract.starts_on,
        end=contract.ends_on,
        arr=None if arr is None else from_minor(arr, contract.currency),
        notice_days=contract.notice_days,
        may_leave_from=contract.may_leave_from,
    )


def value(account_id: int, *, at: datetime, viewer: Actor) -> rules.CustomerValue:
    """Reckon what an account is worth at a moment, in the reporting currency, with every input.

    `NotFound` for a viewer who may not read the value of this account.
    """
    seen = mine(viewer, now=at, klass=K.CONFIDENTIAL)
    account = db.session.scalar(sa.select(Account).where(Account.id == account_id, seen))
    if account is None:
        raise NotFound
    return values_of([account], at=at)[account.id]


def values_of(accounts: Sequence[Account], *, at: datetime) -> dict[int, rules.CustomerValue]:
    """Reckon what accounts are worth at a moment, by id, in the reporting currency, in as many
    statements as for one; for callers that have checked who asks.
    """
    policy, number = policy_queries.in_force(ValuePolicy)
    house = auth_queries.organisation()
    on = local_date(at, house.zone)
    ids = [account.id for account in accounts]
    signed: dict[int, list[Contract]] = defaultdict(list)
    for contract in db.session.scalars(sa.select(Contract).where(Contract.account_id.in_(ids))):
        signed[contract.account_id].append(contract)
    months, rates, models = revenue_months(ids, until=on), rate_table(policy, on=on), fitted()
    return {
        account.id: rules.customer_value(
            _customer(account, zone=house.zone),
            [
                rules.RevenueLine(
                    m.month, m.amount, m.basis, f"{account.reference} {m.month:%Y-%m}"
                )
                for m in months[account.id]
            ],
            [_signed(contract, account.reference) for contract in signed[account.id]],
            policy=policy,
            policy_source=f"value v{number}",
            rates=rates,
            currency=house.currency,
            on=on,
            fitted=models,
        )
        for account in accounts
    }


def _spent_in(account: Account, month: Month) -> str:
    return f"{account.reference} {month.month:%Y-%m}"


def _customer(account: Account, *, zone: str) -> rules.Customer:
    return rules.Customer(
        reference=account.reference,
        segment=account.segment,
        since=account.customer_since or account.contract_start,
        gross_margin=account.gross_margin,
        margin_on=local_date(account.updated_at, zone),
        lost=account.lifecycle is Lifecycle.LOST,
    )


_SIGNED = (
    sa.select(
        Contract.number,
        Contract.currency,
        Contract.arr_minor,
        Contract.starts_on,
        Contract.ends_on,
        Contract.notice_days,
        Contract.may_leave_from,
        Account.reference,
    )
    .join(Account, Account.id == Contract.account_id)
    .where(Contract.account_id.in_(sa.bindparam("accounts", expanding=True)))
)
NO_RATES = rules.RateTable([], max_age_days=0)


def at_stake(account_ids: Sequence[int], *, at: datetime) -> rules.AtStake:
    """Give the yearly revenue of the distinct contracts of accounts, in the reporting currency."""
    return _staked(_contracts_of(account_ids), at=at)


def stakes_of(account_ids: Sequence[int], *, at: datetime) -> dict[str, rules.AtStake]:
    """Give what `at_stake` says of each account alone, by reference; one without a contract is not
    in it.
    """
    apart: dict[str, list[Any]] = defaultdict(list)
    for row in _contracts_of(account_ids):
        apart[row.reference].append(row)
    return {reference: _staked(rows, at=at) for reference, rows in apart.items()}


def _contracts_of(account_ids: Sequence[int]) -> Sequence[Any]:
    db.session.flush()
    return db.session.connection().execute(_SIGNED, {"accounts": list(account_ids)}).all()


def _staked(rows: Sequence[Any], *, at: datetime) -> rules.AtStake:
    house = auth_queries.organisation()
    on = local_date(at, house.zone)
    rates = NO_RATES
    if any(row.currency != house.currency for row in rows):
        rates = rate_table(policy_queries.in_force(ValuePolicy)[0], on=on)
    signed = [_signed(row, row.reference) for row in rows]
    return rules.at_stake(signed, to=house.currency, on=on, rates=rates)


TOTAL_KEPT = timedelta(minutes=1)
_TOTALS: dict[str, tuple[datetime, Money]] = {}


def forget_totals() -> None:
    """Add up anew the next time: the contracts are those of another database."""
    _TOTALS.clear()


def total_arr(at: datetime) -> Money:
    """Give the yearly revenue of every contract in force, in the reporting currency, as it stood
    at most a minute before: adding up every contract for each case declared grows with the company.
    """
    database = str(db.session.get_bind().engine.url)
    kept = _TOTALS.get(database)
    if kept is None or not kept[0] <= at < kept[0] + TOTAL_KEPT:
        kept = _TOTALS[database] = (at, _total_arr(at))
    return kept[1]


def _total_arr(at: datetime) -> Money:
    """Add up the yearly revenue of every contract in force at a moment, in the reporting currency.

    One aggregate; a currency without a rate is left out, so the sum is then a lower bound.
    """
    house = auth_queries.organisation()
    on = local_date(at, house.zone)
    in_force = sa.and_(
        Contract.starts_on <= on, sa.or_(Contract.ends_on.is_(None), Contract.ends_on > on)
    )
    query = (
        sa.select(Contract.currency, sa.func.sum(Contract.arr_minor))
        .join(Account, Account.id == Contract.account_id)
        .where(in_force, Contract.arr_minor.is_not(None), visible())
        .group_by(Contract.currency)
    )
    sums = [(c, from_minor(int(total or 0), c)) for c, total in db.session.execute(query)]
    answer = zero(house.currency)
    foreign = [amount for code, amount in sums if code != house.currency]
    if foreign:
        policy, _number = policy_queries.in_force(ValuePolicy)
        rates = rate_table(policy, on=on)
        for amount in foreign:
            converted = rates.convert(amount, to=house.currency, on=on)
            answer += rounded(converted.amount) if converted else zero(house.currency)
    return answer + sum((a for code, a in sums if code == house.currency), zero(house.currency))


def ranking(*, at: datetime) -> dict[int, rules.Standing]:
    """Rank all accounts under contract by expected lifetime value over the decision horizon.

    The same figures as `value`, from one sum per account: base = last 12 months × margin × factor,
    where the factor depends on segment and tenure alone.
    """
    policy, _number = policy_queries.in_force(ValuePolicy)
    house = auth_queries.organisation()
    on = local_date(at, house.zone)
    rates = rate_table(policy, on=on)
    last = _revenue_of_a_year(policy, to=house.currency, on=on, rates=rates)
    running = sa.select(Contract.account_id).where(
        Contract.starts_on <= on, sa.or_(Contract.ends_on.is_(None), Contract.ends_on > on)
    )
    accounts = sa.select(
        Account.id,
        Account.segment,
        sa.func.coalesce(Account.customer_since, Account.contract_start).label("since"),
        Account.gross_margin,
    ).where(visible(), Account.lifecycle != Lifecycle.LOST, Account.id.in_(running))
    values: dict[int, Money | None] = {}
    models = fitted()
    for account_id, segment, noted, margin in db.session.execute(accounts):
        yearly, first = last.get(account_id, (None, None))
        since = noted or first
        if yearly is None or margin is None or since is None:
            continue
        renewals = rules.whole_months(since, on) // 12
        factor = lifetime_factor(policy, segment=segment, renewals=renewals, fitted=models)
        values[account_id] = rounded(Money(yearly * margin * factor, house.currency))
    return rules.standings(values, policy=policy)


def _revenue_of_a_year(
    policy: ValuePolicy, *, to: str, on: date, rates: rules.RateTable
) -> dict[int, tuple[Decimal | None, date]]:
    """Give per account the revenue of the last twelve complete months on its own basis (None: none,
    or without a rate), and its first month.
    """
    end = on.replace(day=1)
    start = shifted(end, -12)
    order = {name: place for place, name in enumerate(policy.basis_order)}
    amount = sa.func.sum(RevenueLine.amount_minor)
    keys = (RevenueLine.account_id, RevenueLine.basis)
    firsts = sa.select(*keys, sa.func.min(RevenueLine.month)).where(RevenueLine.month <= on)
    basis: dict[int, tuple[int, date]] = {}
    for account_id, name, first in db.session.execute(firsts.group_by(*keys)):
        place = order.get(name.value)
        if place is not None and (account_id not in basis or place < basis[account_id][0]):
            basis[account_id] = (place, first)
    found: dict[int, tuple[Decimal | None, date]] = {
        account_id: (None, first) for account_id, (_place, first) in basis.items()
    }
    lines = (
        sa.select(*keys, RevenueLine.month, RevenueLine.currency, amount)
        .where(RevenueLine.month >= start, RevenueLine.month < end)
        .group_by(*keys, RevenueLine.month, RevenueLine.currency)
    )
    unknown: set[int] = set()
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for account_id, name, month, currency, total in db.session.execute(lines):
        if order.get(name.value) != basis.get(account_id, (None,))[0]:
            continue
        last_day = shifted(month.replace(day=1), 1) - timedelta(days=1)
        money = rates.convert(from_minor(int(total), currency), to=to, on=min(on, last_day))
        if money is None:
            unknown.add(account_id)
        else:
            sums[account_id] += money.amount.amount
    for account_id, year in sums.items():
        if account_id not in unknown:
            found[account_id] = (rounded(Money(year, to)).amount, basis[account_id][1])
    return found
