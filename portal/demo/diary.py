"""The demo company's history is told by many stories at once, in the order in which things happen."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.core import clock, jobs
from portal.core.db import db
from portal.core.errors import Refused

Story = Iterator[datetime]
"""A generator that yields the moment at which it goes on; what it does there is done then."""
AFTER = timedelta(seconds=75)
"""Mail to customers waits a minute; jobs are drained when it has left."""
PARIS = ZoneInfo("Europe/Paris")


def local(day: date, hour: int, minute: int = 0, *, zone: ZoneInfo = PARIS) -> datetime:
    """Give the instant of a wall clock time on a day, in UTC."""
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def day(now: datetime, ahead: int, hour: int, minute: int = 0) -> datetime:
    """Give a time of day in Paris, so many days from now, in UTC."""
    return local((now + timedelta(days=ahead)).date(), hour, minute)


def working(moment: datetime, *, zone: ZoneInfo = PARIS) -> datetime:
    """Give the moment itself inside office hours, else the next morning somebody is there."""
    there = moment.astimezone(zone)
    if there.hour >= 19:
        there = (there + timedelta(days=1)).replace(hour=8, minute=35 + there.minute // 3)
    elif there.hour < 8:
        there = there.replace(hour=8, minute=35 + there.minute // 3)
    while there.weekday() > 4:
        there += timedelta(days=1)
    return there.astimezone(UTC)


def awake(moment: datetime, *, zone: ZoneInfo = PARIS) -> datetime:
    """Give the moment itself by day, be it a Sunday, else the next morning."""
    there = moment.astimezone(zone)
    if there.hour >= 20:
        there += timedelta(days=1)
    if not 8 <= there.hour < 20:
        there = there.replace(hour=8, minute=35 + there.minute // 3)
    return there.astimezone(UTC)


class Diary:
    """Tells stories side by side until a moment; what would come later stays untold."""

    def __init__(self, *, until: datetime) -> None:
        self.until = until
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._order = count()
        self.refused: list[str] = []

    def add(self, story: Story) -> None:
        """Take a story in; up to its first moment it must not write."""
        moment = next(story, None)
        if moment is not None:
            heapq.heappush(self._waiting, (moment, next(self._order), story))

    def tell(self, *, progress: Callable[[datetime], None]) -> int:
        """Let everything happen in its order, each step at its moment; gives how many steps.

        A story that the rules refuse to go on with ends there, and is noted in `refused`.
        """
        steps = 0
        while self._waiting:
            moment, _order, story = heapq.heappop(self._waiting)
            if moment > self.until:
                continue
            progress(moment)
            coming = self._happen(story, moment)
            steps += 1
            if coming is not None:
                heapq.heappush(self._waiting, (max(coming, moment), next(self._order), story))
        return steps

    def _happen(self, story: Story, moment: datetime) -> datetime | None:
        """Let one step happen, then the jobs that follow from it; gives when the story goes on,
        None where it has ended.
        """
        try:
            with clock.moved(moment):
                coming = next(story, None)
                db.session.commit()
        except Refused as error:
            db.session.rollback()
            name = getattr(story, "__qualname__", "story")
            self.refused.append(f"{name}, {moment:%Y-%m-%d %H:%M}: {error}")
            return None
        with clock.moved(min(moment + AFTER, self.until)):
            jobs.drain()
        return coming


@contextmanager
def hurrying() -> Iterator[None]:
    """Do not wait for the disk after each commit: who pulls the plug starts the demo again."""
    engine = db.engine
    word = (
        "PRAGMA synchronous=OFF"
        if engine.dialect.name == "sqlite"
        else "SET synchronous_commit TO OFF"
    )

    def hurry(connection: Any, record: Any, proxy: Any) -> None:
        if not record.info.get("hurries"):
            connection.cursor().execute(word)
            connection.commit()
            record.info["hurries"] = True

    db.session.remove()
    sa.event.listen(engine, "checkout", hurry)
    try:
        yield
    finally:
        sa.event.remove(engine, "checkout", hurry)
        db.session.remove()
        engine.dispose()
        if engine.dialect.name != "sqlite":
            # Its own housekeeping comes a minute too late for who opens the first page.
            with engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")
