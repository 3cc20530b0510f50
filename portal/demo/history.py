"""Which cases the demo company had in eighteen months, and where each of them stands."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from portal.blueprints.escalations import actions
from portal.blueprints.escalations.models import Resolution, State
from portal.core import clock

from .cases import Teller
from .course import Course
from .customers import LEAD, Customer
from .diary import Story, working
from .people import Staff
from .plots import PLOTS, Plot

TOLD = frozenset({LEAD, "Cartiere Monteverdi", "Hospices de la Bresse"})
"""Customers with a story of their own."""
SPAN = 545
"""Days of history with cases."""
QUIET = 34
"""Days in which old cases are over: none of them is open today."""
OPEN: tuple[tuple[State, int, dict[str, Any]], ...] = (
    # where it stands, how many, what went wrong on the way
    (State.STABILISING, 6, {}),
    (State.STABILISING, 4, {"breaks": True, "moves": 1}),
    (State.STABILISING, 2, {"breaks": True, "moves": 3}),
    (State.AWAITING_CUSTOMER, 7, {}),
    (State.ACCEPTED, 5, {}),
    (State.ACCEPTED, 2, {"late": True}),
    (State.DECLARED, 4, {}),
    (State.DRAFT, 3, {}),
)
AGES = {
    State.STABILISING: (4.0, 24.0),
    State.AWAITING_CUSTOMER: (9.0, 26.0),
    State.ACCEPTED: (1.0, 2.5),
    State.DECLARED: (0.02, 0.5),
    State.DRAFT: (0.1, 2.0),
}
PAST: tuple[tuple[State, int, dict[str, Any]], ...] = (
    (State.CLOSED, 46, {}),
    (State.CLOSED, 12, {"breaks": True, "moves": 1}),
    (State.CLOSED, 6, {"late": True, "raised": True}),
    (State.CLOSED, 5, {"breaks": True, "moves": 3, "raised": True}),
    (State.CLOSED, 3, {"notice": True, "raised": True}),
    (State.CLOSED, 7, {"late": True, "breaks": True, "resolution": Resolution.LOST}),
    (State.CLOSED, 4, {"resolution": Resolution.NO_FAULT}),
    (State.DECLINED, 6, {}),
    (State.VOID, 4, {}),
)
BACK = 5
"""Cases that came back within weeks of their closing, and are open again."""
PAIRS = 4
"""Cases that turned out to be one."""


def courses(everyone: Sequence[Customer], *, now: datetime) -> list[Course]:
    """Plan every case but the memorable ones; a customer has one at a time."""
    random = Random("courses")
    busy: dict[str, list[date]] = {LEAD: []}
    found = []
    for ends, count, more in PAST:
        for n in range(count):
            lost = more.get("resolution") is Resolution.LOST
            days = random.uniform(QUIET, SPAN)
            one = _one(random, everyone, busy, now - timedelta(days=days), lost=lost, now=now)
            found.append(Course(one[0], one[1], one[2], ends=ends, seed=f"past {n}", **more))
    for ends, count, more in OPEN:
        low, high = AGES[ends]
        for n in range(count):
            starts = now - timedelta(days=low + (high - low) * (n + 0.5) / count)
            one = _one(random, everyone, busy, starts, lost=False, now=now)
            days = (now - starts).days + 1.0
            found.append(
                Course(
                    one[0], one[1], one[2], ends=ends, seed=f"open {n}", lasts=days * 0.8, **more
                )
            )
    ended = [course for course in found if course.ends is State.CLOSED]
    for n, course in enumerate(sorted(ended, key=lambda c: c.starts, reverse=True)[:BACK]):
        course.reopened, course.lasts = now - timedelta(days=3 + 4 * n), 8.0
    return found


def _one(
    random: Random,
    everyone: Sequence[Customer],
    busy: dict[str, list[date]],
    starts: datetime,
    *,
    lost: bool,
    now: datetime,
) -> tuple[Customer, Plot, datetime]:
    """Find a customer with a contract and no other case around that day, and what happens there."""
    day = starts.date()
    able = [
        customer
        for customer in everyone
        if customer.name not in TOLD
        and customer.joins < day - timedelta(days=20)
        and customer.arr_on(day)
        and all(abs((day - other).days) > 62 for other in busy.get(customer.name, []))
        and (not lost or customer.leaves)
    ] or [c for c in everyone if c.leaves and c.arr_on(day)]
    if not able:
        return _one(random, everyone, busy, starts - timedelta(days=40), lost=lost, now=now)
    customer = random.choice(able)
    busy.setdefault(customer.name, []).append(day)
    fitting = [p for p in PLOTS if not p.only or customer.industry in p.only]
    if lost:
        fitting = [p for p in fitting if p.key in {"stop", "price", "feature", "again"}]
    return customer, random.choice(fitting), _hour(random, starts, now=now)


def _hour(random: Random, starts: datetime, *, now: datetime) -> datetime:
    """Give an hour at which customers complain; nothing begins later than now."""
    if now - starts < timedelta(hours=20):
        return starts
    return working(starts.replace(hour=random.randint(6, 16), minute=random.randint(0, 59)))


def doubled(everyone: Sequence[Customer]) -> list[Customer]:
    """Give the customers of which two cases turned out to be one."""
    large = [c for c in everyone if c.segment == "enterprise" and not c.leaves]
    return Random("doubled").sample([c for c in large if c.name not in TOLD], PAIRS)


def twins(everyone: Sequence[Customer], *, now: datetime) -> list[tuple[Course, Course]]:
    """Plan pairs of cases of one customer, of which the second is merged into the first."""
    random = Random("twins")
    found = []
    for n, customer in enumerate(doubled(everyone)):
        starts = working(now - timedelta(days=60 + 95 * n, hours=random.randint(1, 9)))
        first = Course(customer, PLOTS[0], starts, seed=f"twin {n}")
        again = starts + timedelta(hours=5)
        second = Course(customer, PLOTS[12], again, ends=State.DECLARED, seed=f"double {n}")
        found.append((first, second))
    return found


def merged(teller: Teller, first: Course, staff: Staff) -> Story:
    """Tell of a case that turned out to be another one."""
    yield from teller.tell()
    yield clock.now() + timedelta(hours=2)
    by = staff.actor("escalation_manager")
    actions.merge(teller.case, first.case, by=by, now=clock.now())
