"""The clocks of a case, computed from its append-only clock events, a policy and a calendar.

Nothing here is stored but the events: a changed severity, a late entry or a pause gives other due
times the next time they are asked for, always from the opening.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from portal.blueprints.policies.rules import ClockSpan, LadderStep, SeverityPolicy, Unit, span_words
from portal.core.calendar import (
    Calendar,
    Segment,
    calendar_days,
    due,
    elapsed,
    end_of_business_day,
)

from ..models import ClockKind
from .story import ClockFacts, Story

MINUTE = timedelta(minutes=1)


class ClockState(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    LATE = "late"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Clock:
    """One clock of a case; every time is aware UTC.

    `due_at` is None while it is paused (its due time moves with every minute), and where nothing
    is due. `segments` are the open times that add up to `target`.
    """

    kind: ClockKind
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    paused_since: datetime | None
    hand_set: bool
    needed: bool
    span: ClockSpan | None
    target: timedelta
    segments: tuple[Segment, ...]
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    calendar: Calendar | None = field(default=None, repr=False)

    @property
    def target_words(self) -> str:
        """Give the policy's span in words; nothing for a date set by hand."""
        return span_words(self.span) if self.span and not self.hand_set else ""

    @property
    def was_late(self) -> bool:
        """Say whether it was met after it was due."""
        return self.met_at is not None and self.due_at is not None and self.met_at > self.due_at

    def state(self, now: datetime) -> ClockState:
        """Say where the clock stands at `now`."""
        if not self.needed:
            return ClockState.NOT_NEEDED
        if self.met_at is not None:
            return ClockState.MET
        if self.due_at is None:
            return ClockState.PAUSED
        return ClockState.LATE if now > self.due_at else ClockState.RUNNING

    def left(self, now: datetime) -> timedelta:
        """Give the counted time that is left at `now`: negative when late, in time that counts."""
        if self.hand_set and self.due_at is not None:
            return self.due_at - (self.met_at or now)
        return self.target - self._counted(now)

    def _counted(self, now: datetime) -> timedelta:
        """Give the time that has counted from the start to `now`, a pause or its meeting."""
        end = min(moment for moment in (now, self.met_at, self.paused_since) if moment is not None)
        return elapsed(self.calendar, self.started_at, end, self.pauses)


@dataclass(frozen=True)
class Notice:
    """A step of the ladder and when it is due (UTC); `occurrence` tells its rounds apart."""

    step: LadderStep
    at: datetime
    occurrence: str


def clocks(
    case: ClockFacts, *, policy: SeverityPolicy, calendar: Calendar, zone: str
) -> list[Clock]:
    """Give every clock of a case from its events; `calendar` and `zone` are the account's.

    ValueError if the case was never opened.
    """
    story = Story.of(case)
    level = policy.level(story.severity)
    build = _Builder(story, calendar, zone)
    found = [
        build.first(ClockKind.ACKNOWLEDGE, level.acknowledge, story.acknowledged),
        build.first(ClockKind.OWNER_NAMED, level.owner_named, story.owner_named),
        build.clock(ClockKind.SILENCE, level.silence, story.silent_since),
    ]
    if story.asked_at is not None:
        found.append(
            build.clock(
                ClockKind.REPLY_OWED, level.reply_owed, story.asked_at, met=story.answered_at
            )
        )
    brief = level.executive_brief
    if brief.first is not None and brief.then is not None:
        last = story.last_brief
        span, start = (brief.first, story.episode) if last is None else (brief.then, last)
        found.append(build.clock(ClockKind.EXECUTIVE_BRIEF, span, start))
    found.append(_close(build, level.close, case))
    return found


def ends_at(span: ClockSpan, start: datetime, *, calendar: Calendar, zone: str) -> datetime:
    """Give the end (UTC) of a span from an aware `start`, in the account's calendar and zone."""
    match span.unit:
        case Unit.BUSINESS_DAYS:
            return end_of_business_day(calendar, start, span.count)
        case Unit.DAYS:
            return calendar_days(start, span.count, zone)
        case _:
            return due(_counting(span, calendar), start, span.count * 60).at


def next_due(found: Iterable[Clock]) -> Clock | None:
    """Give the clock that is due first among those still to be met; None if nothing runs."""
    waiting = [c for c in found if c.needed and c.met_at is None and c.due_at is not None]
    return min(waiting, key=lambda clock: clock.due_at or clock.started_at, default=None)


def share(clock: Clock, now: datetime) -> Decimal:
    """Give how much of the clock has run, 1 at its due time, rounded down to a thousandth.

    It stands still in a pause and once the clock is met.
    """
    if clock.hand_set and clock.due_at is not None:
        total = clock.due_at - clock.started_at
        used = (clock.met_at or now) - clock.started_at
    else:
        total, used = clock.target, clock._counted(now)
    if total <= timedelta(0):
        return Decimal(1)
    exact = Decimal(used // timedelta(microseconds=1)) / (total // timedelta(microseconds=1))
    return max(Decimal(0), exact.quantize(Decimal("0.001"), rounding=ROUND_DOWN))


def notices(
    clock: Clock, *, policy: SeverityPolicy, acknowledged_at: datetime | None = None
) -> list[Notice]:
    """Give the steps of the ladder that a clock calls for, each with its time.

    Nothing once it was met before the step, nor while it is paused; steps that wait for an
    acknowledgement fall away from `acknowledged_at` on.
    """
    if not clock.needed or clock.due_at is None:
        return []
    planned = [
        Notice(step, _step_at(clock, step), clock.started_at.isoformat()) for step in policy.ladder
    ]
    return [
        notice
        for notice in planned
        if (clock.met_at is None or notice.at <= clock.met_at)
        and not (
            notice.step.only_unacknowledged
            and acknowledged_at is not None
            and acknowledged_at <= notice.at
        )
    ]


def _step_at(clock: Clock, step: LadderStep) -> datetime:
    """Give the instant of a step: a share of the counted time, or minutes after it ran out."""
    assert clock.due_at is not None
    if step.share_percent == 100:
        return clock.due_at + step.minutes_after * MINUTE
    part = Decimal(step.share_percent) / 100
    if clock.hand_set:
        return clock.started_at + (clock.due_at - clock.started_at) * step.share_percent / 100
    return due(clock.calendar, clock.started_at, _minutes(clock.target) * part, clock.pauses).at


def _close(build: "_Builder", span: ClockSpan, case: ClockFacts) -> Clock:
    """Give the clock to closure; on the long track the review date stands in its place."""
    story = build.story
    clock = build.clock(ClockKind.CLOSE, span, story.episode, met=story.closed)
    if case.long_track_until is None or clock.hand_set:
        return clock
    return build.by_hand(ClockKind.CLOSE, story.episode, case.long_track_until, story.closed)


def _counting(span: ClockSpan, calendar: Calendar) -> Calendar | None:
    """Give the calendar whose open time a span counts; None counts round the clock."""
    return calendar if span.unit in (Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS) else None


def _minutes(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1)) / 60_000_000


@dataclass(frozen=True)
class _Builder:
    """Makes clocks of one case."""

    story: Story
    calendar: Calendar
    zone: str

    def clock(
        self, kind: ClockKind, span: ClockSpan, start: datetime, *, met: datetime | None = None
    ) -> Clock:
        """Give the clock of a span that runs from `start` until it is met."""
        by_hand = self.story.date_set(kind, start)
        if by_hand is not None:
            return self.by_hand(kind, start, by_hand, met)
        ended, since = self.story.pauses(kind)
        counting = _counting(span, self.calendar)
        target = self._target(span, start)
        answer = due(counting, start, _minutes(target), ended)
        held = since is not None and answer.at > since and (met is None or met > since)
        return Clock(
            kind=kind,
            started_at=start.astimezone(UTC),
            due_at=None if held and met is None else answer.at,
            met_at=None if met is None else max(met, start),
            paused_since=since if held else None,
            hand_set=False,
            needed=met is not None or not self.story.over,
            span=span,
            target=target,
            segments=answer.segments,
            pauses=tuple(ended),
            calendar=counting,
        )

    def first(self, kind: ClockKind, span: ClockSpan, met: datetime | None) -> Clock:
        """Give a clock of the first hours, which a case that was re-opened has behind it."""
        clock = self.clock(kind, span, self.story.opened, met=met)
        past = met is None and self.story.episode > self.story.opened
        return replace(clock, needed=False) if past else clock

    def by_hand(
        self, kind: ClockKind, start: datetime, due_at: datetime, met: datetime | None
    ) -> Clock:
        """Give a clock whose date a person promised: it moves for nothing."""
        stretch = (Segment(start, due_at),) if due_at > start else ()
        return Clock(
            kind=kind,
            started_at=start.astimezone(UTC),
            due_at=due_at.astimezone(UTC),
            met_at=None if met is None else max(met, start),
            paused_since=None,
            hand_set=True,
            needed=met is not None or not self.story.over,
            span=None,
            target=max(due_at - start, timedelta(0)),
            segments=stretch,
        )

    def _target(self, span: ClockSpan, start: datetime) -> timedelta:
        """Give the counted time of a span: open time for business units, else elapsed time."""
        if span.unit in (Unit.HOURS, Unit.BUSINESS_HOURS):
            return timedelta(hours=span.count)
        end = ends_at(span, start, calendar=self.calendar, zone=self.zone)
        return elapsed(_counting(span, self.calendar), start, end)
