"""Who is told of a step of a playbook that is overdue, and when."""

from datetime import datetime, timedelta
from typing import NamedTuple

from portal.blueprints.policies.rules import LadderStep, SeverityPolicy

OVERDUE = "escalations/step_late"
"""How notices of an overdue step are worded."""
HEARERS = ("owner", "substitute", "manager")
"""Whom a step can reach: executives are told of clocks, not of steps."""
FIRST = LadderStep(share_percent=100, minutes_after=0, tell=("owner",), only_unacknowledged=False)


class Rung(NamedTuple):
    """Whom an overdue step is told to, and when."""

    step: LadderStep
    at: datetime


def rungs(policy: SeverityPolicy, due_at: datetime) -> list[Rung]:
    """Give the rungs of an overdue step in their order: what the ladder of clocks says from the
    moment they run out, as far as it concerns who holds the step; that person at once in any case.
    """
    heard = []
    for step in policy.ladder:
        tell = tuple(one for one in step.tell if one in HEARERS)
        if step.share_percent == 100 and tell:
            heard.append(step.model_copy(update={"tell": tell}))
    if not any(step.minutes_after == 0 for step in heard):
        heard.insert(0, FIRST)
    return [Rung(step, due_at + timedelta(minutes=step.minutes_after)) for step in heard]
