"""Everything that the page of one account shows, fully loaded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from portal.blueprints.auth import queries as auth_queries
from portal.core.access import Actor
from portal.core.money import Money, zero
from portal.core.paging import Page

from .. import rules
from ..models import Account, Contact, Contract, Lane, PromiseState
from ..rules.headline import headline
from ..rules.mapping import shifted
from .accounts import arr, contacts, contracts, may_edit, sees_cases, sees_value_of
from .history import Entry, PromiseLine, promises, timeline
from .kinship import has_family
from .value import at_stake, local_date, revenue_months, value

SHOWN_MONTHS = 12


@dataclass(frozen=True)
class Dossier:
    """What is known of an account, as far as the viewer may read it; None: not for them."""

    account: Account
    sentence: str
    owner: str | None
    seller: str | None
    arr: Money | None
    notice: rules.NoticeDay | None
    value: rules.CustomerValue | None
    months: list[tuple[date, Money]]
    monthly: Money | None
    contacts: list[Contact] | None
    contracts: list[Contract] | None
    stakes: tuple[rules.Explained[Money], ...]
    promises: list[PromiseLine]
    history: Page[Entry]
    open_cases: int | None
    worst_severity: str | None
    editable: bool
    in_family: bool
    today: date


def dossier(
    viewer: Actor,
    account: Account,
    *,
    now: datetime,
    lanes: Collection[Lane] | None = None,
    cursor: str | None = None,
) -> Dossier:
    """Load what the page of an account shows to this viewer."""
    open_books = sees_value_of(viewer, account, now=now)
    names = auth_queries.names([account.owner_id, account.account_executive_id])
    worth = value(account.id, at=now, viewer=viewer) if open_books else None
    months = _months(account, worth) if worth else []
    cases = sees_cases(viewer, account.owner_id)
    day = worth.on if worth else local_date(now, auth_queries.organisation().zone)
    return Dossier(
        account=account,
        sentence=_sentence(account, worth, cases=cases, today=day),
        owner=names.get(account.owner_id or 0),
        seller=names.get(account.account_executive_id or 0),
        arr=arr(account) if open_books else None,
        notice=_notice(account, today=day),
        value=worth,
        months=months,
        monthly=_average(months),
        contacts=contacts(account) if open_books else None,
        contracts=contracts([account.id]) if open_books else None,
        stakes=at_stake([account.id], at=now).total.inputs if open_books else (),
        promises=promises(
            viewer, now=now, account_id=account.id, states=[PromiseState.OPEN, PromiseState.BROKEN]
        ),
        history=timeline(viewer, account.id, now=now, lanes=lanes, cursor=cursor),
        open_cases=account.open_cases if cases else None,
        worst_severity=account.worst_severity if cases else None,
        editable=may_edit(viewer, account),
        in_family=has_family(account),
        today=day,
    )


def _sentence(
    account: Account, worth: rules.CustomerValue | None, *, cases: bool, today: date
) -> str:
    return headline(
        name=account.name,
        lifecycle=account.lifecycle,
        renewal_on=account.renewal_on,
        worth=worth.decision.base.value if worth else None,
        years=worth.decision.horizon_years if worth else 0,
        band=account.risk_band if worth else None,
        worst_severity=account.worst_severity if cases else None,
        today=today,
    )


def _notice(account: Account, *, today: date) -> rules.NoticeDay | None:
    """Give the next day by which notice can be given, where the contract says one."""
    if account.renewal_on is None or account.notice_days is None or account.renewal_on.year < 1900:
        return None
    return rules.notice_day(account.renewal_on, account.notice_days, today=today)


def _months(account: Account, worth: rules.CustomerValue) -> list[tuple[date, Money]]:
    """Give the last complete months on the basis that the value rests on, in the account's own
    currency; a month without revenue is zero.
    """
    end = worth.on.replace(day=1)
    sums: dict[date, Money] = {}
    for month in revenue_months([account.id], until=worth.on).get(account.id, []):
        same = month.basis == worth.basis.value and month.amount.currency.code == account.currency
        if same:
            first = month.month.replace(day=1)
            sums[first] = sums.get(first, zero(account.currency)) + month.amount
    if not sums:
        return []
    shown = [shifted(end, -back) for back in range(SHOWN_MONTHS, 0, -1)]
    begun = [month for month in shown if month >= min(sums)]
    return [(month, sums.get(month, zero(account.currency))) for month in begun]


def _average(months: list[tuple[date, Money]]) -> Money | None:
    last = [amount for _month, amount in months[-12:]]
    if not last:
        return None
    total = sum((amount.amount for amount in last), Decimal(0))
    return Money((total / len(last)).quantize(Decimal(1)), last[0].currency)
