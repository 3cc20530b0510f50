"""What happened to the clocks of a case: append-only events, read once into what clocks ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True)
class ClockEvent:
    """Something that happened to a case's clocks, at its event time (aware UTC).

    `OUR_CONTACT` is a message, call or meeting of ours that reached the customer. `SEVERITY_SET`
    carries a severity; `DATE_SET` a clock and a due date, or none to let the policy speak again;
    `PAUSED` and `RESUMED` hold all clocks, or one. `STOPPED` is declined, merged or void.
    """

    kind: ClockEventKind
    at: datetime
    severity: Severity | None = None
    clock: ClockKind | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class ClockFacts:
    """A case as its clocks see it; `severity` counts until the first SEVERITY_SET event."""

    severity: Severity
    events: tuple[ClockEvent, ...]
    long_track_until: datetime | None = None


@dataclass(frozen=True)
class Story:
    """The events of a case, read once."""

    events: tuple[ClockEvent, ...]
    severity: Severity
    opened: datetime
    episode: datetime
    closed: datetime | None
    stopped: bool
    silent_since: datetime
    asked_at: datetime | None
    answered_at: datetime | None

    @classmethod
    def of(cls, case: ClockFacts) -> "Story":
        """Read a case's events in the order of their times; ValueError if it was never opened."""
        events = tuple(sorted(case.events, key=lambda event: event.at))
        opened = _first(events, ClockEventKind.OPENED)
        if opened is None:
            raise ValueError("a case without an opening has no clocks")
        episode = max(_times(events, ClockEventKind.REOPENED), default=opened)
        closed = max(_times(events, ClockEventKind.CLOSED, since=episode), default=None)
        set_to = [e.severity for e in events if e.severity is not None]
        ends = [e for e in events if e.kind in (ClockEventKind.STOPPED, ClockEventKind.RESTORED)]
        contacts = _times(events, ClockEventKind.OUR_CONTACT)
        asked, answered = _reply(events, contacts, episode)
        return cls(
            events=events,
            severity=set_to[-1] if set_to else case.severity,
            opened=opened,
            episode=episode,
            closed=closed,
            stopped=bool(ends) and ends[-1].kind is ClockEventKind.STOPPED,
            silent_since=max([episode, *contacts]),
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
        return _first(self.events, ClockEventKind.ACKNOWLEDGED)

    @property
    def owner_named(self) -> datetime | None:
        """Give when it first had an owner."""
        return _first(self.events, ClockEventKind.OWNER_NAMED)

    @property
    def last_brief(self) -> datetime | None:
        """Give when the executive owner was last briefed since it was opened or re-opened."""
        return max(
            _times(self.events, ClockEventKind.BRIEF_ISSUED, since=self.episode), default=None
        )

    def date_set(self, kind: ClockKind, since: datetime) -> datetime | None:
        """Give the date a person set for this round of a clock, unless it was taken back."""
        dates = [
            event.due_at
            for event in self.events
            if event.kind is ClockEventKind.DATE_SET and event.clock is kind and event.at >= since
        ]
        return dates[-1] if dates else None

    def pauses(self, kind: ClockKind) -> tuple[list[tuple[datetime, datetime]], datetime | None]:
        """Give the ended pauses of a clock, and since when one is going on."""
        ended: list[tuple[datetime, datetime]] = []
        since: datetime | None = None
        for event in self.events:
            if event.clock not in (None, kind):
                continue
            if event.kind is ClockEventKind.PAUSED and since is None:
                since = event.at
            elif event.kind is ClockEventKind.RESUMED and since is not None:
                ended.append((since, event.at))
                since = None
        return ended, since


def _times(
    events: Sequence[ClockEvent], kind: ClockEventKind, since: datetime | None = None
) -> list[datetime]:
    return [e.at for e in events if e.kind is kind and (since is None or e.at >= since)]


def _first(events: Sequence[ClockEvent], kind: ClockEventKind) -> datetime | None:
    return min(_times(events, kind), default=None)


def _reply(
    events: Sequence[ClockEvent], contacts: Sequence[datetime], episode: datetime
) -> tuple[datetime | None, datetime | None]:
    """Give the first customer message still to be answered, else the last one and its answer."""
    asked: datetime | None = None
    answered: datetime | None = None
    for message in _times(events, ClockEventKind.CUSTOMER_MESSAGE, since=episode):
        if asked is not None and answered is None:
            break
        if answered is None or message >= answered:
            asked = message
            answered = min((c for c in contacts if c >= message), default=None)
    return asked, answered
