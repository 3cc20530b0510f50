"""What is at stake in a case: the annual recurring revenue of the account's own contracts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract, Lifecycle
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.core.db import db
from portal.core.money import Money, from_minor, rounded, zero

from .clocks import today_of


@dataclass(frozen=True)
class Stake:
    """An account's ARR in its own and in the reporting currency, beside the ARR of all accounts
    under contract; None where it, or a rate for it, is not known. `day` is the day it holds for.
    """

    own: Money | None
    reporting: Money | None
    total: Money | None
    day: date

    @property
    def share(self) -> Decimal | None:
        """Give the share of total ARR at stake, None where one of the two is unknown."""
        if self.reporting is None or self.total is None or self.total.amount <= 0:
            return None
        return Decimal(self.reporting.amount) / Decimal(self.total.amount)


def stake_of(account: Account, *, now: datetime) -> Stake:
    """Give what an account's contracts are worth a year, each contract once."""
    day = today_of(account, now).date()
    currency = auth_queries.organisation().currency
    rates = policy_queries.rates(on=day)
    running = sa.and_(
        Contract.starts_on <= day, sa.or_(Contract.ends_on.is_(None), Contract.ends_on >= day)
    )
    rows = db.session.execute(
        sa.select(Contract.currency, sa.func.sum(Contract.arr_minor))
        .where(Contract.account_id == account.id, Contract.arr_minor.is_not(None), running)
        .group_by(Contract.currency)
    )
    amounts = [from_minor(int(count or 0), code) for code, count in rows]
    if not amounts and account.arr_minor is not None:
        amounts = [from_minor(account.arr_minor, account.currency)]
    own = amounts[0] if len(amounts) == 1 else _sum(amounts, account.currency, rates)
    return Stake(own, _sum(amounts, currency, rates), _total(currency, rates), day)


def _total(currency: str, rates: dict[tuple[str, str], tuple[Decimal, date]]) -> Money | None:
    """Give the ARR of all accounts under contract; what has no rate is left out."""
    rows = db.session.execute(
        sa.select(Account.currency, sa.func.sum(Account.arr_minor))
        .where(
            Account.arr_minor.is_not(None),
            Account.merged_into_id.is_(None),
            Account.lifecycle.not_in([Lifecycle.PROSPECT, Lifecycle.LOST]),
        )
        .group_by(Account.currency)
    )
    known = [
        from_minor(int(count or 0), code)
        for code, count in rows
        if code == currency or (code, currency) in rates
    ]
    return _sum(known, currency, rates)


def _sum(
    amounts: list[Money], currency: str, rates: dict[tuple[str, str], tuple[Decimal, date]]
) -> Money | None:
    """Add amounts up in one currency; None where there are none or a rate is not known."""
    total = zero(currency)
    for amount in amounts:
        code = amount.currency.code
        if code == currency:
            total += amount
        elif (code, currency) in rates:
            total += Money(amount.amount * rates[code, currency][0], currency)
        else:
            return None
    return rounded(total) if amounts else None
