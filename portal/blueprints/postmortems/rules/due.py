"""When a post-mortem is due, by when each step is, and what keeps it from being published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.blueprints.escalations.models import Severity, Trigger
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.blueprints.postmortems.models import ActionPriority, DueReason
from portal.core.calendar import calendar_days
from portal.core.money import Money

BusinessDay = Callable[[datetime, int], datetime]
"""The closing time of the n-th business day after the day of a moment; both aware."""


class CounselChoice(StrEnum):
    """How counsel wants a post-mortem written."""

    ORDINARY = "ordinary"
    FACTS_ONLY = "facts_only"
    COMMISSIONED = "commissioned"


@dataclass(frozen=True, slots=True)
class Loss:
    """An account that was lost; ARR before and total ARR in one currency, None where unknown."""

    lost_at: datetime
    arr: Money | None
    total_arr: Money | None
    last_escalation_at: datetime | None = None
    last_sponsorship_at: datetime | None = None

    @property
    def share(self) -> Decimal | None:
        """Give the lost share of total ARR, or None where it cannot be known."""
        if self.arr is None or self.total_arr is None or self.total_arr.amount <= 0:
            return None
        return Decimal(self.arr.amount / self.total_arr.amount)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case, or of the loss of an account; times are aware.

    `severity` is the gravest the case ever had. `compensated_above_director_at` is when a
    compensation above director level was approved, `reopened_at` when the case escalated again
    after `closed_before_at`. A void or merged case does not `count`.
    """

    zone: str
    severity: Severity | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    counts: bool = True
    compensated_above_director_at: datetime | None = None
    closed_before_at: datetime | None = None
    reopened_at: datetime | None = None
    loss: Loss | None = None
    asked_for_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The last day of each step."""

    draft: date
    meeting: date
    approval: date


def is_due(facts: Facts, *, policy: PostmortemPolicy) -> list[DueReason]:
    """Give every rule that makes a post-mortem due now; an open case is due once it closes."""
    return [reason for reason, _moment in reasons(facts, policy=policy)]


def became_due_at(facts: Facts, *, policy: PostmortemPolicy) -> datetime | None:
    """Give the moment at which the first rule made it due, or None; deadlines count from there."""
    return min((moment for _reason, moment in reasons(facts, policy=policy)), default=None)


def needs_loss_note(facts: Facts, *, policy: PostmortemPolicy) -> bool:
    """Say whether a lost account needs the short note instead of a post-mortem."""
    return facts.loss is not None and _lost(facts, policy) is None


def deadlines(
    became_due: datetime, *, business_day: BusinessDay, zone: str, policy: PostmortemPolicy
) -> Deadlines:
    """Give when draft, meeting and approval are due, in business days from when it became due."""

    def day(count: int) -> date:
        return business_day(became_due, count).astimezone(ZoneInfo(zone)).date()

    days = policy.deadlines
    return Deadlines(day(days.draft), day(days.meeting), day(days.approval))


def action_due(agreed_on: date, *, priority: ActionPriority, policy: PostmortemPolicy) -> date:
    """Give the day by which an action is due, in weeks from the day it was agreed."""
    weeks = policy.action_weeks
    count = weeks.priority if priority is ActionPriority.PRIORITY else weeks.normal
    return agreed_on + timedelta(weeks=count)


def counsel_chooses(
    triggers: Sequence[Trigger], *, legal_mode: bool, policy: PostmortemPolicy
) -> bool:
    """Say whether counsel chooses the form: legal mode, or a lawyer, regulator or security."""
    return legal_mode or any(trigger.value in policy.counsel_triggers for trigger in triggers)


def waits_for_counsel(*, chooses: bool, choice: CounselChoice | None) -> bool:
    """Say whether it is with counsel: then its clock stands still and nothing is late."""
    return chooses and choice is None


def late_steps(
    due: Deadlines,
    *,
    today: date,
    drafted: bool,
    met: bool,
    approved: bool,
    with_counsel: bool,
) -> tuple[str, ...]:
    """Name the steps whose time is over and that are not done; with counsel none is late."""
    if with_counsel or approved:
        return ()
    steps = (
        ("draft", due.draft, drafted),
        ("meeting", due.meeting, met),
        ("approval", due.approval, approved),
    )
    return tuple(name for name, last_day, done in steps if not done and today > last_day)


def reasons(facts: Facts, *, policy: PostmortemPolicy) -> list[tuple[DueReason, datetime]]:
    """Give each rule that holds with the moment from which it holds."""
    moments = {
        DueReason.E1: _grave(facts, policy),
        DueReason.E2_LONG: _long(facts, policy),
        DueReason.LOST_ACCOUNT: _lost(facts, policy),
        DueReason.COMPENSATION_ABOVE_DIRECTOR: facts.compensated_above_director_at
        if policy.due.compensation_above_director and facts.counts
        else None,
        DueReason.RE_ESCALATION: _again(facts, policy),
        DueReason.ASKED_FOR: facts.asked_for_at,
    }
    return [(reason, moment) for reason, moment in moments.items() if moment is not None]


def _grave(facts: Facts, policy: PostmortemPolicy) -> datetime | None:
    """Give when a case of the gravest severities was closed."""
    grave = facts.severity is not None and facts.severity.value in policy.due.severities
    return facts.closed_at if grave and facts.counts else None


def _long(facts: Facts, policy: PostmortemPolicy) -> datetime | None:
    """Give when a case was closed that was open for more than the policy's calendar days."""
    if facts.opened_at is None or facts.closed_at is None or not facts.counts:
        return None
    if facts.severity is None or facts.severity.value not in policy.due.long_severities:
        return None
    late = calendar_days(facts.opened_at, policy.due.long_days, facts.zone)
    return facts.closed_at if facts.closed_at > late else None


def _again(facts: Facts, policy: PostmortemPolicy) -> datetime | None:
    """Give when a case escalated again within the policy's calendar days."""
    if facts.closed_before_at is None or facts.reopened_at is None or not facts.counts:
        return None
    latest = calendar_days(facts.closed_before_at, policy.due.re_escalation_days, facts.zone)
    return facts.reopened_at if facts.reopened_at <= latest else None


def _lost(facts: Facts, policy: PostmortemPolicy) -> datetime | None:
    """Give when an account was lost that was large, or that we were just looking after."""
    loss = facts.loss
    if loss is None:
        return None
    share = loss.share
    if share is not None and share >= policy.due.lost_share:
        return loss.lost_at
    for earlier in (loss.last_escalation_at, loss.last_sponsorship_at):
        if earlier is not None and loss.lost_at <= calendar_days(
            earlier, policy.due.lost_within_days, facts.zone
        ):
            return loss.lost_at
    return None
