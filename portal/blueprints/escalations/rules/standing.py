"""Which clock events still stand after corrections."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

RETRACTED = "retracted:"
"""Before the kind of an event that did not happen then: an entry of the timeline was corrected."""


class _Moved(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...


E = TypeVar("E", bound=_Moved)


def standing(events: Sequence[E]) -> list[E]:
    """Give the events without those that were taken back: one for each taking back, same kind and
    time.
    """
    taken = Counter(
        (event.kind.removeprefix(RETRACTED), event.at)
        for event in events
        if event.kind.startswith(RETRACTED)
    )
    if not taken:
        return list(events)
    left = []
    for event in events:
        key = (event.kind, event.at)
        if event.kind.startswith(RETRACTED):
            continue
        if taken[key]:
            taken[key] -= 1
            continue
        left.append(event)
    return left
