"""What is at stake in a case: the annual recurring revenue of the account's own contracts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.core.money import Money


@dataclass(frozen=True)
class Stake:
    """An account's ARR beside the ARR of all contracts, both in the reporting currency; `amount` is
    None where it, or a rate for it, is not known.
    """

    amount: Money | None
    total: Money

    @property
    def share(self) -> Decimal | None:
        """Give the share of total ARR at stake, None where it is unknown."""
        if self.amount is None or self.total.amount <= 0:
            return None
        return Decimal(self.amount.amount) / Decimal(self.total.amount)


def stake_of(account: Account, *, now: datetime) -> Stake:
    """Give what an account's contracts are worth a year, each contract once."""
    found = account_queries.at_stake([account.id], at=now)
    amount = found.total.value
    known = amount if amount is not None and amount.amount > 0 else None
    return Stake(known, account_queries.total_arr(now))
