"""What a customer has signed and spent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import Money, from_minor, minor, rounded

from .. import queries
from ..models import Account, Basis, Contract, RevenueLine
from ..queries.value import local_date
from ..rules import Objection, objections_to_contract, objections_to_revenue
from ..rules.text import tidy


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """A line of revenue to add; `month` is any of its days, the amount is without tax."""

    account_id: int
    month: date
    amount: Money
    basis: Basis
    product: str = ""
    legal_entity_id: int | None = None
    corrects_id: int | None = None


def today(now: datetime) -> date:
    """Give the day it is in the organisation's zone."""
    return local_date(now, auth_queries.organisation().zone)


def refuse(objections: Iterable[Objection], fields: Mapping[str, str] | None = None) -> None:
    """Refuse for the first objection that stops; `fields` names our fields for the rules' own."""
    for objection in objections:
        if objection.stops:
            field = objection.field or ""
            raise Refused(objection.message, field=(fields or {}).get(field, field) or None)


def add_contract(
    account: Account,
    *,
    number: str,
    starts_on: date,
    ends_on: date | None,
    arr: Money | None,
    by: Actor,
    now: datetime,
    notice_days: int | None = None,
    may_leave_from: date | None = None,
    product: str = "",
    legal_entity_id: int | None = None,
) -> Contract:
    """Add what a customer has signed; the account's yearly revenue, renewal and notice follow it.

    Refused for negative or unbelievable money and for dates that cannot be.
    """
    _refuse_terms(arr, starts_on=starts_on, ends_on=ends_on, notice_days=notice_days, now=now)
    signed, number = queries.contracts([account.id]), tidy(number)
    if not number:
        raise Refused(_("A contract needs its number."), field="number")
    if any(contract.number == number for contract in signed):
        raise Refused(_("This account already has a contract of this number."), field="number")
    contract = Contract(
        account_id=account.id,
        number=number,
        product=tidy(product),
        starts_on=starts_on,
        ends_on=ends_on,
        notice_days=notice_days,
        may_leave_from=may_leave_from,
        arr_minor=None if arr is None else minor(rounded(arr)),
        currency=arr.currency.code if arr else account.currency,
        legal_entity_id=legal_entity_id,
        created_at=now,
        updated_at=now,
    )
    db.session.add(contract)
    db.session.flush()
    restate(account, [*signed, contract], now=now)
    events.record(
        "accounts.contract_added",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        changes={"number": (None, number), "arr": (None, arr)},
    )
    return contract


def _refuse_terms(
    arr: Money | None,
    *,
    starts_on: date,
    ends_on: date | None,
    notice_days: int | None,
    now: datetime,
) -> None:
    policy, _number = policy_queries.in_force(ValuePolicy)
    refuse(
        objections_to_contract(
            arr=arr,
            start=starts_on,
            end=ends_on,
            notice_days=notice_days,
            today=today(now),
            limits=policy.limits,
        ),
        {"start": "starts_on", "end": "ends_on"},
    )


def restate(account: Account, signed: Iterable[Contract], *, now: datetime) -> None:
    """Write beside the account what its contracts say: lists sort and show it without a join."""
    on = today(now)
    every = sorted(signed, key=lambda c: c.starts_on)
    running = [c for c in every if c.starts_on <= on and (c.ends_on is None or c.ends_on > on)]
    shown = running or every[-1:]
    ends = [c for c in shown if c.ends_on is not None]
    last = max(ends, key=lambda c: c.ends_on or on) if ends else None
    amounts = [from_minor(c.arr_minor, c.currency) for c in running if c.arr_minor is not None]
    arr = _together(amounts, currency=account.currency, on=on)
    account.arr_minor = None if arr is None else minor(arr)
    account.arr_sort = sort_amount(arr, on=on)
    account.contract_start = min((c.starts_on for c in every), default=None)
    account.renewal_on = last.ends_on if last else None
    account.notice_days = (last or shown[0]).notice_days if shown else None
    account.updated_at = now
    db.session.flush()


def _together(amounts: Iterable[Money], *, currency: str, on: date) -> Money | None:
    found = [
        converted
        for amount in amounts
        if (converted := in_currency(amount, currency=currency, on=on)) is not None
    ]
    return sum(found[1:], found[0]) if found else None


def in_currency(amount: Money, *, currency: str, on: date) -> Money | None:
    """Give an amount in another currency by the rate of a day, None where none is known."""
    rate = policy_queries.rate(amount.currency.code, currency, on=on)
    return None if rate is None else rounded(Money(amount.amount * rate[0], currency))


def sort_amount(arr: Money | None, *, on: date) -> int:
    """Give yearly revenue as a number that accounts of all currencies are ordered by: minor units
    of the reporting currency, 0 where it is unknown.
    """
    if arr is None:
        return 0
    house = auth_queries.organisation()
    converted = in_currency(arr, currency=house.currency, on=on)
    return 0 if converted is None else minor(converted)


def add_revenue(
    lines: Iterable[Revenue],
    *,
    source: str,
    by: Actor,
    now: datetime,
    account_id: int | None = None,
) -> int:
    """Add lines of revenue in bulk, all or none; gives how many. One event tells of them.

    Refused for an unbelievable amount or a month in the future; a negative line is a credit note.
    """
    policy, _number = policy_queries.in_force(ValuePolicy)
    on, rows = today(now), []
    for line in lines:
        refuse(objections_to_revenue(line.amount, month=line.month, today=on, limits=policy.limits))
        rows.append(
            {
                "account_id": line.account_id,
                "month": line.month.replace(day=1),
                "product": tidy(line.product),
                "basis": line.basis,
                "amount_minor": minor(line.amount),
                "currency": line.amount.currency.code,
                "legal_entity_id": line.legal_entity_id,
                "corrects_id": line.corrects_id,
                "source": source,
                "recorded_at": now,
                "import_id": None,
            }
        )
    if rows:
        db.session.execute(sa.insert(RevenueLine), rows)
        events.record(
            "accounts.revenue_added",
            by=by,
            now=now,
            account_id=account_id,
            klass=K.CONFIDENTIAL,
            data={"lines": len(rows), "source": source},
        )
    return len(rows)
