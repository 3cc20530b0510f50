"""Quarters in the organisation's zone and fiscal year, and what a review needs at each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.rules import Objection
from portal.core import quarters
from portal.core.i18n import _

from ..models import ReviewState, ReviewVerdict

FIRST, LAST = 1990, 2200
AHEAD = timedelta(hours=24)
"""How long before the meeting the pack is sent."""
FEWEST, MOST = 3, 5
"""How many decisions a review should seek."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a fiscal year, named by the calendar year in which that began; the days are the
    first and the last, the instants the first of it and of the next one, in UTC.
    """

    year: int
    number: int
    starts: date
    ends: date
    begins_at: datetime
    ends_at: datetime

    @property
    def reference(self) -> str:
        """Give the reference of its review."""
        return f"QR-{self.year}-Q{self.number}"


def quarter(year: int, number: int, *, first_month: int, zone: str) -> Quarter:
    """Give a quarter of the fiscal year that begins in `first_month`; its edges are midnights of
    `zone`.
    """
    starts, after = quarters.bounds(year, number, first_month=first_month)
    begins_at, ends_at = (_midnight(day, zone) for day in (starts, after))
    return Quarter(year, number, starts, after - timedelta(days=1), begins_at, ends_at)


def named(text: str, *, first_month: int, zone: str) -> Quarter | None:
    """Read the name of a quarter, 2026-Q3 or QR-2026-Q3; None where it is none."""
    found = quarters.parts(text.strip().upper().removeprefix("QR-"))
    if found is None or not FIRST <= found[0] <= LAST:
        return None
    return quarter(*found, first_month=first_month, zone=zone)


def holding(day: date, *, first_month: int, zone: str) -> Quarter:
    """Give the quarter in which a day lies."""
    year, number = quarters.holding(day, first_month=first_month)
    return quarter(year, number, first_month=first_month, zone=zone)


def shifted(one: Quarter, by: int, *, first_month: int, zone: str) -> Quarter:
    """Give the quarter so many quarters later, or earlier."""
    year, within = divmod(one.year * 4 + one.number - 1 + by, 4)
    return quarter(year, within + 1, first_month=first_month, zone=zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


CARRIED, COMING = "carried", "ahead"
"""The items of every agenda, before and after the decisions."""
BOXES = {CARRIED: 10, COMING: 15}
"""Their minutes."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of an agenda with its time box: minutes, and the instant at which it should begin
    (None where the meeting is not called yet). `sought` is the place of its decision, from 0.
    """

    key: str
    minutes: int
    begins_at: datetime | None
    sought: int | None = None

    @property
    def ends_at(self) -> datetime | None:
        """Give when its time is over."""
        return self.begins_at + timedelta(minutes=self.minutes) if self.begins_at else None


def agenda(boxes: Sequence[tuple[int, int]], *, begins_at: datetime | None) -> tuple[Item, ...]:
    """Give the items of a meeting in their order: what was carried over, then the decisions, each
    given as (id, minutes), then the quarter ahead.
    """
    rows = [
        (CARRIED, BOXES[CARRIED], None),
        *((str(number), minutes, place) for place, (number, minutes) in enumerate(boxes)),
        (COMING, BOXES[COMING], None),
    ]
    found, at = [], begins_at
    for key, minutes, place in rows:
        found.append(Item(key, minutes, at, place))
        at = at + timedelta(minutes=minutes) if at else None
    return tuple(found)


def objections_to_call(
    *, state: ReviewState, meets_at: datetime | None, sought: int, none_sought: str, now: datetime
) -> tuple[Objection, ...]:
    """Say what keeps the pack from being sent: a meeting a day ahead, and decisions to take, or why
    there is none.
    """
    found = []
    if state is not ReviewState.PREPARING:
        found.append(Objection("sent", _("The pack was sent already.")))
    if meets_at is None or meets_at - now < AHEAD:
        message = _("The pack goes out at least 24 hours before the meeting.")
        found.append(Objection("too_soon", message, "meets_at"))
    if not sought and not none_sought.strip():
        message = _("Seek a decision, or say why this review seeks none.")
        found.append(Objection("nothing_sought", message))
    return tuple(found)


def objections_to_sign(
    *, state: ReviewState, verdicts: Sequence[ReviewVerdict], over: bool
) -> tuple[Objection, ...]:
    """Say what keeps a review from being signed off."""
    found = []
    if state is not ReviewState.MEETING:
        found.append(Objection("not_met", _("The meeting has not begun, or it is signed already.")))
    if any(verdict is ReviewVerdict.OPEN for verdict in verdicts):
        message = _("A decision is still open: take it, refuse it, or postpone it.")
        found.append(Objection("open", message))
    if not over:
        found.append(Objection("running", _("The quarter is not over yet.")))
    return tuple(found)


def objection_to_decide(verdict: ReviewVerdict, decided: str) -> Objection | None:
    """Say what keeps a decision from being written down."""
    if verdict is ReviewVerdict.OPEN or not decided.strip():
        return Objection("nothing", _("Say what was decided, and in which words."), "decided")
    return None
