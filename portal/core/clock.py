"""The time of day. Only doors ask for it; everything behind them gets `now` as an argument."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """Give this moment in UTC, to the microsecond."""
    return _moved.get() or datetime.now(UTC)


@contextmanager
def moved(to: datetime) -> Iterator[None]:
    """Let it be `to` inside the block: for the demo company's history and for tests."""
    token = _moved.set(to)
    try:
        yield
    finally:
        _moved.reset(token)
