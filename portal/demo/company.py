"""The demo company from its first day to this one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from portal.blueprints.auth import actions as auth
from portal.blueprints.auth.models import User
from portal.blueprints.policies import actions as policies
from portal.core import access, clock, events
from portal.core.access import Actor
from portal.core.db import db, statements
from portal.core.errors import Refused
from portal.core.events import Event
from portal.core.i18n import _

from . import (
    asks,
    beyond,
    books,
    charter,
    customers,
    deals,
    earlier,
    history,
    incidents,
    lessons,
    lines,
    others,
    people,
    programme,
    reviews,
    risks,
    roster,
    stories,
    wires,
)
from .cases import Teller
from .companies import ENTITIES, PLACES
from .course import Course
from .diary import Diary, Story, hurrying, local

NAME = "Halden Systems"
BUILT = "demo.built"
AGE = timedelta(days=37 * 31)
FAR = (6, 6, 3, 5, 2, 6, 0, 4, 6, 1, 6, 5)
"""How far the post-mortems of cases got, in turn: see `lessons.after`."""
BACK = (0, 2, 3, 4, 6)
"""How far those of cases that came back got, the newest first."""
Progress = Callable[[str], None]


def build(*, progress: Progress) -> str:
    """Fill an empty database with the demo company, and give its logins; where it stands already
    nothing changes. Refused where the database holds somebody else's work.
    """
    if _is_built():
        return people.logins()
    _refuse_foreign()
    now = clock.now().replace(microsecond=0)
    steps, statements.STEPS = statements.STEPS, Random(NAME)
    try:
        with hurrying():
            _tell(now=now, progress=progress)
    finally:
        statements.STEPS = steps
    return people.logins()


def _is_built() -> bool:
    return db.session.scalar(sa.select(Event.seq).where(Event.name == BUILT)) is not None


def _refuse_foreign() -> None:
    if db.session.scalar(sa.select(sa.func.count()).select_from(User)):
        raise Refused(
            _("This database is not empty: the demo company needs one of its own."),
        )


def _tell(*, now: datetime, progress: Progress) -> None:
    by = access.operator("portal demo")
    founded = (now - AGE).date().replace(day=1)
    staff = _found(by=by, now=local(founded, 7))
    diary = Diary(until=now)
    everyone = customers.plan(Random("customers"), today=now.date(), founded=founded)
    families = {customer.name: customer for customer in everyone}
    diary.add(books.rates(staff, founded=founded, now=now))
    for customer in everyone:
        diary.add(customers.story(customer, staff, families, now=now))
    diary.add(books.spending(everyone, staff, founded=founded, now=now))
    told, pairs = history.courses(everyone, now=now), history.twins(everyone, now=now)
    twins = [first for first, _second in pairs]
    for far, course in enumerate([*told, *twins]):
        diary.add(_case(course, staff, diary, far=FAR[far % len(FAR)], now=now))
    for first, second in pairs:
        diary.add(history.merged(Teller(second, staff, aside=diary.add), first, staff))
    for story in (
        programme.sponsors(staff, founded=founded, now=now),
        charter.story(staff, now=now),
        lines.story(staff, now=now),
        *programme.stories(everyone, [*told, *twins], staff, now=now),
        *earlier.stories(everyone, [*told, *twins], staff, now=now),
        *deals.stories(told, staff, now=now),
        *beyond.stories(told, staff, now=now),
        deals.month_ends(staff, founded=founded, now=now),
        incidents.story(everyone, staff, now=now),
        *stories.stories(families, staff, now=now),
        *asks.stories(told, staff, now=now),
        roster.story(staff, now=now),
        roster.choices(staff, now=now),
        roster.moving(staff, now=now),
        books.models(staff, now=now),
        others.story(staff, now=now),
        risks.signals(staff, now=now),
        books.next_rates(staff, now=now),
        risks.scores(now=now),
        risks.register(staff, now=now),
        wires.story(staff, now=now),
        reviews.story(staff, now=now),
        wires.recommendations(staff, now=now),
    ):
        diary.add(story)
    diary.tell(progress=_by_year(progress))
    for sentence in diary.refused:
        progress(f"A story ended early: {sentence}")
    _finish(staff, by=by, now=now)
    progress(f"Ready: {len(everyone)} customers, {len(told)} cases.")


def _case(course: Course, staff: people.Staff, diary: Diary, *, far: int, now: datetime) -> Story:
    """Tell a case, and what was learnt from it; where it came back, learn again."""
    teller = Teller(course, staff, aside=diary.add)
    yield from teller.tell()
    yield clock.now() + timedelta(hours=3)
    diary.add(lessons.after(course, staff, far=far, now=now))
    if course.reopened:
        yield from teller.come_back(course.reopened)
        yield clock.now() + timedelta(hours=3)
        again = BACK[(now - course.reopened).days // 4 % len(BACK)]
        diary.add(lessons.after(course, staff, far=again, now=now))
        yield from teller.carry_on()


def _found(*, by: Actor, now: datetime) -> people.Staff:
    """Found the company: its name, its policies, its people."""
    with clock.moved(now):
        auth.ensure_roles()
        auth.ensure_organisation(name=NAME)
        auth.set_up_organisation(
            name=NAME,
            zone="Europe/Paris",
            currency="EUR",
            language="en",
            fiscal_month=1,
            jurisdictions=sorted(PLACES),
            by=by,
            now=now,
        )
        entities = {
            name: auth.add_legal_entity(
                name=name,
                country=countries[0],
                currency=PLACES[countries[0]][2],
                since=now.date(),
                by=by,
                now=now,
            ).id
            for name, countries in ENTITIES.items()
        }
        policies.publish_defaults(by=by, now=now)
        staff = people.hire(by=by, now=now)
        staff.entities = {
            country: entities[name] for name, countries in ENTITIES.items() for country in countries
        }
        db.session.commit()
    return staff


def _finish(staff: people.Staff, *, by: Actor, now: datetime) -> None:
    """Say who is away this week, and that the company stands."""
    with clock.moved(now):
        people.stand_in(staff, by=by, now=now)
        events.record(BUILT, by=by, now=now)
        db.session.commit()


def _by_year(progress: Progress) -> Callable[[datetime], None]:
    """Give what tells of each new quarter of the history, once."""
    told: set[tuple[int, int]] = set()

    def tell(moment: datetime) -> None:
        quarter = (moment.year, (moment.month + 2) // 3)
        if quarter not in told:
            told.add(quarter)
            progress(f"{quarter[0]}, quarter {quarter[1]} …")

    return tell
