"""Credits for one incident to many: who is hit, who signs the lot, and whether equals are equal."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.blueprints.concessions.models import LeftOut
from portal.blueprints.policies.rules.compensation import Authority, CompensationPolicy
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import Money

from .authority import Because, Signature, Step, deciding_row
from .service_levels import Credit, Level, claim_by, credit

LISTED = re.compile(r"^(ACC-\d{5,12})(?:[\s;,]+(\d{1,3}(?:[.,]\d+)?)\s*%?)?$", re.ASCII)
MOST_LISTED = 2_000


def read_listed(text: str) -> dict[str, Decimal | None]:
    """Read the accounts that an incident hit, one a line, each with its own availability (percent)
    where it is another than that of the incident; Refused for a line that names none.
    """
    found: dict[str, Decimal | None] = {}
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    if len(lines) > MOST_LISTED:
        raise Refused(_("At most 2,000 accounts at a time."), field="accounts")
    for line in lines:
        named = LISTED.fullmatch(line)
        if named is None:
            message = _("Write an account in each line, such as ACC-00042 98.7: %(line)s.",
                        line=line[:60])  # fmt: skip
            raise Refused(message, field="accounts")
        own = named[2]
        found[named[1]] = Decimal(own.replace(",", ".")) if own else None
    return found


def left_out(
    level: Level, paid: Credit, *, ends_on: date, taken: bool, rate: bool, today: date
) -> LeftOut | None:
    """Say why an account gets nothing, None where it does. What is given on claim is given all the
    same, as long as it could still be claimed: we do it for the customer.
    """
    until = claim_by(ends_on, claim_days=level.claim_days)
    if paid.tier is None:
        return LeftOut.KEPT
    if paid.credit.amount <= 0:
        return LeftOut.TOO_SMALL
    if not level.automatic and until is not None and today > until:
        return LeftOut.TOO_LATE
    if taken:
        return LeftOut.TAKEN
    return None if rate else LeftOut.NO_RATE


def lot_row(
    total: Money,
    singles: Iterable[tuple[Money, Money | None]],
    *,
    policies: Sequence[CompensationPolicy],
) -> Authority:
    """Give the row of authority that releases a lot: the higher of that for its total, which no one
    customer's revenue widens, and that for each single credit with its customer's revenue; all in
    the policies' currency.
    """
    rows = policies[-1].authority
    keys = [one.key for one in rows]
    # A share of a revenue without end: the row's amount itself is the limit of a sum over many.
    wide = sum(one.amount / one.share for one in rows if one.amount and one.share)
    found = [deciding_row(total, arr=Money(wide, policies[-1].currency), policies=policies)]
    found += [deciding_row(one, arr=arr, policies=policies) for one, arr in singles]
    return max(found, key=lambda row: keys.index(row.key))


def lot_step(row: Authority) -> Step:
    """Give the signatures of a lot: all of its row's."""
    return tuple(
        Signature(one.role, one.least_grade, (Because.AUTHORITY,), row.key) for one in row.signers
    )


def lot_digest(texts: Iterable[str], lines: Iterable[tuple[str, int, str, int]]) -> str:
    """Give the SHA-256 (hex) of what a lot tells, and pays to whom: account, terms, currency, minor
    units.
    """
    content = [[one.strip() for one in texts], sorted(list(line) for line in lines)]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Equals:
    """Accounts whose contracts promise the same and that were hit alike: how many, the share of
    the fee that each gets, and whether all get it to the cent.
    """

    below: Decimal | None
    availability: Decimal
    share: Decimal | None
    count: int
    least: Money
    most: Money
    equal: bool


@dataclass(frozen=True, slots=True)
class Paid:
    """A line of a lot with the terms as they stood (as stored with it)."""

    level: Level
    availability: Decimal
    fee: Money
    credit: Money
    given: bool


def equals(lines: Iterable[Paid]) -> tuple[Equals, ...]:
    """Prove that equals are treated equally: the lines in groups of the same terms, currency and
    availability, each computed anew from the terms that were kept; what is left out although its
    group gets something is not equal.
    """
    groups: dict[tuple[Any, ...], list[Paid]] = {}
    for one in lines:
        level = one.level
        key = (level.tiers, level.cap_share, level.cap, level.least, level.rounding,
               level.currency, one.availability)  # fmt: skip
        groups.setdefault(key, []).append(one)
    found = []
    for group in groups.values():
        computed = [credit(one.level, availability=one.availability, fee=one.fee) for one in group]
        tier = computed[0].tier
        found.append(
            Equals(
                below=tier.below if tier else None,
                availability=group[0].availability,
                share=tier.credit if tier else None,
                count=len(group),
                least=min(one.credit for one in group),
                most=max(one.credit for one in group),
                equal=all(
                    one.given and one.credit == anew.credit
                    for one, anew in zip(group, computed, strict=True)
                ),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.availability, one.most.currency.code)))
