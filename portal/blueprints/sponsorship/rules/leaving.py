"""When a sponsorship should end: criteria that are met by one mark and lifted by another, so that
nothing flaps; the quarters they are read in; and when an account may come back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.blueprints.accounts.models import Band
from portal.blueprints.policies.rules.admission import OWN
from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.blueprints.sponsorship.models import ExitReason, LaneKind, TouchpointState

from . import own
from .course import Course, ExitProposal, add_months, exits

COME_BACK = {
    ExitReason.OUTCOME_REACHED: 6,
    ExitReason.TERM_OVER: 6,
    ExitReason.SCORE_LOW: 6,
    ExitReason.CONDITION: 6,
    ExitReason.TOUCHPOINTS_MISSED: 12,
}
"""Months until an account may come back to the strategic lane; at once where it left through no
change of its own (displaced, executive gone) or is gone itself.
"""


def quarter_of(day: date) -> date:
    """Give the first day of the calendar quarter of a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarters(read: Mapping[date, object], *, on: date) -> list[date]:
    """Give the complete quarters from the first that was read until today, none left out."""
    if not read:
        return []
    found, quarter = [], min(read)
    while quarter < quarter_of(on):
        found.append(quarter)
        quarter = add_months(quarter, 3)
    return found


def lifting_score(policy: SponsorshipPolicy) -> Decimal:
    """Give the score that lifts a low one: half-way from the mark of exit to that of entry."""
    return (policy.exit.low_score + policy.strategic.least_score) / 2


def lifting_place(policy: SponsorshipPolicy) -> int:
    """Give the rank by ARR that lifts a low score: well inside those that let in, so that an
    account at their edge does not come and go.
    """
    return policy.strategic.top * 2 // 3


def is_lifted(mark: str, course: Course, *, on: date, policy: SponsorshipPolicy) -> bool:
    """Say whether a criterion that was met is so no longer; it takes more than not meeting it."""
    if mark in OWN:
        return own.is_lifted(mark, course.lane, course.facts, policy=policy)
    reason = ExitReason(mark)
    match reason:
        case ExitReason.SCORE_LOW:
            known = [score for score in course.scores if score is not None]
            high = bool(known and known[-1] >= lifting_score(policy))
            large = course.place is not None and course.place <= lifting_place(policy)
            return course.lane is not LaneKind.STRATEGIC or high or large
        case ExitReason.OUTCOME_REACHED:
            count = policy.exit.green_quarters
            last = course.bands[-count:]
            other = len(last) == count and all(b not in {Band.GREEN, None} for b in last)
            return not course.outcome_reached or other
        case ExitReason.TERM_OVER:
            return on < course.ends_on
        case ExitReason.TOUCHPOINTS_MISSED:
            settled = [one for one in course.touchpoints if one is not TouchpointState.PLANNED]
            return bool(settled) and settled[-1] is TouchpointState.HELD
        case ExitReason.EXECUTIVE_GONE:
            return course.executive_gone_since is None
        case ExitReason.CHURNED:
            return not course.churned
        case ExitReason.DISPLACED:
            return course.displaced_on is None
        case ExitReason.CONDITION:
            return False  # each condition has a mark of its own


@dataclass(frozen=True, slots=True)
class Watched:
    """What a day's look changed: criteria that are met now, and those that no longer are."""

    raised: tuple[ExitProposal, ...]
    lifted: tuple[str, ...]


def watched(
    course: Course, *, standing: Collection[str], on: date, policy: SponsorshipPolicy
) -> Watched:
    """Look at a sponsorship on a day, knowing which criteria stand already."""
    lifted = [one for one in standing if is_lifted(one, course, on=on, policy=policy)]
    raised = [
        one
        for one in exits(course, on=on, policy=policy)
        if one.mark not in standing and not is_lifted(one.mark, course, on=on, policy=policy)
    ]
    return Watched(tuple(raised), tuple(lifted))


def comes_back_on(lane: LaneKind, why: ExitReason, *, on: date) -> date | None:
    """Give the day from which an account may be nominated again; None: at once."""
    months = COME_BACK.get(why)
    if lane is not LaneKind.STRATEGIC or months is None:
        return None
    return add_months(on, months)


def outcome_reached(goals: Sequence[tuple[bool, bool]]) -> bool:
    """Say of goals (reached, given up) whether the outcome is: one at least, and none is open."""
    counting = [reached for reached, dropped in goals if not dropped]
    return bool(counting) and all(counting)
