"""What the owners of grave cases ask of their executive, in the executive's own language."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.blueprints.briefings import actions as briefings
from portal.blueprints.briefings import queries as briefing_queries
from portal.blueprints.briefings.models import Kind, Rhythm
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.escalations import actions
from portal.blueprints.escalations.models import Escalation, Option, Severity, State
from portal.core import clock
from portal.core.access import Actor
from portal.core.i18n import speaking
from portal.core.money import Money

from .course import Course
from .diary import Story, day
from .people import Staff
from .plots import filled, lines

GRAVE = (Severity.E1, Severity.E2)
AT_WORK = (State.ACCEPTED, State.STABILISING, State.AWAITING_CUSTOMER)
KINDS = {
    "stop": ("stop", "again", "release"),
    "price": ("price",),
    "late": ("golive", "lawyer", "feature"),
    "trust": ("invoice", "silence", "leak", "regulator", "conduct", "press"),
}
SITE = "127.0.0.1:8000/verify"


def stories(told: Sequence[Course], staff: Staff, *, now: datetime) -> Iterator[Story]:
    """Let one owner after the other ask; each third executive gets a briefing with it."""
    working = [course for course in told if course.ends in AT_WORK]
    for place, course in enumerate(working[::2]):
        yield _asked(course, staff, place=place, now=now)


def _asked(course: Course, staff: Staff, *, place: int, now: datetime) -> Story:
    yield now - timedelta(hours=3 + place)
    if not course.case_id:
        return
    case = course.case
    kind = next((k for k, plots in KINDS.items() if course.plot.key in plots), None)
    chief, owner = case.executive_owner_id, case.owner_id
    if case.severity not in GRAVE or case.state not in AT_WORK or not (kind and chief and owner):
        return
    by, reader = staff.by_id(owner), staff.by_id(chief)
    text = _text(course, kind, reader)
    actions.ask(
        case,
        text["question"],
        of_id=chief,
        options=text["options"],
        recommended=text["options"][0].text,
        answer_by=day(now, 1 + place % 3, 12 + place % 5),
        if_nothing=text["if_nothing"],
        by=by,
        now=clock.now(),
    )
    if place % 3 == 0:
        yield clock.now() + timedelta(minutes=20)
        how: dict[str, Any] = {
            "reader": reader,
            "edition": Edition(locale=reader.language, verify_at=SITE, annex=True),
            "by": by,
        }
        briefings.make_escalation_briefing(case, now=clock.now(), **how)
        briefings.make_account_briefing(course.customer.row, now=clock.now(), **how)
        _followed(case, reader, now=clock.now())


def _followed(case: Escalation, reader: Actor, *, now: datetime) -> None:
    """Let an executive be told each morning what changed, and a call with the customer be ahead."""
    wish = briefings.Wish(kind=Kind.DELTA, about="MINE", rhythm=Rhythm.WORKDAYS, hour=7)
    if not briefing_queries.subscriptions_of(reader.id or 0):
        briefings.subscribe(reader, wish, reader=reader, now=now)
    with speaking(reader.language, reader.zone):
        found = briefing_queries.ahead(reader, case.reference, now=now)
    call = briefings.CallWish(
        about=case.reference,
        at=day(now, 1, 16),
        guests={one.id: found.stakes.get(one.id, "") for one in found.contacts[:3]},
        say=found.say,
        avoid=found.avoid,
    )
    briefings.plan(reader, call, caller=reader, verify_at=SITE, now=now)


def option(line: str) -> Option:
    """Read "what | 1200 EUR | what follows"; the cost and what follows may be empty."""
    text, cost, consequence = (part.strip() for part in line.split("|"))
    amount, _space, currency = cost.partition(" ")
    price = Money(Decimal(amount), currency or "EUR") if amount else None
    return Option(text, price, consequence)


def _text(course: Course, kind: str, reader: Actor) -> dict[str, Any]:
    """Give the texts of a kind of question with this customer's name, town and amounts."""
    customer = course.customer
    words: dict[str, Any] = lines("asks")[reader.language][kind]
    month = max(100, customer.arr_on(clock.now().date()) // 1200 * 100)
    slots = {
        "name": customer.name,
        "town": customer.town,
        "who": customer.contact().name,
        "month": f"{month} {customer.currency}",
    }
    return {
        "question": filled(words["question"], **slots),
        "options": [option(filled(line, **slots)) for line in words["options"]],
        "if_nothing": filled(words["if_nothing"], **slots),
    }
