"""Decisions about risk: points, bands, what would make an account green, and the register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from portal.blueprints.accounts.models import Band
from portal.blueprints.policies.rules import RiskPolicy
from portal.core.i18n import _, show_number, show_percent
from portal.core.money import Money, rounded

from ..models import HardRule, Stage

NAMES = (
    "open_cases",
    "silence_breaches",
    "promises_broken",
    "health_trend",
    "usage_trend",
    "sponsor_gone",
    "renewal_near",
    "payment_delay",
    "sentiment",
    "recurrence",
)
"""The factors that are measured, in the order of the table's columns."""
WHOLE = 100
"""Hundredths of a point in a point."""
SCALE = 10**8
FINE = 10_000
"""Shares are measured to a hundredth of a per cent; more would not fit the column's integer."""
SIGNALS = ("health", "usage", "payment_delay")
"""The kinds of signals that factors rest on."""
WEEK, UNTOUCHED = timedelta(days=7), timedelta(days=30)
NOBODY_MOVES = frozenset({"renewal_near"})
"""What comes nearer by itself: nothing that anybody does makes it less."""
RULES = (HardRule.CHURN_NOTICE, HardRule.OPEN_E1, HardRule.OPEN_E2)
"""The graver ones first: one is named."""
CHANCES = {
    1: Decimal("0.05"),
    2: Decimal("0.15"),
    3: Decimal("0.35"),
    4: Decimal("0.60"),
    5: Decimal("0.85"),
}
"""What each step of likelihood says of the loss within twelve months: the middle of 0, 10, 20, 50,
70 and 100 per cent."""
NEXT = {
    Stage.AT_RISK: (Stage.PLAN_IN_PLACE, Stage.RECOVERED, Stage.LOST),
    Stage.PLAN_IN_PLACE: (Stage.SAVING, Stage.AT_RISK, Stage.RECOVERED, Stage.LOST),
    Stage.SAVING: (Stage.RECOVERED, Stage.LOST, Stage.PLAN_IN_PLACE),
    Stage.RECOVERED: (Stage.AT_RISK,),
    Stage.LOST: (),
}
ENDED = (Stage.RECOVERED, Stage.LOST)


@dataclass(frozen=True)
class Part:
    """A factor of a score: what was measured (None: nothing is known), its points in hundredths and
    the most it can give.
    """

    name: str
    label: str
    unit: str
    measure: Decimal | None
    points: int
    most: int


@dataclass(frozen=True)
class WayToGreen:
    """What would make an account green: the rule to lift, the factors to settle in this order, the
    score it would have then, and whether that is enough.
    """

    rule: HardRule | None
    steps: tuple[Part, ...]
    score: int
    enough: bool


def points(policy: RiskPolicy, name: str, measure: Decimal | None) -> int:
    """Give the hundredths of a point that a factor gives: its whole weight from `full_at` on, in
    proportion below, nothing where nothing is known.
    """
    factor = next(one for one in policy.factors if one.name == name)
    if measure is None or measure <= 0:
        return 0
    full = int(factor.full_at * SCALE)
    return factor.weight * WHOLE * min(int(measure * SCALE), full) // full


def score(given: Sequence[int]) -> int:
    """Give the score, 0 calm to 100 worst, of the hundredths of all factors."""
    return (sum(given) + WHOLE // 2) // WHOLE


def band(policy: RiskPolicy, reached: int, rule: HardRule | None) -> Band:
    """Give the band of a score; a hard rule of the policy lets it not be green."""
    found = Band(policy.band(reached))
    return Band.AMBER if found is Band.GREEN and rule is not None else found


def parts(
    policy: RiskPolicy, measures: Mapping[str, Decimal | None], given: Mapping[str, int]
) -> tuple[Part, ...]:
    """Give a score's factors, those that give most first, then by their place in the policy."""
    found = [
        Part(f.name, f.label, f.measure, measures[f.name], given[f.name], f.weight * WHOLE)
        for f in policy.factors
    ]
    return tuple(sorted(found, key=lambda part: -part.points))


def way_to_green(
    policy: RiskPolicy, found: Sequence[Part], rule: HardRule | None
) -> WayToGreen | None:
    """Give the fewest factors that must be settled, the heaviest first, for the score to be green;
    None where it is.
    """
    left = sum(part.points for part in found)
    if rule is None and score([left]) < policy.amber_from:
        return None
    steps: list[Part] = []
    # A case that is open is closed to lift the rule: its points go with it.
    by_rule = {"open_cases"} if rule in (HardRule.OPEN_E1, HardRule.OPEN_E2) else set()
    movable = [part for part in found if part.points and part.name not in NOBODY_MOVES]
    movable.sort(key=lambda part: (part.name not in by_rule, -part.points))
    for part in movable:
        if part.name not in by_rule and score([left]) < policy.amber_from:
            break
        steps.append(part)
        left -= part.points
    return WayToGreen(rule, tuple(steps), score([left]), score([left]) < policy.amber_from)


def expected_loss(likelihood: int, *, stays: Money | None, leaves: Money | None) -> Money | None:
    """Give the chance of the loss within twelve months times what would be lost, rounded to the
    minor unit; None where the value is unknown.
    """
    if stays is None:
        return None
    gone = stays.amount - (leaves.amount if leaves is not None else 0)
    return rounded(Money(max(gone * CHANCES[likelihood], Decimal(0)), stays.currency))


def still_paid(stays: Money | None, firm: Money | None, *, margin: Decimal | None) -> Money | None:
    """Give what a customer is worth who goes: the margin of what is firmly contracted, at most what
    they are worth if they stay; None where the value is unknown.
    """
    if stays is None:
        return None
    if firm is None or margin is None:
        return Money(Decimal(0), stays.currency)
    amount = min(max(Decimal(0), firm.amount * margin), stays.amount)
    return rounded(Money(amount, stays.currency))


def grade(likelihood: int, impact: int) -> Band:
    """Give the colour of a cell of the five-by-five map: green to 4, amber to 11, red from 12."""
    weight = likelihood * impact
    if weight >= 12:
        return Band.RED
    return Band.AMBER if weight >= 5 else Band.GREEN


def objections(
    stage: Stage, to: Stage, *, plan: str, open_tasks: int, tasks: int, why: str
) -> str | None:
    """Say why a risk may not come to a stage, None where it may."""
    if to not in NEXT[stage]:
        return _("From this stage the risk does not come there.")
    if to is Stage.PLAN_IN_PLACE and not (plan.strip() and tasks):
        return _("A plan says what is done, and has at least one task.")
    if to is Stage.RECOVERED and open_tasks:
        return _("Finish the tasks of the plan first, or take them off.")
    if not why.strip():
        return _("Say why, in a sentence.")
    return None


def days_between(since: datetime, now: datetime) -> int:
    """Give the whole days that have passed."""
    return max(0, (now - since).days)


def factor_word(name: str) -> str:
    """Give a factor's name for readers."""
    return {
        "open_cases": _("Open cases by severity"),
        "silence_breaches": _("Left without news"),
        "promises_broken": _("Promises broken"),
        "health_trend": _("Health falling"),
        "usage_trend": _("Usage falling"),
        "sponsor_gone": _("Their executive is gone"),
        "renewal_near": _("Renewal near"),
        "payment_delay": _("Payment late"),
        "sentiment": _("People against us"),
        "recurrence": _("Cases that came back"),
    }[name]


def deed(name: str) -> str:
    """Give what somebody can do about a factor."""
    return {
        "open_cases": _("Close the open cases."),
        "silence_breaches": _("Write in time from now on: what was missed fades."),
        "promises_broken": _("Keep what is promised: what was broken fades."),
        "health_trend": _("Bring their health back to where it was."),
        "usage_trend": _("Bring their use back to where it was."),
        "sponsor_gone": _("Win an executive of theirs again."),
        "renewal_near": _("Renew the contract."),
        "payment_delay": _("Settle what is not paid."),
        "sentiment": _("Win over those who are against us, or waver."),
        "recurrence": _("Keep solved what is solved: what came back fades."),
    }[name]


def measured(part: Part) -> str:
    """Give what was measured of a factor, in words."""
    found = part.measure
    if found is None:
        return _("nothing is known")
    if part.name in {"health_trend", "usage_trend"}:
        return _("%(share)s lost in the time looked back to", share=show_percent(found))
    if part.name == "renewal_near":
        return _("%(share)s of the time before it has gone", share=show_percent(found))
    if part.name == "sentiment":
        return _("%(share)s of the influence", share=show_percent(found))
    shown = show_number(found.normalize() if found else Decimal(0))
    if part.name in {"sponsor_gone", "payment_delay"}:
        return _("days: %(n)s", n=shown)
    if part.name == "open_cases":
        return _("weight of the cases: %(n)s", n=shown)
    return _("how often: %(n)s", n=shown)


def in_points(hundredths: int) -> Decimal:
    """Give hundredths of a point as points, to a tenth."""
    return (Decimal(hundredths) / WHOLE).quantize(Decimal("0.1"), ROUND_HALF_UP)
