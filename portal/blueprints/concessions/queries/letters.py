"""The letter that offers a compensation to its customer."""

from dataclasses import dataclass
from datetime import datetime

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Role
from portal.core.money import Money

from .. import rules
from ..models import Concession, ConcessionPart
from . import finding
from .bench import money


@dataclass(frozen=True)
class Item:
    """One thing that the customer gets, and what it is worth to them."""

    what: str
    worth: Money | None
    months: int


@dataclass(frozen=True)
class OfferLetter:
    """What stands in a letter; `admits` is what counsel has not let through."""

    row: Concession
    account: Account
    to: str
    items: list[Item]
    total: Money
    until: datetime
    who: str
    admits: tuple[str, ...]


def letter(row: Concession, account: Account, *, now: datetime) -> OfferLetter:
    """Give the letter of an offer: to the person of the account who has most say."""
    policy = policy_queries.numbered(CompensationPolicy, row.policy_number)
    parts = finding.parts(row)
    people = [one for one in account_queries.contacts(account) if one.left_at is None]
    return OfferLetter(
        row=row,
        account=account,
        to=people[0].name if people else "",
        items=[
            Item(one.what, money(row, one.face_minor) if one.face_minor else None, one.months or 1)
            for one in parts
        ],
        total=money(row, sum(one.face_minor for one in parts)),
        until=row.lapses_at or rules.lapses_at(now, zone=account.zone, policy=policy),
        who=auth_queries.names([row.requested_by_id]).get(row.requested_by_id or 0, ""),
        admits=admitted(row, parts),
    )


def admitted(row: Concession, parts: list[ConcessionPart]) -> tuple[str, ...]:
    """Give the words of a letter that admit liability; none where counsel signed the offer."""
    signed = {one.seat.partition(":")[2] for one in finding.living(row)}
    if Role.LEGAL.value in signed:
        return ()
    policy, _number = policy_queries.in_force(CompensationPolicy)
    texts = [row.apology, row.fix, row.terms, *(one.what for one in parts)]
    return rules.admissions(texts, words=policy.admission_words)
