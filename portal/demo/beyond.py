"""What went beyond what was planned: a budget overdrawn with leadership's signature, and money
promised by people who had no authority to.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.actions import Wish
from portal.blueprints.concessions.models import Form, State
from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import clock

from .course import Course
from .deals import Deal, offer, signed
from .diary import Story, day, working
from .people import Staff

AHEAD = timedelta(days=6)
PENALTY = "Their own customer made them pay a penalty for two late deliveries; the notes are here."
SAID = (
    (41, PromiseKind.PRICE, "Five per cent off the next renewal"),
    (12, PromiseKind.ROADMAP, "The export of batches in the release of March"),
    (9, PromiseKind.MONEY, "Half of October's invoice back"),
    (3, PromiseKind.TERM, "Out of the contract at any month's end"),
)
"""How many days ago somebody promised what nobody had approved."""


def stories(courses: Sequence[Course], staff: Staff, *, now: datetime) -> Iterator[Story]:
    """Give the story of a budget overdrawn, and of each promise, all at cases still open."""
    steady = (CaseState.STABILISING, CaseState.AWAITING_CUSTOMER)
    there = [one for one in courses if one.ends in steady and one.customer.currency == "EUR"]
    yield _overdrawn(there, staff, now=now)
    for (days, kind, what), course in zip(SAID, there, strict=False):
        yield _promised(course, kind, what, staff, days=days, now=now)


def _overdrawn(courses: Sequence[Course], staff: Staff, *, now: datetime) -> Story:
    """Make good a documented loss that is more than the region has left this quarter: leadership
    signs for it.
    """
    yield working(now - AHEAD)
    policy, _number = policies.in_force(CompensationPolicy)
    there = [
        (queries.budget_left(region, policy=policy, now=clock.now())[0].amount, course)
        for course in courses
        if course.case_id and course.case.owner_id
        for region in [course.customer.row.region]
    ]
    if not there:
        return
    left, course = min(there, key=lambda one: (one[0], one[1].customer.name))
    loss = max(Decimal(0), left) + 2_400
    row = actions.propose(
        course.customer.row,
        Wish(
            why=PENALTY,
            currency="EUR",
            apology="We are sorry; the case's owner said so on the telephone first.",
            fix=course.plot.end,
            product="Halden Flow",
            loss=loss.quantize(Decimal(100)),
            documented=True,
            rests_on="Clause 9.2, direct damages",
        ),
        by=staff.by_id(course.case.owner_id or staff.ids["escalation_manager"]),
        now=clock.now(),
        case=course.case,
    )
    yield clock.now() + timedelta(hours=1)
    author = staff.by_id(row.requested_by_id or 0)
    actions.request(row, by=author, now=clock.now())
    deal = Deal(State.OFFERED, "0", Form.REFUND, "Refund of a penalty", PENALTY, loss=True)
    yield from signed(deal, row, staff)
    if row.state is State.APPROVED:
        yield working(clock.now() + timedelta(hours=3))
        offer(row, course, staff)


def _promised(
    course: Course, kind: PromiseKind, what: str, staff: Staff, *, days: int, now: datetime
) -> Story:
    """Let the customer's account manager or CSM promise what needs an approved compensation."""
    yield working(now - timedelta(days=days))
    if not course.customer.id:
        return
    owner_id = course.customer.row.owner_id or staff.ids["csm"]
    case = course.case if course.case_id else None
    account_actions.promise(
        course.customer.id,
        kind=kind,
        what=what,
        to_whom=course.customer.contact().name,
        due_at=day(now, 20, 16),
        case_ref=case.reference if case else None,
        by=staff.by_id(owner_id),
        now=clock.now(),
    )
