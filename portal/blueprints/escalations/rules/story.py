"""What happened to the clocks of a case: append-only events, read once into what clocks ask."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from ..models import ClockKind, Severity


class ClockEventKind(StrEnum):
    """What can move a clock."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    OWNER_NAMED = "owner_named"
    OUR_CONTACT = "our_contact"
    CUSTOMER_MESSAGE = "customer_message"
    BRIEF_ISSUED = "brief_issued"
    SEVERITY_SET = "severity_set"
    PAUSED = "paused"
    RESUMED = "resumed"
    DATE_SET = "date_set"
    CLOSED = "closed"
    REOPENED = "reopened"
    STOPPED = "stopped"
    RESTORED = "restored"
    HANDED_OVER = "handed_over"
    TAKEN_UP = "taken_up"
    POLICY_WITHDRAWN = "policy_withdrawn"
    POLICY_ADOPTED = "policy_adopted"


Kind = ClockEventKind


class ClockEvent(NamedTuple):
    """Something that happened to a case's clocks, at its event time (aware UTC).

    `OUR_CONTACT` is a message, call or meeting of ours that reached the customer. `SEVERITY_SET`
    carries a severity; `DATE_SET` a clock and a due date, or none to let the policy speak again;
    `PAUSED` and `RESUMED` hold all clocks, or one. `STOPPED` is declined, merged or void.
    `TAKEN_UP`: its owner, or whoever was told, says that they are at it. Under a withdrawn policy
    only dates set by hand run, until the case is put under another one.
    """

    kind: ClockEventKind
    at: datetime
    severity: Severity | None = None
    clock: ClockKind | None = None
    due_at: datetime | None = None


class ClockFacts(NamedTuple):
    """A case as its clocks see it; `severity` counts until the first SEVERITY_SET event. `promised`
    is when the open promise that is due first was made, and until when.
    """

    severity: Severity
    events: tuple[ClockEvent, ...]
    long_track_until: datetime | None = None
    promised: tuple[datetime, datetime] | None = None


class Story(NamedTuple):
    """The events of a case, read once."""

    by_kind: Mapping[ClockEventKind, Sequence[ClockEvent]]
    severity: Severity
    opened: datetime
    episode: datetime
    closed: datetime | None
    stopped: bool
    withdrawn: bool
    silent_since: datetime
    asked_at: datetime | None
    answered_at: datetime | None

    @classmethod
    def of(cls, case: ClockFacts) -> "Story":
        """Read a case's events in the order of their times; ValueError if it was never opened."""
        by_kind: dict[ClockEventKind, list[ClockEvent]] = defaultdict(list)
        severity = case.severity
        for event in sorted(case.events, key=attrgetter("at")):
            by_kind[event.kind].append(event)
            severity = event.severity or severity
        if Kind.OPENED not in by_kind:
            raise ValueError("a case without an opening has no clocks")
        opened = by_kind[Kind.OPENED][0].at
        episode = max(_last(by_kind, Kind.REOPENED) or opened, opened)
        closed = _last(by_kind, Kind.CLOSED)
        contacts = [event.at for event in by_kind.get(Kind.OUR_CONTACT, ())]
        asked, answered = _reply(by_kind.get(Kind.CUSTOMER_MESSAGE, ()), contacts, episode)
        return cls(
            by_kind=by_kind,
            severity=severity,
            opened=opened,
            episode=episode,
            closed=closed if closed is not None and closed >= episode else None,
            stopped=_follows(by_kind, Kind.STOPPED, undone_by=Kind.RESTORED),
            withdrawn=_follows(by_kind, Kind.POLICY_WITHDRAWN, undone_by=Kind.POLICY_ADOPTED),
            silent_since=max([episode, *contacts[-1:]]),
            asked_at=asked,
            answered_at=answered,
        )

    @property
    def over(self) -> bool:
        """Say whether the case is closed, declined, merged or void."""
        return self.stopped or self.closed is not None

    @property
    def acknowledged(self) -> datetime | None:
        """Give when the owner first accepted it."""
        return _first(self.by_kind, Kind.ACKNOWLEDGED)

    @property
    def owner_named(self) -> datetime | None:
        """Give when it first had an owner."""
        return _first(self.by_kind, Kind.OWNER_NAMED)

    @property
    def handed_over(self) -> datetime | None:
        """Give when it last changed hands since it was opened or re-opened."""
        return _last(self.by_kind, Kind.HANDED_OVER, since=self.episode)

    @property
    def last_brief(self) -> datetime | None:
        """Give when the executive owner was last briefed since it was opened or re-opened."""
        return _last(self.by_kind, Kind.BRIEF_ISSUED, since=self.episode)

    @property
    def taken_up(self) -> tuple[datetime, ...]:
        """Give when somebody said that they are at it, in order; each stops a ladder of notice."""
        first, later = (self.by_kind.get(kind, ()) for kind in (Kind.ACKNOWLEDGED, Kind.TAKEN_UP))
        return tuple(sorted(event.at for event in (*first, *later))) if first or later else ()

    @property
    def dates_set(self) -> bool:
        """Say whether a person ever set a date of any clock."""
        return Kind.DATE_SET in self.by_kind

    def date_set(self, kind: ClockKind, since: datetime) -> datetime | None:
        """Give the date a person set for this round of a clock, unless it was taken back."""
        for event in reversed(self.by_kind.get(Kind.DATE_SET, ())):
            if event.clock is kind and event.at >= since:
                return event.due_at
        return None

    def pauses(self, kind: ClockKind) -> tuple[list[tuple[datetime, datetime]], datetime | None]:
        """Give the ended pauses of a clock, and since when one is going on."""
        if Kind.PAUSED not in self.by_kind:
            return [], None
        marks = [*self.by_kind[Kind.PAUSED], *self.by_kind.get(Kind.RESUMED, ())]
        ended: list[tuple[datetime, datetime]] = []
        since: datetime | None = None
        for event in sorted(marks, key=attrgetter("at")):
            if event.clock not in (None, kind):
                continue
            if event.kind is Kind.PAUSED and since is None:
                since = event.at
            elif event.kind is Kind.RESUMED and since is not None:
                ended.append((since, event.at))
                since = None
        return ended, since


Events = Mapping[ClockEventKind, Sequence[ClockEvent]]


def _first(events: Events, kind: ClockEventKind) -> datetime | None:
    found = events.get(kind)
    return found[0].at if found else None


def _last(events: Events, kind: ClockEventKind, since: datetime | None = None) -> datetime | None:
    found = events.get(kind)
    if not found or (since is not None and found[-1].at < since):
        return None
    return found[-1].at


def _follows(events: Events, kind: ClockEventKind, *, undone_by: ClockEventKind) -> bool:
    """Say whether the last of two kinds of event is the first of them."""
    last, undone = events.get(kind), events.get(undone_by)
    return bool(last) and not (undone and last and undone[-1].at >= last[-1].at)


def _reply(
    messages: Sequence[ClockEvent], contacts: Sequence[datetime], episode: datetime
) -> tuple[datetime | None, datetime | None]:
    """Give the first customer message still to be answered, else the last one and its answer."""
    asked: datetime | None = None
    answered: datetime | None = None
    for message in messages:
        if message.at < episode:
            continue
        if asked is not None and answered is None:
            break
        if answered is None or message.at >= answered:
            asked = message.at
            answered = min((c for c in contacts if c >= asked), default=None)
    return asked, answered
