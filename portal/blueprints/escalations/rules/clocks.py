"""The clocks of a case, computed from its append-only clock events, a policy and a calendar.

Nothing here is stored but the events: a changed severity, a late entry or a pause gives other due
times the next time they are asked for, always from the opening.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from portal.blueprints.policies.rules import (
    ClockSpan,
    SeverityLevel,
    SeverityPolicy,
    Unit,
    span_words,
)
from portal.core.calendar import (
    Calendar,
    Segment,
    calendar_days,
    due,
    due_after,
    elapsed,
    end_of_business_day,
    joined,
)

from ..models import ClockKind
from .story import ClockFacts, Story

MINUTE = timedelta(minutes=1)
FIRST_HOURS = (ClockKind.ACKNOWLEDGE, ClockKind.OWNER_NAMED)
"""Clocks that a case which was re-opened has behind it."""


class ClockState(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    LATE = "late"
    NOT_NEEDED = "not_needed"


class Clock(NamedTuple):
    """One clock of a case; every time is aware UTC.

    `due_at` is None while it is paused (its due time moves with every minute), and where nothing
    is due. `taken_up`: when somebody said that they are at it.
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
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    calendar: Calendar | None = None
    taken_up: tuple[datetime, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Give the stretches of time that counted: they add up to `target`."""
        if self.hand_set:
            whole = Segment(self.started_at, self.started_at + self.target)
            return (whole,) if self.target else ()
        found = due(self.calendar, self.started_at, minutes_of(self.target), self.pauses)
        return joined(found.segments)

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


class _Asked(NamedTuple):
    """A clock that a case calls for: how long it runs, from when, and when it was met."""

    kind: ClockKind
    span: ClockSpan
    start: datetime
    met: datetime | None = None


class Waiting(NamedTuple):
    """A clock that still runs and is not worked out yet: no step of a ladder that begins at the
    given share of it comes before `earliest` (UTC).
    """

    earliest: datetime
    asked: _Asked
    build: "_Builder"

    def clock(self) -> Clock:
        """Work the clock out."""
        return self.build.make(self.asked)


def clocks(
    case: ClockFacts, *, policy: SeverityPolicy, calendar: Calendar, zone: str
) -> list[Clock]:
    """Give every clock of a case from its events; `calendar` and `zone` are the account's.

    ValueError if the case was never opened.
    """
    story = Story.of(case)
    build = _Builder(story, calendar, zone, story.taken_up, case.long_track_until)
    found = [build.make(one) for one in _asked(story, policy.level(story.severity))]
    if case.promised is not None:
        made, until = case.promised
        found.append(build.by_hand(ClockKind.PROMISE, made, until, None))
    return found


def waiting(
    case: ClockFacts, *, policy: SeverityPolicy, calendar: Calendar, zone: str
) -> list[Waiting]:
    """Give the clocks of a case that still run, the one that may speak first at the front; what was
    promised is told of by itself.

    ValueError if the case was never opened.
    """
    story = Story.of(case)
    if story.over:
        return []
    build = _Builder(story, calendar, zone, story.taken_up, case.long_track_until)
    share, by_hand = policy.ladder[0].share_percent, story.dates_set or case.long_track_until
    found = []
    for one in _asked(story, policy.level(story.severity)):
        if one.met is None:
            earliest = one.start if by_hand else one.start + one.span.least * share // 100
            found.append(Waiting(earliest, one, build))
    found.sort(key=_earliest)
    return found


_earliest = attrgetter("earliest")


def _asked(story: Story, level: SeverityLevel) -> Iterator[_Asked]:
    """Give the clocks that a severity asks of a case, in the order of its page."""
    yield _Asked(ClockKind.ACKNOWLEDGE, level.acknowledge, story.opened, story.acknowledged)
    yield _Asked(ClockKind.OWNER_NAMED, level.owner_named, story.opened, story.owner_named)
    yield _Asked(ClockKind.SILENCE, level.silence, story.silent_since)
    if story.asked_at is not None:
        yield _Asked(ClockKind.REPLY_OWED, level.reply_owed, story.asked_at, story.answered_at)
    brief, last = level.executive_brief, story.last_brief
    if brief.first is not None and brief.then is not None:
        span, start = (brief.first, story.episode) if last is None else (brief.then, last)
        yield _Asked(ClockKind.EXECUTIVE_BRIEF, span, start)
    yield _Asked(ClockKind.CLOSE, level.close, story.episode, story.closed)
    since = story.handed_over
    if since is not None:  # as long as the first owner had, apart from what the customer was told
        met = next((said for said in story.taken_up if said >= since), None)
        yield _Asked(ClockKind.HOLDER, level.acknowledge, since, met)


def ends_at(span: ClockSpan, start: datetime, *, calendar: Calendar, zone: str) -> datetime:
    """Give the end (UTC) of a span from an aware `start`, in the account's calendar and zone."""
    match span.unit:
        case Unit.BUSINESS_DAYS:
            return end_of_business_day(calendar, start, span.count)
        case Unit.DAYS:
            return calendar_days(start, span.count, zone)
        case Unit.BUSINESS_HOURS:
            return due_after(calendar, start, timedelta(hours=span.count))
        case _:
            return start.astimezone(UTC) + timedelta(hours=span.count)


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


def _counting(span: ClockSpan, calendar: Calendar) -> Calendar | None:
    """Give the calendar whose open time a span counts; None counts round the clock."""
    return calendar if span.unit in (Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS) else None


def minutes_of(length: timedelta) -> Decimal:
    """Give a length in minutes, exactly."""
    return Decimal(length // timedelta(microseconds=1)) / 60_000_000


class _Builder(NamedTuple):
    """Makes clocks of one case."""

    story: Story
    calendar: Calendar
    zone: str
    taken_up: tuple[datetime, ...]
    long_track_until: datetime | None

    def make(self, asked: _Asked) -> Clock:
        """Give a clock as it stands: by the policy, or by a date that a person set."""
        kind, start, met, story = asked.kind, asked.start, asked.met, self.story
        by_hand = story.date_set(kind, start)
        if by_hand is None and kind is ClockKind.CLOSE:
            by_hand = self.long_track_until  # the review date stands in its place
        if by_hand is not None:
            return self.by_hand(kind, start, by_hand, met)
        clock = self.clock(asked)
        past = met is None and kind in FIRST_HOURS and story.episode > story.opened
        return clock._replace(needed=False) if past or (story.withdrawn and not met) else clock

    def clock(self, asked: _Asked) -> Clock:
        """Give the clock of a span that runs from its start until it is met."""
        kind, span, start, met = asked.kind, asked.span, asked.start, asked.met
        ended, since = self.story.pauses(kind)
        counting = _counting(span, self.calendar)
        target, at = self._run(span, start, counting)
        if ended:
            at = due_after(counting, start, target, ended)
        held = since is not None and at > since and (met is None or met > since)
        return Clock(  # by place, in the order above: by name it takes three times as long
            kind,
            start.astimezone(UTC),
            None if held and met is None else at,
            None if met is None else max(met, start),
            since if held else None,
            False,
            met is not None or not self.story.over,
            span,
            target,
            tuple(ended),
            counting,
            self.taken_up,
        )

    def by_hand(
        self, kind: ClockKind, start: datetime, due: datetime, met: datetime | None
    ) -> Clock:
        """Give a clock whose date a person promised: it moves for nothing."""
        return Clock(
            kind=kind,
            started_at=start.astimezone(UTC),
            due_at=due.astimezone(UTC),
            met_at=None if met is None else max(met, start),
            paused_since=None,
            hand_set=True,
            needed=met is not None or not self.story.over,
            span=None,
            target=max(due - start, timedelta(0)),
            taken_up=self.taken_up,
        )

    def _run(
        self, span: ClockSpan, start: datetime, counting: Calendar | None
    ) -> tuple[timedelta, datetime]:
        """Give the counted time of a span (open time for business units, else elapsed time) and its
        end where nothing holds it.
        """
        if span.unit in (Unit.HOURS, Unit.BUSINESS_HOURS):
            length = timedelta(hours=span.count)
            return length, due_after(counting, start, length)
        end = ends_at(span, start, calendar=self.calendar, zone=self.zone)
        return (end - start if counting is None else elapsed(counting, start, end)), end
