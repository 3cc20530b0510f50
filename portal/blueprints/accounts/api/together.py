"""A family with its sums, and the lines of revenue behind them."""

from flask import Response

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.api import Amount, amount_of, answer, call, read_query, shapes
from portal.core.money import Money
from portal.core.web import require, viewer

from .. import queries
from ..queries.families import Member, Total
from ..schemas.together import (
    FamilyMember,
    FamilyOut,
    FamilySum,
    RateUsed,
    RevenueAsked,
    RevenueList,
    RevenueOut,
)
from .blueprint import bp


@bp.get("/<reference>/family")
@require(Permission.ACCOUNTS_READ)
@shapes(gives=FamilyOut)
def family(reference: str) -> Response:
    """Give the family of an account: its members, and the sums over them."""
    return call(lambda: _family(reference))


def _family(reference: str) -> Response:
    now = clock.now()
    account = queries.get(viewer(), reference, now=now, klass=K.CONFIDENTIAL)
    found = queries.family(viewer(), account, now=now)
    return answer(
        FamilyOut(
            members=[_member(one) for one in found.members],
            hidden=found.hidden,
            last_12_months={k: _sum(total) for k, total in found.last_12_months.items()},
            revenue_to_date={k: _sum(total) for k, total in found.revenue_to_date.items()},
            at_stake=_sum(found.stake),
            contracted_firm=_sum(found.firm),
            contracted_may_leave=_sum(found.may_leave),
            open_cases=found.open_cases,
            compensation=_amounts(found.given),
            sponsored=found.sponsored,
        )
    )


def _sum(total: Total) -> FamilySum:
    return FamilySum(amount=amount_of(total.amount), unknown=total.unknown)


def _amounts(given: dict[str, Money] | None) -> dict[str, Amount] | None:
    if given is None:
        return None
    return {name: found for name, money in given.items() if (found := amount_of(money))}


def _member(one: Member) -> FamilyMember:
    return FamilyMember(
        reference=one.reference,
        name=one.name,
        parent=one.parent,
        basis=one.value.basis.value,
        last_12_months=amount_of(one.value.last_12_months.value),
        revenue_to_date=amount_of(one.value.revenue_to_date.value),
        at_stake=amount_of(one.stake.value),
        contracted_firm=amount_of(one.value.remaining.firm.value),
        contracted_may_leave=amount_of(one.value.remaining.may_leave.value),
        open_cases=one.open_cases,
        compensation=_amounts(one.given),
        sponsored=one.sponsored,
    )


@bp.get("/<reference>/revenue")
@require(Permission.ACCOUNTS_READ)
@shapes(asks=RevenueAsked, gives=RevenueList)
def revenue(reference: str) -> Response:
    """Give an account's lines of revenue, each in its currency and in the reporting one."""
    return call(lambda: _revenue(reference))


def _revenue(reference: str) -> Response:
    now, asked = clock.now(), read_query(RevenueAsked)
    account = queries.get(viewer(), reference, now=now, klass=K.CONFIDENTIAL)
    found = queries.spending(
        viewer(),
        account,
        now=now,
        basis=asked.basis,
        product=asked.product,
        until=asked.until,
    )
    items = [
        RevenueOut(
            month=line.month,
            product=line.product,
            basis=line.basis,
            amount=amount_of(line.amount),
            reporting=amount_of(line.reporting),
            rates=[
                RateUsed(base=r.base, quote=r.quote, on=r.on, value=r.value, source=r.source)
                for r in line.rates
            ],
            source=line.source,
            recorded_at=line.recorded_at,
            corrects_month=line.corrects[0] if line.corrects else None,
            corrects_amount=amount_of(line.corrects[1]) if line.corrects else None,
        )
        for line in found.lines
    ]
    return answer(
        RevenueList(
            items=items,
            currency=found.currency,
            basis=found.basis,
            since=found.since,
            until=found.until,
            older=found.older,
        )
    )
