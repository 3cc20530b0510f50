"""What is planned for a quarter: which figures have a plan, and what a plan may say."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from portal.blueprints.accounts.rules import Objection
from portal.core.i18n import _
from portal.reports.facts.review import Measure, Unit

from . import Quarter

PLANNED: dict[Measure, Unit] = {
    Measure.CASES_OPENED: Unit.COUNT,
    Measure.CRITICAL: Unit.COUNT,
    Measure.CLOSED_IN_TIME: Unit.SHARE,
    Measure.CAME_BACK: Unit.COUNT,
    Measure.LOST: Unit.COUNT,
    Measure.PROMISES_KEPT: Unit.SHARE,
    Measure.GOODWILL: Unit.MONEY,
    Measure.ABOVE_POLICY: Unit.COUNT,
    Measure.TOUCHES_MISSED: Unit.COUNT,
    Measure.LESSONS_PUBLISHED: Unit.COUNT,
    Measure.ACTIONS_IN_TIME: Unit.SHARE,
    Measure.CSAT: Unit.SCORE,
    Measure.NPS: Unit.NET,
}
MOST = Decimal(10**12)
BOUNDS: dict[Unit, tuple[Decimal, Decimal]] = {
    Unit.COUNT: (Decimal(0), Decimal(10**6)),
    Unit.SHARE: (Decimal(0), Decimal(1)),
    Unit.SCORE: (Decimal(1), Decimal(5)),
    Unit.MONEY: (Decimal(0), MOST),
    Unit.NET: (Decimal(-100), Decimal(100)),
}
WHOLE = (Unit.COUNT, Unit.NET)


def objections_to_plan(
    targets: Mapping[Measure, Decimal], *, one: Quarter, now: datetime
) -> list[Objection]:
    """Say what keeps targets from being the plan of a quarter: it is over, a measure has no plan, a
    figure is out of its bounds (a share is a fraction), or not whole where it counts.
    """
    if one.ends_at <= now:
        return [Objection("over", _("This quarter is over: its plan stands as it was."))]
    found = []
    for measure, value in targets.items():
        if measure not in PLANNED:
            text = _("For this figure no plan is kept.")
            found.append(Objection("unplanned", text, measure.value))
            continue
        unit = PLANNED[measure]
        low, high = BOUNDS[unit]
        if not value.is_finite() or not low <= value <= high:
            text = _("This figure is out of its bounds.")
            found.append(Objection("bounds", text, measure.value))
        elif unit in WHOLE and value != value.to_integral_value():
            found.append(Objection("fraction", _("Write a whole number."), measure.value))
    return found
