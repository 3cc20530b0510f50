"""The ladder of notice: which steps a clock calls for, when, and which nobody would hear."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from portal.blueprints.policies.rules import LadderStep, SeverityPolicy, Unit
from portal.core.calendar import Calendar, Segment, due_after

from ..models import ClockKind, Severity, Trigger
from .clocks import MINUTE, Clock, Waiting

Key = tuple[ClockKind, str, str]
"""Under what a notice is kept, once per case: clock, step, occurrence."""

LADDER = "escalations/clock"
"""How notices of the ladder are worded."""
URGENT_TRIGGERS = (Trigger.LEGAL_THREAT, Trigger.REGULATOR_COMPLAINT)


class Notice(NamedTuple):
    """A step of the ladder and when it is due (UTC); `occurrence` tells its rounds apart."""

    step: LadderStep
    at: datetime
    occurrence: str


class Called(NamedTuple):
    """A step that a clock calls for now."""

    clock: Clock
    notice: Notice

    @property
    def key(self) -> Key:
        """Give under what this notice is kept."""
        return self.clock.kind, self.notice.step.key, self.notice.occurrence


def notices(clock: Clock, *, policy: SeverityPolicy) -> list[Notice]:
    """Give the steps of the ladder that a clock calls for, each with its time.

    Nothing once it was met before the step, nor while it is paused. A step that waits for an
    acknowledgement falls away if somebody said in time that they are at it: after the first notice
    of this clock, for before it there was nothing to acknowledge.
    """
    return [_notice(clock, step, at) for step, at in _steps(clock, policy)]


def called(
    clocks: Iterable[Clock], *, policy: SeverityPolicy, given: Collection[Key], now: datetime
) -> tuple[list[Called], datetime | None]:
    """Give the steps due by `now` that were not given yet, and when the next one will be due.

    Steps follow each other in time, so that a clock is looked at no further than its next one.
    """
    found: list[Called] = []
    following: datetime | None = None
    for clock in clocks:
        if clock.met_at is not None:
            continue
        for step, at in _steps(clock, policy, given=given):
            if at > now:
                following = at if following is None else min(following, at)
                break
            found.append(Called(clock, _notice(clock, step, at)))
    return found, following


def called_of(
    waiting: Iterable[Waiting],
    *,
    policy: SeverityPolicy,
    given: Collection[Key],
    now: datetime,
) -> tuple[list[Clock], list[Called], datetime | None]:
    """Give what `called` does, of clocks in the order in which they may speak, and those of them
    that were worked out: none whose ladder cannot say anything before the next step that is known.
    """
    looked: list[Clock] = []
    found: list[Called] = []
    following: datetime | None = None
    for one in waiting:
        if following is not None and one.earliest >= following:
            break
        clock = one.clock()
        if clock.needed:
            looked.append(clock)
            steps, at = called((clock,), policy=policy, given=given, now=now)
            found += steps
            following = at if following is None else min(following, at or following)
    return looked, found, following


def is_urgent(severity: Severity, trigger: Trigger, *, legal_mode: bool) -> bool:
    """Say whether notices of a case do not wait for anybody's working hours."""
    return severity is Severity.E1 or legal_mode or trigger in URGENT_TRIGGERS


def next_open(calendar: Calendar, moment: datetime) -> datetime:
    """Give the first open instant of somebody's calendar from `moment` (aware) on."""
    first: Segment = next(calendar.segments(moment))
    return first.start


def reaches_nobody(
    policy: SeverityPolicy, heard: Mapping[str, int], *, owners: int
) -> list[tuple[LadderStep, int]]:
    """Give the steps that would not reach anybody for some owners, and for how many of `owners`;
    `heard` says for how many of them a recipient is there.
    """
    found = []
    for step in policy.ladder:
        missing = owners - max(heard.get(recipient, 0) for recipient in step.tell)
        if missing > 0:
            found.append((step, missing))
    return found


def _steps(
    clock: Clock, policy: SeverityPolicy, *, given: Collection[Key] = ()
) -> Iterator[tuple[LadderStep, datetime]]:
    if not clock.needed or clock.due_at is None or clock.kind is ClockKind.PROMISE:
        return  # every promise has a ladder of its own, not only the next one
    occurrence = occurrence_of(clock) if given else ""
    for step in policy.ladder:
        if given and (clock.kind, step.key, occurrence) in given:
            continue
        at = _step_at(clock, step)
        if clock.met_at is not None and at > clock.met_at:
            return
        if not (step.only_unacknowledged and _is_acknowledged(clock, policy, by=at)):
            yield step, at


def _notice(clock: Clock, step: LadderStep, at: datetime) -> Notice:
    return Notice(step, at, occurrence_of(clock))


def _is_acknowledged(clock: Clock, policy: SeverityPolicy, *, by: datetime) -> bool:
    """Say whether somebody said, after the first notice and by a moment, that they are at it."""
    if not clock.taken_up:
        return False
    first = _step_at(clock, policy.ladder[0])
    return any(first <= said <= by for said in clock.taken_up)


def occurrence_of(clock: Clock) -> str:
    """Name the round of a clock: a date set by hand is a round of its own."""
    if clock.hand_set and clock.due_at is not None:
        return f"hand:{clock.due_at.isoformat()}"
    return clock.started_at.isoformat()


def _step_at(clock: Clock, step: LadderStep) -> datetime:
    """Give the instant of a step: a share of the counted time, or minutes after it ran out."""
    assert clock.due_at is not None
    if step.share_percent == 100:
        return clock.due_at + step.minutes_after * MINUTE
    if clock.hand_set or (clock.calendar is None and not clock.pauses):
        length: timedelta = clock.due_at - clock.started_at
        return clock.started_at + length * step.share_percent / 100
    part = clock.target * step.share_percent // 100
    return due_after(clock.calendar, clock.started_at, part, clock.pauses)


FIRST_WARNING, LAST_WARNING = 14, 3
"""How many days before nights become empty those who plan the roster are told."""


def warnings_due(since: datetime, *, now: datetime) -> list[int]:
    """Give the warnings, in days before, that are due for nights that are empty from an instant."""
    return [n for n in (FIRST_WARNING, LAST_WARNING) if since - now <= timedelta(days=n)]


def runs_at_night(policy: SeverityPolicy) -> bool:
    """Say whether a clock of a severity counts elapsed hours, round the clock."""
    return any(
        span.unit is Unit.HOURS
        for level in policy.levels
        for span in (level.acknowledge, level.owner_named, level.silence, level.reply_owed)
    )
