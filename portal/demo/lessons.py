"""Post-mortems of the demo company: due, written, reviewed, published, with what became of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from portal.blueprints.accounts.models import Account
from portal.blueprints.postmortems import actions, queries, rules
from portal.blueprints.postmortems.models import (
    Action,
    ActionKind,
    ActionPriority,
    Factor,
    FindingKind,
    LossNote,
    Postmortem,
    State,
)
from portal.core import access, clock
from portal.core.access import Actor
from portal.core.money import Money

from .diary import Story, local, working
from .people import Staff

if TYPE_CHECKING:
    from .course import Course


@dataclass(frozen=True)
class Lesson:
    """What was learnt: the factor, why and why again, what is to be done and how it is seen."""

    factor: Factor
    summary: str
    cause: str
    whys: tuple[str, ...]
    well: str
    badly: str
    luck: str
    what: str
    outcome: str
    seen: str
    owner: str = "contributor"
    kind: ActionKind = ActionKind.PREVENT
    beside: tuple[int, str] = (1, "Nobody had the time to ask")
    evidence: str = "The log of the change, and the minutes of the call"
    surprise: str = (
        "We believed that somebody would tell us before it hurt. Nobody outside could see it, and "
        "inside nobody looked."
    )
    also: tuple[Factor, str] = (
        Factor.MONITORING_GAP,
        "Nothing told us before the customer did.",
    )


REHEARSAL = Lesson(
    Factor.CHANGE_OR_RELEASE,
    "A change locked a table that every order goes through. The plants worked on paper until it "
    "was taken back.",
    "Changes are tried on our data, which are a fortieth of a customer's.",
    (
        "An index was locked for hours",
        "The customer's order table is forty times the test table",
        "The migration was rehearsed on test data alone",
        "No masked copy of customer data exists",
        "Making one was postponed twice without anybody deciding it",
    ),
    "Once the case was declared the customer was called within the hour, every day.",
    "The form of the first report had no word for a plant that stands still.",
    "It was a holiday on the second day: two shifts fewer were lost.",
    "Rehearse every migration on a masked copy",
    "No migration runs on a customer's data for the first time",
    "Two releases with a signed protocol of the rehearsal",
)
BILLING = Lesson(
    Factor.DATA_OR_BILLING,
    "A closed site stayed on the billing plan for a quarter; three invoices were wrong in a row.",
    "Closing a site is a form on paper that nobody owns.",
    (
        "The site was still on the plan",
        "Nobody filled in the form that takes it off",
        "The form belongs to no process",
        "Billing was moved to another team in spring without it",
    ),
    "The credit note was out within two days of the first call.",
    "Four tickets of one customer were never seen together.",
    "Their new buyer knew our billing clerk from a former employer.",
    "Take a closed site off the plan by itself",
    "No invoice for a site that is closed",
    "A month's invoices compared with the sites that are open",
    "bassi",
    ActionKind.PRODUCT,
    (2, "Two people thought the other one did"),
)
WORD = Lesson(
    Factor.COMMUNICATION,
    "The technical trouble lasted hours, the silence lasted days. What the customer remembers is "
    "the silence.",
    "Nobody owns what the customer hears while engineering works.",
    (
        "The customer heard nothing for three days",
        "Support waited for engineering, engineering for a log file",
        "A ticket without news shows no alarm",
        "Our clocks watched the repair and not the customer",
    ),
    "The apology was made in person and believed.",
    "Two of our people promised different dates on the same day.",
    "The customer's planner had kept last year's manual list.",
    "Show who owes the customer a word, and since when",
    "No open case without a word for longer than its grade allows",
    "Four weeks without a breach of silence",
    "lindqvist",
    ActionKind.DETECT,
    (3, "The alarm of old was turned off as too loud"),
)
BY_PLOT = {"stop": REHEARSAL, "again": REHEARSAL, "release": REHEARSAL, "leak": REHEARSAL}
BY_PLOT |= {"invoice": BILLING, "price": BILLING}


STUCK = {0: 9, 2: 12, 3: 18, 4: 30}
"""How many days a post-mortem may stand still at each stage: a company gets on with the old ones."""


def after(course: "Course", staff: Staff, *, far: int, now: datetime) -> Story:
    """Tell what became of a case's post-mortem, if its end made one due; `far` says how far it
    got, where it is so young that it may stand there still.
    """
    if not (found := _of(course)):
        return
    row = found
    if far in STUCK and now - clock.now() > timedelta(days=STUCK[far]):
        far = 6
    if far == 0:
        return
    if row.state is State.WITH_COUNSEL:
        yield working(clock.now() + timedelta(days=1))
        choice = rules.CounselChoice.ORDINARY
        actions.choose(row, choice, by=staff.actor("legal"), now=clock.now())
    if far == 1:
        yield working(clock.now() + timedelta(days=2))
        why = "One sole trader, one wrong click, no pattern: the loss note says it all."
        asked: dict[str, Any] = {"reason": why, "version": None, "by": _lead(row, staff)}
        actions.ask_waiver(row, now=clock.now(), **asked)
        yield working(clock.now() + timedelta(days=1))
        actions.waive(row, version=None, by=_approver(row, staff), now=clock.now())
        return
    yield from _written(row, BY_PLOT.get(course.plot.key, WORD), staff, far=far)
    _link_back(row, by=_lead(row, staff))


LEFT = (
    (
        Factor.EXPECTATION_OR_CONTRACT,
        "Both contracts, at their end",
        "They had bought a report that we never built, and said so twice.",
    ),
    (
        Factor.STAFFING_OR_SKILL,
        "The contract of their second plant",
        "Three of our people in one year: they explained their plant anew each time.",
    ),
    (
        Factor.COMMUNICATION,
        "The whole of a small contract",
        "Nobody called between the notice and the end.",
    ),
)


def after_loss(account: Account, staff: Staff, *, now: datetime) -> Story:
    """Tell what was learnt from a customer who left: a post-mortem, or the note of five minutes;
    the newest are still to be written.
    """
    yield working(clock.now() + timedelta(days=1))
    found = actions.consider_loss(account.id, by=access.job("postmortems"), now=clock.now())
    if found is None:
        found = queries.note_of(account) or next(iter(_due(account)), None)
    if found is None or now - clock.now() < timedelta(days=9):
        return
    if isinstance(found, LossNote):
        yield working(clock.now() + timedelta(days=2))
        factor, what, sentence = LEFT[found.id % len(LEFT)]
        who = staff.by_id(found.owner_id or staff.ids["escalation_manager"])
        said: dict[str, Any] = {"factor": factor, "what": what, "sentence": sentence}
        actions.write_loss(found, **said, version=None, by=who, now=clock.now())
    elif found.state is State.DUE:
        yield from _written(found, WORD, staff, far=6)


def _due(account: Account) -> list[Postmortem]:
    """Give the post-mortems of a customer that nobody has begun."""
    return [row for row in queries.of_account(account) if row.state is State.DUE]


def _link_back(row: Postmortem, *, by: Actor) -> None:
    """Let who leads it say that the newest cause like this one came again in its case, every other
    time.
    """
    if row.id % 2 or row.state in rules.FROZEN:
        return
    now = clock.now()
    for case in queries.cases_for(row, viewer=by, now=now):
        for cause in queries.causes_of(row):
            offers = queries.alike(case, viewer=by, now=now, factor=cause.factor, text=cause.text)
            for offer in offers[:1]:
                earlier = queries.get(by, offer.reference, now=now)
                known = queries.get_cause(earlier, offer.cause_id)
                actions.link(earlier, known, case, by=by, now=now)


def _of(course: "Course") -> Postmortem | None:
    """Give the post-mortem of a case that nobody has begun."""
    rows = queries.covering(course.case.reference) if course.case_id else []
    fresh = (State.DUE, State.WITH_COUNSEL)
    return next((row for row in rows if row.state in fresh), None)


def _lead(row: Postmortem, staff: Staff) -> Actor:
    return staff.by_id(row.facilitator_id or staff.ids["escalation_manager"])


def _approver(row: Postmortem, staff: Staff) -> Actor:
    """Give somebody of leadership who did not lead it."""
    keys = [k for k in ("ceo", "leadership") if staff.ids[k] != row.facilitator_id]
    return staff.actor(keys[0])


def _written(row: Postmortem, lesson: Lesson, staff: Staff, *, far: int) -> Iterator[datetime]:
    """Begin it, write it, and take it as far as it got."""
    yield working(clock.now() + timedelta(days=1))
    lead = _lead(row, staff)
    actions.begin(row, by=lead, now=clock.now())
    yield clock.now() + timedelta(hours=2)
    _fill(row, lesson, staff, by=lead)
    if far == 2:
        return
    yield working(clock.now() + timedelta(days=3))
    actions.note_meeting(row, on=clock.now().date(), by=lead, now=clock.now())
    actions.submit(row, version=None, by=lead, now=clock.now())
    if far == 3:
        return
    yield working(clock.now() + timedelta(days=2))
    actions.approve(row, version=None, by=_approver(row, staff), now=clock.now())
    if far == 4:
        return
    yield working(clock.now() + timedelta(days=1))
    actions.publish(row, version=None, by=lead, now=clock.now())
    yield from _acted(row, staff, far=far)


def _fill(row: Postmortem, lesson: Lesson, staff: Staff, *, by: Actor) -> None:
    now = clock.now()
    actions.write(row, "summary", lesson.summary, was=rules.digest(row.summary), by=by, now=now)
    cause = actions.add_cause(
        row,
        factor=lesson.factor,
        text=lesson.cause,
        whys=lesson.whys,
        proof=actions.Proof(3, lesson.evidence),
        by=by,
        now=now,
    )
    actions.write(row, "surprise", lesson.surprise, was=rules.digest(""), by=by, now=now)
    factor, text = lesson.also
    light = actions.Proof(1)
    actions.add_cause(row, factor=factor, text=text, whys=(), proof=light, by=by, now=now)
    under, beside = lesson.beside
    actions.add_why(row, cause, beside, parent=under, by=by, now=now)
    for kind, text in (
        (FindingKind.WELL, lesson.well),
        (FindingKind.BADLY, lesson.badly),
        (FindingKind.LUCK, lesson.luck),
    ):
        actions.add_finding(row, kind=kind, text=text, by=by, now=now)
    finance = staff.actor("finance")
    actions.set_cost(
        row, Money(2_400 + 310 * (row.id % 23), "EUR"), version=None, by=finance, now=now
    )
    actions.add_action(
        row,
        what=lesson.what,
        outcome=lesson.outcome,
        owner_id=staff.ids[lesson.owner],
        priority=ActionPriority.PRIORITY,
        verification=lesson.seen,
        cause_id=cause.id,
        kind=lesson.kind,
        ticket=f"OPS-{4000 + row.id}",
        ticket_url=f"https://tickets.demo.example/OPS-{4000 + row.id}",
        by=by,
        now=now,
    )
    actions.add_action(
        row,
        what="Tell every owner of a case what we learnt here",
        outcome="The playbook says it in one line",
        owner_id=staff.ids["ferri"],
        priority=ActionPriority.NORMAL,
        verification="The line stands in the playbook",
        kind=ActionKind.DOCUMENT,
        by=by,
        now=now,
    )


def _acted(row: Postmortem, staff: Staff, *, far: int) -> Iterator[datetime]:
    """Let actions be done, and seen by somebody else; in some cases a few days late."""
    found: list[Action] = queries.actions_of(row)
    for action in found:
        yield _done_at(row, action, late=far == 5)
        owner = staff.by_id(action.owner_id)
        actions.finish(row, action, version=None, by=owner, now=clock.now())
        yield working(clock.now() + timedelta(days=6))
        judge = _lead(row, staff)
        if judge.id == action.owner_id:
            judge = _approver(row, staff)
        actions.verify(
            row,
            action,
            note="Seen twice, on a day nobody had announced.",
            version=None,
            by=judge,
            now=clock.now(),
        )


def _done_at(row: Postmortem, action: Action, *, late: bool) -> datetime:
    """Give when an action is done: in time, or some days after its day."""
    if late and action.priority is ActionPriority.PRIORITY:
        return working(local(action.due_on + timedelta(days=2 + row.id % 7), 11))
    return working(clock.now() + timedelta(days=9 + row.id % 7))
