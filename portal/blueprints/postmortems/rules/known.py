"""What was known at a moment: of a case, only what had been written down by then."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.blueprints.accounts.models import PromiseState

from .writing import LANES, Story, lane_of, promise_words


@dataclass(frozen=True)
class KnownLine:
    """A line of a timeline: when it happened, when we wrote it down, what, and by whom."""

    at: datetime
    recorded_at: datetime
    text: str
    who: str
    new: bool


@dataclass(frozen=True)
class KnownRow:
    """What happened at one moment, on each of the four timelines."""

    at: datetime
    lanes: tuple[tuple[KnownLine, ...], ...]


def recorded(item: Story) -> datetime:
    """Give when something was written down: never before it happened."""
    return max(item.recorded_at or item.at, item.at)


def moments(story: Iterable[Story]) -> list[datetime]:
    """Give every moment at which we learnt something, each once, the first one first: what was
    written down, and when a promise was kept, broken or agreed anew.
    """
    told = [item for item in story if lane_of(item) is not None]
    learnt = {recorded(item) for item in told}
    learnt |= {item.settled_at for item in told if item.settled_at is not None}
    return sorted(learnt)


def known_at(story: Iterable[Story], moment: datetime, *, zone: str) -> list[KnownRow]:
    """Give what was known at a moment, by the time at which it happened: nothing that was written
    down later, and each promise as it stood then. What was learnt at that very moment is `new`.
    """
    rows: dict[datetime, dict[str, list[KnownLine]]] = {}
    for item in story:
        lane = lane_of(item)
        if lane is None or recorded(item) > moment:
            continue
        was = _as_it_stood(item, moment)
        text = " ".join(was.text.split())
        if was.promise is not None:
            text = f"{text} ({promise_words(was, zone=zone)})"
        learnt = max(recorded(item), was.settled_at or item.at)
        line = KnownLine(item.at, recorded(item), text, item.who, learnt == moment)
        rows.setdefault(item.at, {}).setdefault(lane, []).append(line)
    return [
        KnownRow(at, tuple(tuple(lanes.get(lane, ())) for lane in LANES))
        for at, lanes in sorted(rows.items())
    ]


def _as_it_stood(item: Story, moment: datetime) -> Story:
    """Give a promise as it stood: one that was settled later was open still."""
    if item.promise is None or item.settled_at is None or item.settled_at <= moment:
        return item
    return replace(item, promise=PromiseState.OPEN, settled_at=None)


def step_at(known: Sequence[datetime], moment: datetime | None) -> int:
    """Give which of the moments at which we learnt something was the last up to a moment; the very
    last one where none is asked for, the first where it lies before all.
    """
    if moment is None:
        return len(known) - 1
    return max(sum(one <= moment for one in known) - 1, 0)
