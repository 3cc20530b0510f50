"""The sponsorship programme: sponsors, nominations, and what sponsors did."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Promise, PromiseKind, PromiseState
from portal.blueprints.escalations.models import OPEN_STATES
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.actions import Profile
from portal.blueprints.sponsorship.models import (
    ExitReason,
    LaneKind,
    Nomination,
    NominationState,
    Panel,
    PanelVerdict,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
    TouchpointState,
)
from portal.core import access, clock
from portal.core.access import Actor
from portal.core.db import db

from .course import Course
from .customers import Customer
from .diary import Story, local, working
from .history import TOLD, doubled
from .people import Staff

SPONSORS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], int]] = {
    # languages, expertise, industries, places
    "executive": (("it", "fr", "en"), ("operations", "renewal"), ("manufacturing", "food"), 3),
    "solheim": (("en",), ("operations", "logistics"), ("logistics", "health care"), 3),
    "executive2": (("fr", "en"), ("service",), ("manufacturing", "retail"), 3),
    "feld": (("en",), ("engineering",), ("manufacturing", "utilities"), 3),
    "ceo": (("fr", "en"), ("strategy",), ("banking", "insurance"), 2),
    "leadership": (("en",), ("finance",), ("insurance", "pharmaceuticals"), 2),
}
OUTCOMES = (
    "Three sites live on one plan, and their board names us in its yearly report",
    "Renewed for two years with the second product in use",
    "Availability above 99.8 % for two quarters, measured by them",
    "Their head of operations speaks at our customer day because they want to",
)
ASKED: tuple[tuple[str, ...], ...] = (
    ("operations",),
    ("finance", "renewal"),
    (),
    ("engineering", "service"),
    ("logistics",),
)
GOALS = (
    ("Their board knows our plan", "It stands in the minutes of their board"),
    ("The second product is in use", "More than half of their planners open it every week"),
    ("Nobody waits for an answer", "No silence of ours longer than the policy allows"),
)
PLAN = "Meet the executive at their place first.\nBring one person who can decide to each meeting."
AGENDA = "What became of what we promised\nWhat they decide this quarter\nWhat we ask of them"
VOTED = {
    PanelVerdict.ADMIT: "They decide about the group, and nobody of ours above a manager knows them.",
    PanelVerdict.WAIT: "Yes, but there is no place before the quarter ends.",
    PanelVerdict.DECLINE: "Calm waters: the CSM does this well.",
}
WATCH = access.job("sponsorship.watch")
PROMISED = "Our head of development shows them the plan of the year in person"
PANELS = 6
"""The newest nominations go before a panel; the programme manager decided the earlier ones."""
LOOKS = 10
"""How often a CSM looks whether a case has become grave enough for a nomination."""
WHYS = (
    "They decide about the whole group next year and know nobody of ours above a manager.",
    "Their executive asked for somebody who can decide.",
)


def sponsors(staff: Staff, *, founded: date, now: datetime) -> Story:
    """Take the executives in, and train them again every year."""
    begun = now.date() - timedelta(days=640)
    for year in range(3):
        yield local(begun + timedelta(days=300 * year), 10)
        for key in SPONSORS:
            profile = _profile(key, staff, on=clock.now().date() - timedelta(days=4))
            by = staff.actor("programme_manager")
            there = db.session.scalar(sa.select(Sponsor).where(Sponsor.person_id == staff.ids[key]))
            if there is None:
                actions.add_sponsor(staff.ids[key], profile, by=by, now=clock.now())
            elif key != "feld" or year < 2:
                actions.edit_sponsor(there, profile, by=by, now=clock.now())


def _profile(key: str, staff: Staff, *, on: date) -> Profile:
    languages, expertise, industries, places = SPONSORS[key]
    return Profile(
        languages=languages,
        zone=staff.actor(key).zone,
        expertise=expertise,
        industries=industries,
        hours_month=10,
        capacity=places,
        trained_on=on,
    )


def stories(
    everyone: Sequence[Customer], courses: Sequence[Course], staff: Staff, *, now: datetime
) -> Iterator[Story]:
    """Give the stories of both lanes."""
    busy = {course.customer.name for course in courses} | TOLD
    busy |= {customer.name for customer in doubled(everyone)}
    large = sorted(
        (c for c in everyone if not (c.leaves or c.private or c.name in busy)),
        key=lambda c: -c.terms[-1].arr,
    )
    for n, customer in enumerate(large[:13]):
        days = 9 if n == 1 else 18 + 37 * n  # the second waits for its answer since last week
        yield _strategic(customer, staff, n, starts=now - timedelta(days=days))
    for n, course in enumerate(courses):
        yield _recovery(course, staff, n)


def _strategic(customer: Customer, staff: Staff, n: int, *, starts: datetime) -> Story:
    yield working(starts)
    csm = staff.actor(customer.csm)
    account = customer.row
    values: dict[str, Any] = {"success_plan_on": clock.now().date() - timedelta(days=6)}
    if n % 4 != 3:
        # Of every fourth nobody has judged what could still be won: the page says so.
        values["growth_potential"] = 30 + 5 * (n * 5 % 12)
    account_actions.edit(account, version=account.version, values=values, by=csm, now=clock.now())
    row = actions.draft(account, LaneKind.STRATEGIC, by=csm, now=clock.now())
    complete(row, customer, staff, n)
    if n == 0:
        return
    yield clock.now() + timedelta(hours=1)
    actions.send(row, by=csm, now=clock.now())
    if n == 1:
        return
    yield working(clock.now() + timedelta(days=3))
    verdict = _verdict(n)
    panel = _before_panel(row, staff, verdict) if n < PANELS else None
    yield working(clock.now() + timedelta(days=3))
    yield from decided(row, staff, n, verdict=verdict, panel=panel)


def _before_panel(row: Nomination, staff: Staff, verdict: PanelVerdict) -> Panel:
    """Convene three people who vote; the one who is proposed as sponsor would stand aside."""
    by, now = staff.actor("programme_manager"), clock.now()
    members = [staff.ids[name] for name in ("ceo", "leadership", "solheim")]
    meets_at = working(now + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)
    panel = actions.convene(
        meets_at=meets_at, place="Board room", quorum=2, members=members, by=by, now=now
    )
    actions.put_on_agenda(row, panel, by=by, now=now)
    given: dict[str, Any] = {"now": now + timedelta(hours=5)}
    for name in ("ceo", "leadership"):
        actions.vote(row, panel, verdict, reason=VOTED[verdict], by=staff.actor(name), **given)
    aside = "I was on their advisory board until last year."
    actions.vote(row, panel, None, reason=aside, by=staff.actor("solheim"), **given)
    return panel


def _verdict(n: int) -> PanelVerdict:
    return {2: PanelVerdict.WAIT, 5: PanelVerdict.DECLINE, 9: PanelVerdict.DECLINE}.get(
        n % 11, PanelVerdict.ADMIT
    )


def complete(row: Nomination, customer: Customer, staff: Staff, n: int) -> None:
    """Write what is to be true at the end, and who speaks to whom."""
    actions.edit(
        row,
        outcome=OUTCOMES[n % len(OUTCOMES)],
        why=WHYS[n % len(WHYS)],
        customer_executive_id=customer.contacts[0],
        proposed_sponsor_id=None,
        expertise=ASKED[n % len(ASKED)],
        by=staff.actor(customer.csm),
        now=clock.now(),
    )


def decided(
    row: Nomination, staff: Staff, n: int, *, verdict: PanelVerdict, panel: Panel | None = None
) -> Iterator[datetime]:
    """Decide as the programme manager; then the sponsor does what sponsors do."""
    by, now = staff.actor("programme_manager"), clock.now()
    sponsor = _free(row, now=now) if verdict is PanelVerdict.ADMIT else None
    if verdict is PanelVerdict.ADMIT and sponsor is None:
        verdict = PanelVerdict.WAIT
    reasons = {
        PanelVerdict.ADMIT: "The panel has read the plan and spoken to their executive.",
        PanelVerdict.WAIT: "The next place in this lane becomes free within the quarter.",
        PanelVerdict.DECLINE: "A good customer in calm waters: the CSM does this better than we would.",
    }
    begun = actions.decide(
        row,
        verdict,
        sponsor_id=sponsor,
        reason=reasons[verdict],
        by=by,
        now=now,
    )
    if panel is not None:
        actions.close_panel(panel, by=by, now=now)
    if begun is not None:
        yield from _sponsored(begun, staff, n)


def _free(row: Nomination, *, now: datetime) -> int | None:
    """Give the first sponsor who is trained, free and without a conflict, None where nobody is."""
    policy, _number = queries.policy_in_force()
    account = account_queries.by_id(row.account_id)
    for carried, match in queries.matches(
        account, row.lane, now=now, nomination=row, policy=policy
    ):
        if match.possible:
            return carried.row.id
    return None


def _recovery(course: Course, staff: Staff, n: int) -> Story:
    """Complete, decide or take back what an executive escalation drafted by itself."""
    yield working(course.starts + timedelta(days=1.1))
    row, turns = _drafted(course), 0
    while row is None:
        if (turns := turns + 1) > LOOKS:
            return
        yield working(clock.now() + timedelta(days=4))
        row = _drafted(course)
    is_open = course.ends in OPEN_STATES
    if n % 4 == 1:
        complete(row, course.customer, staff, n)
        yield clock.now() + timedelta(hours=1)
        actions.send(row, by=staff.actor(course.customer.csm), now=clock.now())
        if is_open and n % 8 == 1:
            return
        yield working(clock.now() + timedelta(days=2))
        yield from decided(row, staff, n, verdict=_verdict(n // 4))
        if row.state is NominationState.WAITING and not is_open:
            yield working(clock.now() + timedelta(days=21))
            why = "They are calm again, and no place came free meanwhile."
            by = staff.actor(course.customer.csm)
            actions.withdraw(row, reason=why, by=by, now=clock.now())
    elif n % 8 == 3 and not is_open:
        complete(row, course.customer, staff, n)
        yield working(clock.now() + timedelta(days=3))
        actions.send(row, by=staff.actor(course.customer.csm), now=clock.now())
        yield working(clock.now() + timedelta(days=2))
        yield from decided(row, staff, n, verdict=PanelVerdict.DECLINE)
    elif not is_open:
        yield working(clock.now() + timedelta(days=6))
        if row.state is NominationState.DRAFT:
            actions.withdraw(
                row,
                reason="They have what they asked for; a sponsor would be one more meeting.",
                by=staff.actor(course.customer.csm),
                now=clock.now(),
            )


def _drafted(course: Course) -> Nomination | None:
    if not course.case_id:
        return None
    return db.session.scalar(
        sa.select(Nomination).where(
            Nomination.case_ref == course.case.reference,
            Nomination.state == NominationState.DRAFT,
        )
    )


def _sponsored(begun: Sponsorship, staff: Staff, n: int) -> Iterator[datetime]:
    """Meet the customer as planned, miss a meeting now and then, and end with the term."""
    sponsor = db.session.get_one(Sponsor, begun.sponsor_id)
    by = staff.by_id(sponsor.person_id)
    _set_goals(begun, n, by=by)
    for turn in range(8):
        point = _next_point(begun)
        if point is None or point.planned_on >= begun.ends_on:
            break
        yield local(point.planned_on, 16)
        actions.watch(begun, by=WATCH, now=clock.now())
        if n == 7 and turn == 1:
            continue
        missed = (n + turn) % 9 == 4
        mine: dict[str, Any] = {"by": by, "now": clock.now()}
        actions.prepare(begun, point, agenda=AGENDA, planned_on=None, **mine)
        actions.settle_touchpoint(
            begun,
            point,
            TouchpointState.MISSED_BY_US if missed else TouchpointState.HELD,
            note="Flight cancelled; new date asked for the same evening."
            if missed
            else "They asked two things: who decides about the roadmap, and whether we come "
            "again before winter. Both answered.",
            on=clock.now().date(),
            ours=() if missed else [sponsor.person_id],
            minutes=None if missed else 60 + 15 * (turn % 3),
            by=by,
            now=clock.now(),
        )
        if turn == 0 and not missed and begun.lane is LaneKind.STRATEGIC:
            _promised(begun, by=by)
        elif not missed:
            kept(begun, by=by)
    yield local(begun.ends_on, 17)
    if begun.state is SponsorshipState.ACTIVE:
        kept(begun, by=by)
        good = n % 3 != 2
        actions.end(
            begun,
            ExitReason.OUTCOME_REACHED if good else ExitReason.TERM_OVER,
            note="Hand back to the CSM; the customer keeps the telephone number.",
            by=staff.actor("programme_manager"),
            now=clock.now(),
        )


def _set_goals(begun: Sponsorship, n: int, *, by: Actor) -> None:
    """Say what is to be reached and how; of every third sponsorship one goal is reached early."""
    mine: dict[str, Any] = {"by": by, "now": clock.now()}
    actions.plan(begun, words=PLAN, **mine)
    for what, measure in GOALS[n % 2 :]:
        actions.set_goal(begun, what=what, measure=measure, due_on=None, **mine)
    if n % 3 == 0:
        first = queries.goals(begun)[0]
        note = "Their board minutes say so."
        actions.settle_goal(begun, first, reached=True, note=note, **mine)


def _promised(begun: Sponsorship, *, by: Actor) -> None:
    """Promise something at the first meeting."""
    due_on = clock.now().date() + timedelta(days=240)
    mine: dict[str, Any] = {"by": by, "now": clock.now()}
    actions.promise(begun, what=PROMISED, kind=PromiseKind.MEETING, due_on=due_on, **mine)


def kept(begun: Sponsorship, *, by: Actor) -> None:
    """Keep at a later meeting, or before they part, what was promised at the first."""
    query = sa.select(Promise).filter_by(account_id=begun.account_id, by_id=by.id, what=PROMISED)
    for row in db.session.scalars(query.where(Promise.state == PromiseState.OPEN)):
        account_actions.keep(row, by=by, now=clock.now())


def _next_point(begun: Sponsorship) -> Touchpoint | None:
    return db.session.scalar(
        sa.select(Touchpoint)
        .where(Touchpoint.sponsorship_id == begun.id, Touchpoint.state == TouchpointState.PLANNED)
        .order_by(Touchpoint.planned_on)
        .limit(1)
    )
