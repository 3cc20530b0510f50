"""What a contract owes for a service below its promise: ordered tiers, cap, minimum, claim."""

import itertools
import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum
from typing import Any

from portal.blueprints.concessions.models import Period, Rounding
from portal.core.errors import Refused
from portal.core.i18n import _, lazy_gettext
from portal.core.money import Money, exponent, zero

HUNDRED = Decimal(100)
NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,6})?", re.ASCII)
MOST_TIERS = 12
MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
}


class Owing(StrEnum):
    """Where a credit stands."""

    MET = "met"
    OWED = "owed"
    TO_CLAIM = "to_claim"
    TOO_LATE = "too_late"
    TOO_SMALL = "too_small"


OWING = {
    Owing.MET: lazy_gettext("The promise was kept."),
    Owing.OWED: lazy_gettext("Owed."),
    Owing.TO_CLAIM: lazy_gettext("Owed once the customer claims it."),
    Owing.TOO_LATE: lazy_gettext("Not claimed within the time of the contract."),
    Owing.TOO_SMALL: lazy_gettext("Not above the least credit of the contract."),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """Below this availability, this share of the affected fee; both in percent."""

    below: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """Terms of a service level; tiers from the highest threshold down, the last that is reached
    counts. `cap_share` in percent of the fee; a credit that is not above `least` is not given.
    """

    currency: str
    tiers: tuple[Tier, ...]
    period: Period = Period.MONTH
    cap_share: Decimal | None = None
    cap: Money | None = None
    least: Money | None = None
    claim_days: int | None = None
    automatic: bool = True
    rounding: Rounding = Rounding.HALF_UP


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit and how it came about: the tier reached, its share of the fee, and after the cap."""

    tier: Tier | None
    share: Money
    capped: Money
    credit: Money


TEMPLATES: dict[str, tuple[str, Level]] = {
    "region": (
        lazy_gettext("Cloud region: 99.99 %, three tiers"),
        Level(
            "USD",
            (
                Tier(Decimal("99.99"), Decimal(10)),
                Tier(Decimal("99.0"), Decimal(30)),
                Tier(Decimal("95.0"), Decimal(100)),
            ),
            automatic=False,
            claim_days=60,
        ),
    ),
    "service": (
        lazy_gettext("Cloud service: 99.9 %, three tiers, above one unit of currency"),
        Level(
            "USD",
            (
                Tier(Decimal("99.9"), Decimal(10)),
                Tier(Decimal("99.0"), Decimal(25)),
                Tier(Decimal("95.0"), Decimal(100)),
            ),
            least=Money(1, "USD"),
            automatic=False,
            claim_days=60,
        ),
    ),
    "interface": (
        lazy_gettext("Programming interface: 99.95 %, one tier"),
        Level("USD", (Tier(Decimal("99.95"), Decimal(10)),), automatic=False, claim_days=30),
    ),
}
"""Tiers as large providers publish them; to begin from, never applied by themselves."""


def credit(level: Level, *, availability: Decimal, fee: Money) -> Credit:
    """Give the credit for a period: `availability` in percent after what the contract excludes,
    `fee` the affected fee of the period. Rounded once, as the contract says, after the cap.
    """
    if not 0 <= availability <= HUNDRED:
        raise Refused(_("Availability lies between 0 and 100 %%."), field="availability")
    reached = [tier for tier in level.tiers if availability < tier.below]
    nothing = zero(level.currency)
    if not reached:
        return Credit(None, nothing, nothing, nothing)
    tier = min(reached, key=lambda one: one.below)
    share = Money(fee.amount * tier.credit / HUNDRED, level.currency)
    most = [share]
    if level.cap_share is not None:
        most.append(Money(fee.amount * level.cap_share / HUNDRED, level.currency))
    if level.cap is not None:
        most.append(level.cap)
    capped = min(most)
    paid = _whole(capped, level.rounding)
    enough = level.least is None or paid > level.least
    return Credit(tier, share, capped, paid if enough else nothing)


def owing(
    paid: Money,
    *,
    tier: bool,
    automatic: bool,
    claim_by: date | None,
    claimed_on: date | None,
    today: date,
) -> Owing:
    """Say where a credit stands today; `tier` says whether the promise was missed at all."""
    if not tier:
        return Owing.MET
    if paid.amount <= 0:
        return Owing.TOO_SMALL
    if automatic:
        return Owing.OWED
    if claimed_on is not None:
        return Owing.OWED if claim_by is None or claimed_on <= claim_by else Owing.TOO_LATE
    return Owing.TO_CLAIM if claim_by is None or today <= claim_by else Owing.TOO_LATE


def claim_by(ends_on: date, *, claim_days: int | None) -> date | None:
    """Give the last day to claim the credit of a period that ended on a day; None: no limit."""
    return None if claim_days is None else ends_on + timedelta(days=claim_days)


def span(day: date, period: Period) -> tuple[date, date]:
    """Give the first and the last day of the calendar period that a day lies in."""
    months = MONTHS[period]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    last = first.month + months - 1
    return first, date(first.year, last, monthrange(first.year, last)[1])


def read_tiers(text: str) -> tuple[Tier, ...]:
    """Read tiers, one a line: the percentage below which it counts, then that of the fee.

    Refused where a line has not two numbers, thresholds do not fall, or credits do not rise.
    """
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        numbers = NUMBER.findall(line)
        if len(numbers) != 2:
            message = _(
                "Write two percentages in each line, such as 99.9 and 10: %(line)s.", line=line[:60]
            )
            raise Refused(message, field="tiers")
        below, share = (Decimal(one.replace(",", ".")) for one in numbers)
        found.append(Tier(below, share))
    _refuse_tiers(found)
    return tuple(found)


def _refuse_tiers(tiers: Sequence[Tier]) -> None:
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise Refused(_("Terms have one to twelve tiers."), field="tiers")
    if any(not 0 < one.below <= HUNDRED or not 0 < one.credit <= HUNDRED for one in tiers):
        raise Refused(_("Percentages lie above 0, and not above 100."), field="tiers")
    for above, below in itertools.pairwise(tiers):
        if below.below >= above.below:
            raise Refused(_("Begin with the highest threshold; each is lower."), field="tiers")
        if below.credit <= above.credit:
            raise Refused(_("A lower availability must be worth a higher credit."), field="tiers")


def tiers_as_text(tiers: Sequence[Tier]) -> str:
    """Write tiers as `read_tiers` reads them."""
    return "\n".join(f"{one.below.normalize():f} {one.credit.normalize():f}" for one in tiers)


def tiers_as_json(tiers: Sequence[Tier]) -> list[dict[str, str]]:
    """Give tiers as they are stored."""
    return [{"below": format(one.below, "f"), "credit": format(one.credit, "f")} for one in tiers]


def tiers_from_json(stored: Sequence[dict[str, Any]]) -> tuple[Tier, ...]:
    """Read stored tiers."""
    return tuple(Tier(Decimal(one["below"]), Decimal(one["credit"])) for one in stored)


def _whole(money: Money, rounding: Rounding) -> Money:
    step = Decimal(1).scaleb(-exponent(money.currency.code))
    return Money(money.amount.quantize(step, rounding=MODES[rounding]), money.currency)
