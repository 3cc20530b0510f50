"""Customers that belong together: parents and children, and what they are to us as a whole."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.core import access, facts
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.money import Money, zero

from .. import rules
from ..models import Account
from .accounts import mine, sees_cases, visible
from .kinship import kin
from .value import stakes_of, values_of

LARGEST = 200
"""So many members are reckoned at once; a family above that says that it is larger."""
GIVEN = ("compensation_12m_owed", "compensation_12m_direct_loss", "compensation_12m_goodwill")
SPONSORED = "sponsorship_active"
NO_STAKE = rules.unknown("at_stake", rules.Why.NO_CONTRACT)


@dataclass(frozen=True)
class Member:
    """An account of a family with its own figures; None: not for this viewer, or not known."""

    id: int
    reference: str
    name: str
    parent: str | None
    depth: int
    value: rules.CustomerValue
    stake: rules.Explained[Money]
    open_cases: int | None
    given: dict[str, Money] | None
    sponsored: bool | None


@dataclass(frozen=True)
class Total:
    """A sum over members, and how many of them have no figure: the sum is then a lower bound."""

    amount: Money | None
    unknown: int = 0


@dataclass(frozen=True)
class Family:
    """The members that the viewer may read, how many more there are, and the sums over those."""

    members: list[Member]
    hidden: int
    currency: str
    last_12_months: dict[str, Total]
    revenue_to_date: dict[str, Total]
    firm: Total
    may_leave: Total
    stake: Total
    open_cases: int | None
    given: dict[str, Money] | None
    sponsored: int | None


def family(viewer: Actor, account: Account, *, now: datetime) -> Family:
    """Give the family of an account that the viewer may read: who belongs to it, each with its
    figures, and the sums over the members whose value they may read.
    """
    every = db.session.execute(
        sa.select(Account.id, Account.parent_id).where(Account.id.in_(kin(account.id)), visible())
    )
    parents = {row.id: row.parent_id for row in every}
    query = sa.select(Account).where(
        Account.id.in_(list(parents)), mine(viewer, now=now, klass=K.CONFIDENTIAL)
    )
    seen = list(db.session.scalars(query.order_by(Account.name_key, Account.id).limit(LARGEST)))
    members = _members(viewer, _in_order(seen), parents, now=now)
    currency = members[0].value.currency if members else account.currency
    return Family(
        members=members,
        hidden=len(parents) - len(members),
        currency=currency,
        last_12_months=_by_basis(members, "last_12_months", currency),
        revenue_to_date=_by_basis(members, "revenue_to_date", currency),
        firm=_total([m.value.remaining.firm for m in members], currency),
        may_leave=_total([m.value.remaining.may_leave for m in members], currency),
        stake=_total([m.stake for m in members], currency),
        open_cases=_sum_known([m.open_cases for m in members]),
        given=_given_total(members, currency),
        sponsored=_sum_known([m.sponsored for m in members]),
    )


def _in_order(accounts: list[Account]) -> list[tuple[Account, int]]:
    """Give accounts with their depth, each parent before its children; one whose parent is not
    among them stands at the top.
    """
    there = {account.id for account in accounts}
    below: dict[int | None, list[Account]] = defaultdict(list)
    for account in accounts:
        below[account.parent_id if account.parent_id in there else None].append(account)
    found: list[tuple[Account, int]] = []
    waiting = [(account, 0) for account in reversed(below[None])]
    while waiting:
        account, depth = waiting.pop()
        found.append((account, depth))
        waiting += [(child, depth + 1) for child in reversed(below[account.id])]
    return found


def _members(
    viewer: Actor,
    accounts: list[tuple[Account, int]],
    parents: dict[int, int | None],
    *,
    now: datetime,
) -> list[Member]:
    ids = [account.id for account, _depth in accounts]
    values = values_of([account for account, _depth in accounts], at=now)
    names = {account.id: account.reference for account, _depth in accounts}
    known = facts.of(ids, [*GIVEN, SPONSORED], at=now, viewer=viewer)
    amounts, stakes = _open(viewer, GIVEN), stakes_of(ids, at=now)
    return [
        Member(
            id=account.id,
            reference=account.reference,
            name=account.name,
            parent=names.get(parents[account.id] or 0),
            depth=depth,
            value=values[account.id],
            stake=stakes[account.reference].total if account.reference in stakes else NO_STAKE,
            open_cases=account.open_cases if sees_cases(viewer, account.owner_id) else None,
            given=_given(known[account.id], values[account.id].currency) if amounts else None,
            sponsored=SPONSORED in known[account.id] if _open(viewer, [SPONSORED]) else None,
        )
        for account, depth in accounts
    ]


def _open(viewer: Actor, names: Iterable[str]) -> bool:
    """Say whether the viewer's roles read these facts at all: an absent one is then none."""
    asked = [facts.REGISTRY[name] for name in names]
    return all(access.sees(viewer, f.subject, klass=f.klass, related=True) for f in asked)


def _given(known: dict[str, facts.Known], currency: str) -> dict[str, Money]:
    return {
        name: Money(known[name].value, currency) if name in known else zero(currency)
        for name in GIVEN
    }


def _by_basis(members: list[Member], name: str, currency: str) -> dict[str, Total]:
    """Add up revenue, apart for each basis: bases are never added to one another."""
    apart: dict[str, list[rules.Explained[Money]]] = defaultdict(list)
    for member in members:
        if member.value.basis.value is not None:
            apart[member.value.basis.value].append(getattr(member.value, name))
    return {basis: _total(figures, currency) for basis, figures in sorted(apart.items())}


def _total(figures: "list[rules.Explained[Money]]", currency: str) -> Total:
    """Add up what is known. No revenue and no contract are nothing, not unknown."""
    none = {rules.Why.NO_CONTRACT, rules.Why.NO_REVENUE, rules.Why.NO_REVENUE_LAST_12_MONTHS}
    known = [figure.value for figure in figures if figure.value is not None]
    missing = [f for f in figures if f.why is rules.Why.SOME_MISSING or f.value is None]
    amount = sum(known, zero(currency)) if known else None
    return Total(amount, len([f for f in missing if f.why not in none]))


def _sum_known(counts: "list[int | None]") -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _given_total(members: list[Member], currency: str) -> dict[str, Money] | None:
    found = [member.given for member in members if member.given is not None]
    if not found:
        return None
    return {name: sum((given[name] for given in found), zero(currency)) for name in GIVEN}
