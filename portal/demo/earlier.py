"""What the programme decided before its last year: what there is to compare when it asks whether it
works.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import (
    ExitReason,
    LaneKind,
    PanelVerdict,
    Sponsor,
    SponsorshipState,
)
from portal.core import clock
from portal.core.db import db

from .course import Course
from .customers import Customer
from .diary import Story, local, working
from .history import TOLD, doubled
from .people import Staff
from .programme import complete, decided, kept

STAYED, LEFT = 8, 3
"""How many nominations of customers who are still there, and of those who left afterwards."""
DECIDED = timedelta(days=390)
"""At least so long ago: the strategic lane looks back a year."""


def stories(
    everyone: Sequence[Customer], courses: Sequence[Course], staff: Staff, *, now: datetime
) -> Iterator[Story]:
    """Give the nominations of the strategic lane that were decided more than a year ago."""
    busy = {course.customer.name for course in courses} | TOLD
    busy |= {customer.name for customer in doubled(everyone)}
    able = sorted((c for c in everyone if not c.private), key=lambda c: -c.terms[-1].arr)
    there = [c for c in able if not c.leaves and c.name not in busy][13:]
    for n, customer in enumerate(there[:STAYED]):
        yield _nominated(customer, staff, n, starts=now - DECIDED - timedelta(days=12 * n))
    gone = [c for c in able if c.leaves and c.name not in busy]
    early = [c for c in gone if _before_leaving(c) < now - DECIDED]
    for n, customer in enumerate(early[:LEFT]):
        yield _nominated(customer, staff, n, starts=_before_leaving(customer))


def _before_leaving(customer: Customer) -> datetime:
    return local(_end(customer) - timedelta(days=100), 10)


def _end(customer: Customer) -> date:
    return customer.terms[-1].ends


def _nominated(customer: Customer, staff: Staff, n: int, *, starts: datetime) -> Story:
    """Nominate, and decide within the week: every third is admitted."""
    yield working(starts)
    csm = staff.actor(customer.csm)
    row = actions.draft(customer.row, LaneKind.STRATEGIC, by=csm, now=clock.now())
    complete(row, customer, staff, n)
    actions.send(row, by=csm, now=clock.now())
    yield working(clock.now() + timedelta(days=5))
    verdict = PanelVerdict.ADMIT if n % 3 == 0 else PanelVerdict.DECLINE
    course = decided(row, staff, n, verdict=verdict)
    if not customer.leaves:
        yield from course
        return
    for moment in course:
        if moment.date() >= _end(customer):
            break
        yield moment
    begun = queries.sponsorship_of(row)
    if begun is None or begun.state is not SponsorshipState.ACTIVE:
        return
    yield local(_end(customer) + timedelta(days=1), 17)
    note = "They went to a competitor; their head of operations would still take a call."
    sponsor = db.session.get_one(Sponsor, begun.sponsor_id)
    kept(begun, by=staff.by_id(sponsor.person_id))
    by = staff.actor("programme_manager")
    actions.end(begun, ExitReason.CHURNED, note=note, by=by, now=clock.now())
