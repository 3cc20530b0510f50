"""Compensation: what the demo company gave, to whom, and who signed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import current_app

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as people
from portal.blueprints.concessions import actions, queries, rules
from portal.blueprints.concessions.actions import Measurement, PartWish, TermsWish, Wish
from portal.blueprints.concessions.models import Concession, Form, Ground, Insurer, State
from portal.blueprints.escalations.models import OPEN_STATES
from portal.blueprints.escalations.models import State as CaseState
from portal.core import access, clock
from portal.core.access import Actor
from portal.core.db import db

from .course import Course
from .customers import Customer
from .diary import Story, local, working
from .people import Staff


@dataclass(frozen=True)
class Deal:
    """What is proposed, as a share of the customer's month, and where it ends."""

    ends: State
    months: str
    form: Form
    what: str
    why: str
    ground: Ground = Ground.GOODWILL
    loss: bool = False
    signs: int = 9
    ends_badly: bool = False
    countered: bool = False


CREDIT, HOURS, REFUND = Form.SERVICE_CREDIT, Form.SERVICE_HOURS, Form.REFUND
TRAINING, MONTHS = Form.TRAINING, Form.FREE_MONTHS
STOPPED = "A shift stood still; their own overtime sheets show it."
WRONG = "Three wrong invoices cost their accounts department days."
LATE = "The interface came two quarters late; the plant worked by hand."
TALK = "They fought for us inside; a gesture now is worth more than one at renewal."
OTHERWISE = {
    STOPPED: "Others who stood still as long had no night shift; they had two.",
    WRONG: "The same mistake hit them three times, others once.",
    LATE: "They waited two quarters; nobody else waited more than one.",
    TALK: "Small on purpose: they asked for a sign, not for money.",
}
COSTS = {HOURS: Decimal("0.6"), TRAINING: Decimal("0.4"), MONTHS: Decimal("0.7")}
"""What a form costs us of what it is worth to them; a credit or a refund costs all of it."""
PAST = (
    Deal(State.DELIVERED, "0.30", CREDIT, "Service credit on the next invoice", STOPPED),
    Deal(
        State.DELIVERED,
        "0.80",
        REFUND,
        "Refund of overtime paid",
        STOPPED,
        Ground.DIRECT_LOSS,
        True,
    ),
    Deal(State.DELIVERED, "0.20", HOURS, "A day of consulting on site", WRONG),
    Deal(State.DELIVERED, "0.50", CREDIT, "Half a month of service credit", LATE),
    Deal(
        State.DELIVERED,
        "1.60",
        REFUND,
        "Refund of hauliers' waiting time",
        STOPPED,
        Ground.DIRECT_LOSS,
        True,
    ),
    Deal(State.DELIVERED, "0.25", TRAINING, "Training for two shifts", TALK),
    Deal(State.DELIVERED, "0.40", CREDIT, "Service credit", WRONG),
    Deal(
        State.DELIVERED,
        "2.40",
        REFUND,
        "Refund of a penalty they paid",
        LATE,
        Ground.DIRECT_LOSS,
        True,
    ),
    Deal(State.DELIVERED, "0.60", HOURS, "Thirty hours of engineering", LATE),
    Deal(State.DELIVERED, "0.35", CREDIT, "Service credit, given twice", WRONG, ends_badly=True),
    Deal(State.ACCEPTED, "0.30", HOURS, "Twenty hours of engineering", LATE, countered=True),
    Deal(State.DECLINED, "0.20", Form.TRAINING, "Training for planners", TALK),
    Deal(State.DECLINED, "0.50", CREDIT, "Half a month of service credit", LATE),
    Deal(State.LAPSED, "0.30", HOURS, "Twelve hours of consulting", TALK),
    Deal(State.LAPSED, "0.45", CREDIT, "Service credit", WRONG),
    Deal(State.REFUSED, "0.95", CREDIT, "A month of service credit", TALK),
    Deal(State.REFUSED, "0.70", Form.DISCOUNT, "Discount for a quarter", TALK),
    Deal(State.WITHDRAWN, "0.40", CREDIT, "Service credit", WRONG),
    Deal(State.DELIVERED, "0.25", CREDIT, "Service credit on two invoices", WRONG),
    Deal(State.DELIVERED, "0.50", MONTHS, "Half a month free of charge", LATE),
    Deal(State.DELIVERED, "0.15", TRAINING, "Half a day of training", TALK),
    Deal(State.DELIVERED, "0.45", CREDIT, "Service credit", LATE),
    Deal(State.DELIVERED, "0.20", HOURS, "Eight hours of engineering", WRONG),
    Deal(State.DELIVERED, "0.35", CREDIT, "Service credit on the next invoice", STOPPED),
    Deal(State.DELIVERED, "0.30", TRAINING, "Training for the night shift", STOPPED),
    Deal(State.DELIVERED, "0.55", CREDIT, "Half a month of service credit", WRONG),
    Deal(State.DELIVERED, "0.25", HOURS, "A day of consulting", LATE),
    Deal(State.DELIVERED, "0.40", CREDIT, "Service credit", TALK),
)
OPEN = (
    Deal(State.DRAFT, "0.30", CREDIT, "Service credit", WRONG),
    Deal(State.DRAFT, "0.60", HOURS, "Thirty hours of engineering", LATE),
    Deal(State.REQUESTED, "0.40", CREDIT, "Service credit on the next invoice", STOPPED, signs=0),
    Deal(
        State.REQUESTED,
        "0.90",
        REFUND,
        "Refund of overtime paid",
        STOPPED,
        Ground.DIRECT_LOSS,
        True,
        0,
    ),
    Deal(
        State.REQUESTED,
        "1.80",
        REFUND,
        "Refund of returned freight",
        STOPPED,
        Ground.DIRECT_LOSS,
        True,
        1,
    ),
    Deal(State.REQUESTED, "0.50", Form.FREE_MONTHS, "Half a month free of charge", TALK, signs=0),
    Deal(State.APPROVED, "0.35", CREDIT, "Service credit", WRONG),
    Deal(State.OFFERED, "0.55", CREDIT, "Half a month of service credit", STOPPED),
    Deal(State.OFFERED, "0.25", Form.TRAINING, "Training for two shifts", TALK),
    Deal(State.ACCEPTED, "0.35", CREDIT, "Service credit at month's end", WRONG),
    Deal(State.ACCEPTED, "0.50", MONTHS, "Half of next month free of charge", LATE),
    Deal(
        State.ACCEPTED,
        "0.90",
        REFUND,
        "Refund of returned freight",
        STOPPED,
        Ground.DIRECT_LOSS,
        True,
    ),
)
ASKED = timedelta(days=4)
"""How long a request waits for its signatures today, at most."""


def stories(courses: Sequence[Course], staff: Staff, *, now: datetime) -> Iterator[Story]:
    """Give the story of every compensation, each at a case that fits it."""
    past = [c for c in courses if c.ends is CaseState.CLOSED and not c.customer.private]
    steady = (CaseState.STABILISING, CaseState.AWAITING_CUSTOMER)
    present = [c for c in courses if c.ends in steady]
    for deals, cases in ((PAST, past[:: max(1, len(past) // len(PAST))]), (OPEN, present)):
        for deal, course in zip(deals, cases, strict=False):
            first = course.starts + timedelta(days=1.2)
            starts = max(first, now - ASKED) if deal.ends is State.REQUESTED else first
            yield _story(deal, course, staff, starts=starts)


def month_ends(staff: Staff, *, founded: date, now: datetime) -> Story:
    """On the fifth of each month let outcomes be noted, and finance close the month before the
    last; the last one is still open.
    """
    period, by = rules.period_of(founded), access.job("concessions.note_outcomes")
    while True:
        following = rules.next_period(period)
        day = local(date.fromisoformat(f"{rules.next_period(following)}-05"), 10)
        if day > now:
            return
        yield day
        for days in rules.DAYS:
            for row in queries.to_note(days, now=clock.now()):
                actions.note_outcome(row, days=days, by=by, now=clock.now())
        if queries.lines(period):
            actions.close_period(period, by=staff.actor("finance"), now=clock.now())
        period = following


def _story(deal: Deal, course: Course, staff: Staff, *, starts: datetime) -> Story:
    yield working(starts)
    while course.case_id and course.case.state is CaseState.DECLARED:
        yield working(clock.now() + timedelta(hours=5))
    if not course.case_id or course.case.state not in OPEN_STATES:
        return
    row = _propose(deal, course, staff)
    if deal.ends is State.DRAFT:
        return
    yield clock.now() + timedelta(hours=2)
    actions.request(row, by=_author(row, staff), now=clock.now())
    if deal.ends is State.WITHDRAWN:
        yield working(clock.now() + timedelta(hours=6))
        why = "The customer asked for the correction alone."
        actions.withdraw(row, reason=why, by=_author(row, staff), now=clock.now())
        return
    yield from signed(deal, row, staff)
    if row.state is State.APPROVED and deal.ends is not State.APPROVED:
        yield working(clock.now() + timedelta(hours=3))
        offer(row, course, staff)
        if deal.countered:
            yield from _countered(deal, row, course, staff)
        yield from _answered(deal, row, course, staff)


def offer(row: Concession, course: Course, staff: Staff) -> None:
    """Mail the letter where the customer can be written to, else hand it over."""
    people_there, by = queries.addressees(course.customer.row), _author(row, staff)
    if not people_there:
        actions.offer(row, by=by, now=clock.now())
        return
    base_url = current_app.config["PORTAL"].base_url
    actions.send_offer(row, people_there[0], base_url=base_url, by=by, now=clock.now())


def _propose(deal: Deal, course: Course, staff: Staff) -> Concession:
    """Propose it: a share of the customer's monthly fee, in round figures."""
    customer, now = course.customer, clock.now()
    fee = Decimal(customer.arr_on(now.date()) or customer.terms[-1].arr) / 12
    amount = max(Decimal(50), (fee * Decimal(deal.months) / 10).quantize(Decimal(1)) * 10)
    by = staff.by_id(course.case.owner_id or staff.ids["escalation_manager"])
    owed = _measured(customer, fee, staff, now=now) if deal.why == STOPPED else Decimal(0)
    row = actions.propose(
        customer.row,
        Wish(
            why=deal.why,
            currency=customer.currency,
            apology="We are sorry; the case's owner said so on the telephone first.",
            fix=course.plot.end,
            product="Halden Flow",
            fee=fee.quantize(Decimal("0.01")),
            loss=amount if deal.loss else Decimal(0),
            documented=deal.loss,
            owed=owed,
            rests_on="Schedule B, availability" if deal.loss else "",
            departure=OTHERWISE[deal.why],
        ),
        by=by,
        now=now,
        case=course.case,
    )
    if not deal.loss:
        share = COSTS.get(deal.form)
        wish = PartWish(
            ground=deal.ground,
            form=deal.form,
            what=deal.what,
            amount=amount,
            cost=None if share is None else amount * share,
        )
        actions.add_part(row, wish, by=by, now=now)
    return row


def _measured(customer: Customer, fee: Decimal, staff: Staff, *, now: datetime) -> Decimal:
    """Record what was measured in the two months before, and give what the contract owes for it."""
    contracts, finance = account_queries.contracts([customer.id]), staff.actor("finance")
    account = customer.row
    if not contracts or queries.terms_of(finance, account, now=now):
        return Decimal(0)
    wish = TermsWish(
        contract_id=contracts[0].id,
        service="Halden Flow",
        currency=customer.currency,
        fee=fee.quantize(Decimal("0.01")),
        tiers="99.5 10\n98 25\n96 50",
        cap_share=Decimal(50),
        exclusions="Maintenance announced five days before; the customer's own network.",
    )
    terms = actions.set_terms(account, wish, by=finance, now=now)
    last = now.date().replace(day=1) - timedelta(days=1)
    before = last.replace(day=1) - timedelta(days=1)
    for day, percent in ((before, "99.97"), (last, "99.31")):
        found = Measurement(day=day, availability=Decimal(percent), source="Probes, each minute")
        actions.measure(account, terms, found, by=finance, now=now)
    credits = queries.open_credits(customer.id, currency=customer.currency, now=now)
    return queries.total(credits, customer.currency).amount


def _author(row: Concession, staff: Staff) -> Actor:
    return staff.by_id(row.requested_by_id or 0)


def signed(deal: Deal, row: Concession, staff: Staff) -> Iterator[datetime]:
    """Let whoever is next sign, one after the other."""
    for _signature in range(deal.signs):
        if row.state is not State.REQUESTED:
            return
        yield working(clock.now() + timedelta(hours=4))
        signer = next_signer(row, staff)
        if signer is None:
            return
        if not row.insurer:
            actions.note_insurer(
                row, Insurer.NOT_NEEDED, by=staff.actor("finance"), now=clock.now()
            )
        if deal.ends is State.REFUSED:
            why = "Nothing was lost and the fix holds: say sorry well, and say it in person."
            actions.refuse(row, reason=why, by=signer, now=clock.now())
        else:
            actions.approve(row, by=signer, now=clock.now())


def next_signer(row: Concession, staff: Staff) -> Actor | None:
    """Give the first person who can sign a request now, None where nobody can."""
    account, now = accounts_of(row), clock.now()
    weighed = queries.weigh(row, account, parts=queries.parts(row), now=now)
    if weighed is None:
        return None
    able = queries.next_signers(row, account, weighed, now=now)
    return people.actor_of(people.get(able[0].id)) if able else None


def accounts_of(row: Concession) -> Account:
    """Give the account of a compensation."""
    return db.session.get_one(Account, row.account_id)


def _countered(deal: Deal, row: Concession, course: Course, staff: Staff) -> Iterator[datetime]:
    """Let the customer ask for something else, and offer the same again, explained."""
    yield working(clock.now() + timedelta(days=1))
    contact = course.customer.contact()
    who = f"{contact.name}, {contact.title}"
    what = "The same hours, but before the end of the quarter."
    actions.counter(row, who=who, what=what, by=_author(row, staff), now=clock.now())
    yield working(clock.now() + timedelta(hours=5))
    actions.request(row, by=_author(row, staff), now=clock.now())
    yield from signed(deal, row, staff)
    if row.state is State.APPROVED:
        actions.offer(row, by=_author(row, staff), now=clock.now())


def _answered(deal: Deal, row: Concession, course: Course, staff: Staff) -> Iterator[datetime]:
    """Let the customer answer the offer, or not."""
    if deal.ends is State.OFFERED or row.state is not State.OFFERED:
        return
    if deal.ends is State.LAPSED:
        yield working((row.lapses_at or clock.now()) + timedelta(hours=1))
        actions.lapse(row, by=access.job("concessions.lapse_offers"), now=clock.now())
        return
    yield working(clock.now() + timedelta(days=2))
    contact = course.customer.contact()
    who = f"{contact.name}, {contact.title}"
    if deal.ends is State.DECLINED:
        actions.decline(row, who=who, by=_author(row, staff), now=clock.now())
        return
    actions.accept(row, who=who, by=_author(row, staff), now=clock.now())
    if deal.ends is State.DELIVERED:
        yield working(clock.now() + timedelta(days=3))
        notes = {part.id: f"CN-{clock.now():%Y}-{1000 + part.id}" for part in queries.parts(row)}
        actions.deliver(row, notes, by=staff.actor("finance"), now=clock.now())
        if deal.ends_badly:
            yield working(clock.now() + timedelta(days=6))
            why = "The same credit was on the invoice already."
            actions.reverse(row, reason=why, by=staff.actor("finance"), now=clock.now())
