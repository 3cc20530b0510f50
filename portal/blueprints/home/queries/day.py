"""What needs a person today, and what they look for."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import NAMES, Account, Promise, PromiseState
from portal.blueprints.accounts.rules.text import name_key
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.briefings import queries as briefing_queries
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import (
    OPEN_STATES,
    REFERENCE,
    WORDS,
    ClockKind,
    Escalation,
    Severity,
    State,
    Trigger,
)
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.postmortems import queries as postmortem_queries
from portal.blueprints.postmortems import rules as postmortem_rules
from portal.blueprints.postmortems.models import (
    Action,
    ActionState,
    LossNote,
    LossState,
    Postmortem,
)
from portal.blueprints.postmortems.models import State as PostmortemState
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.core import veiling
from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.i18n import _, show_money
from portal.core.money import Money, from_minor
from portal.core.search import newest

from ..rules import Need

LIMIT = 20
HORIZON = timedelta(days=7)


class Hit(NamedTuple):
    """Something that was looked for: an account, a case, a post-mortem written elsewhere."""

    kind: str
    reference: str
    title: str
    note: str


class CaseLine(NamedTuple):
    """An open case that needs somebody, with what is due next."""

    reference: str
    title: str
    account: str
    state: State
    severity: Severity
    trigger: Trigger
    trend: str
    opened_at: datetime
    next_due_at: datetime | None
    next_due_kind: ClockKind | None
    last_contact_at: datetime | None
    stake_minor: int | None
    currency: str
    executive_owner_id: int | None
    owner_id: int | None
    ask: str
    ask_of_id: int | None
    ask_by: datetime | None


class PromiseDue(NamedTuple):
    """A promise of the viewer's that is open."""

    id: int
    what: str
    to_whom: str
    due_at: datetime
    account: str
    account_ref: str
    case_ref: str | None


class Chore(NamedTuple):
    """A post-mortem to write or an action of one to finish."""

    reference: str
    what: str
    due_on: date
    is_action: bool


def standing_in_for(viewer: Actor, *, now: datetime) -> list[int]:
    """Give the ids of the viewer and of everybody absent whose substitute they are."""
    return [viewer.id or 0, *auth_queries.standing_in_for(viewer.id or 0, now=now)]


def cases(viewer: Actor, *, people: Sequence[int], now: datetime) -> list[CaseLine]:
    """Give the open cases that the viewer owns, backs as executive, or is asked about, by what
    is due next.
    """
    query = (
        sa.select(
            *(
                getattr(Escalation, name) if name != "account" else Account.name
                for name in CaseLine._fields
            )
        )
        .join(Account, Account.id == Escalation.account_id)
        .where(Escalation.id.in_(_concerning(people)), case_queries.seen_by(viewer, now=now))
        .order_by(Escalation.next_due_at.is_(None), Escalation.next_due_at, Escalation.id)
        .limit(LIMIT)
    )
    return [CaseLine(*row) for row in db.session.execute(query)]


def _concerning(people: Sequence[int]) -> sa.CompoundSelect[Any]:
    """Select the open cases of some people: each way to be concerned by its own index."""
    ways = (Escalation.owner_id, Escalation.executive_owner_id, Escalation.ask_of_id)
    is_open = Escalation.state.in_(OPEN_STATES)
    return sa.union_all(*(sa.select(Escalation.id).where(way.in_(people), is_open) for way in ways))


def promises(viewer: Actor, *, people: Sequence[int], now: datetime) -> list[PromiseDue]:
    """Give open promises that the viewer (or whom they stand in for) made, the next week's
    first.
    """
    query = (
        sa.select(
            Promise.id,
            Promise.what,
            Promise.to_whom,
            Promise.due_at,
            Account.name,
            Account.reference,
            Promise.case_ref,
        )
        .join(Account, Account.id == Promise.account_id)
        .where(
            Promise.by_id.in_(people),
            Promise.state == PromiseState.OPEN,
            Promise.due_at < now + HORIZON,
            account_queries.promise_scope(viewer, now=now),
        )
        .order_by(Promise.due_at, Promise.id)
        .limit(LIMIT)
    )
    return [PromiseDue(*row) for row in db.session.execute(query)]


def chores(viewer: Actor, *, people: Sequence[int], now: datetime) -> list[Chore]:
    """Give the post-mortems the viewer facilitates and the open actions they own, by date."""
    if not viewer.may(Permission.POSTMORTEMS_READ):
        return []
    seen = postmortem_queries.seen_by(viewer, now=now)
    writing = (PostmortemState.DUE, PostmortemState.DRAFT, PostmortemState.IN_REVIEW)
    drafts = sa.select(
        Postmortem.reference,
        Postmortem.title.label("what"),
        Postmortem.draft_due_on.label("due_on"),
        sa.false(),
    ).where(Postmortem.facilitator_id.in_(people), Postmortem.state.in_(writing), seen)
    actions = (
        sa.select(Postmortem.reference, Action.what, Action.due_on, sa.true())
        .join(Postmortem, Postmortem.id == Action.postmortem_id)
        .where(Action.owner_id.in_(people), Action.state == ActionState.OPEN, seen)
    )
    notes = (
        sa.select(LossNote.reference, Account.name, LossNote.due_on, sa.false())
        .join(Account, Account.id == LossNote.account_id)
        .where(
            LossNote.owner_id.in_(people),
            LossNote.state == LossState.DUE,
            postmortem_queries.loss_seen_by(viewer, now=now),
        )
    )
    both = sa.union_all(drafts, actions, notes).subquery()
    rows = db.session.execute(sa.select(both).order_by(both.c.due_on).limit(LIMIT))
    return [Chore(row[0], row[1], row[2], bool(row[3])) for row in rows]


def search(viewer: Actor, text: str, *, now: datetime) -> list[Hit]:
    """Find accounts by number or words of their name, cases by number, by what they say or by their
    customer, and post-mortems written elsewhere by any of their words, among what the viewer may
    see.
    """
    key = " ".join(text.replace("\x00", "").split())[:80]
    if not key or veiling.asks_for_closed(viewer, key, now=now):
        return []
    written = postmortem_queries.find_imported(viewer, key, now=now, limit=LIMIT)
    customers = _accounts(viewer, key, now=now)
    return [
        *(Hit("account", row.reference, row.name, row.industry) for row in customers),
        *_cases(viewer, key, of=[row.id for row in customers], now=now),
        *(Hit("postmortem", *one) for one in written),
    ]


def _accounts(viewer: Actor, key: str, *, now: datetime) -> Sequence[Any]:
    """Give the accounts with a number or exactly a name, and the newest that are called so."""
    seen = account_queries.mine(viewer, now=now)
    exact = sa.or_(Account.reference == key.upper(), Account.name_key == name_key(key))
    called = newest(NAMES, name_key(key), row_id=Account.id, seen=seen, limit=LIMIT)
    query = (
        sa.select(Account.id, Account.reference, Account.name, Account.industry)
        .where(sa.or_(exact, Account.id.in_(called)), seen)
        .order_by(Account.name_key, Account.id)
        .limit(LIMIT)
    )
    return db.session.execute(query).all()


def _cases(viewer: Actor, key: str, *, of: Sequence[int], now: datetime) -> list[Hit]:
    """Give the newest cases with a number, or that say some words or are of some customers."""
    seen = case_queries.seen_by(viewer, now=now)
    if REFERENCE.fullmatch(key):
        found: Any = Escalation.reference == key.upper()
    else:
        said = newest(WORDS, key, row_id=Escalation.id, seen=seen, limit=LIMIT)
        theirs = sa.select(Escalation.id).where(Escalation.account_id.in_(of), seen)
        # Asked first: PostgreSQL would go through every case to find the few of a subquery.
        last = db.session.scalars(theirs.order_by(Escalation.opened_at.desc()).limit(LIMIT))
        found = Escalation.id.in_({*last, *said})
    query = (
        sa.select(Escalation.reference, Escalation.title, Account.name)
        .join(Account, Account.id == Escalation.account_id)
        .where(found, seen)
        .order_by(Escalation.opened_at.desc(), Escalation.id.desc())
        .limit(LIMIT)
    )
    return [Hit("case", *row) for row in db.session.execute(query)]


def of_trouble(cases: Sequence[CaseLine]) -> list[CaseLine]:
    """Give the cases that are no good news: opportunities are counted apart."""
    return [case for case in cases if case.trigger is not Trigger.OPPORTUNITY]


def stake(cases: Sequence[CaseLine]) -> list[Money]:
    """Add up what is at stake in cases, per currency."""
    sums: dict[str, int] = {}
    for case in cases:
        if case.stake_minor:
            sums[case.currency] = sums.get(case.currency, 0) + case.stake_minor
    return [from_minor(total, currency) for currency, total in sorted(sums.items())]


def needs(
    viewer: Actor, *, cases: Sequence[CaseLine], people: Sequence[int], now: datetime
) -> list[Need]:
    """Give everything that needs the viewer, from all rooms."""
    owed = promises(viewer, people=people, now=now)
    return [
        *_of_cases(cases, people=people, owed=owed),
        *(_of_promise(row) for row in owed),
        *_of_tasks(viewer, people=people, now=now),
        *_of_steps(viewer, people=people, now=now),
        *(_of_chore(row, viewer.zone) for row in chores(viewer, people=people, now=now)),
        *_of_deals(viewer, people=people, now=now),
        *_of_policies(viewer),
        *_of_roster(viewer, now=now),
        *_of_briefings(viewer),
    ]


def _of_cases(
    cases: Sequence[CaseLine], *, people: Sequence[int], owed: Sequence[PromiseDue]
) -> Iterator[Need]:
    # What they promised themselves is said once, with its words.
    said = {(row.account, row.due_at) for row in owed}
    for case in cases:
        is_said = case.next_due_kind is ClockKind.PROMISE
        is_said = is_said and (case.account, case.next_due_at) in said
        href = f"/escalations/{case.reference}"
        if case.ask_of_id in people and case.ask:
            yield Need("ask", case.ask, case.account, f"{href}#ask", case.ask_by, case.severity)
        if case.owner_id in people and case.next_due_at and not is_said:
            kind = f"clock_{case.next_due_kind}" if case.next_due_kind else "clock"
            yield Need(kind, case.title, case.account, href, case.next_due_at, case.severity)


def _of_promise(row: PromiseDue) -> Need:
    href = (
        f"/escalations/{row.case_ref}#promises" if row.case_ref else f"/accounts/{row.account_ref}"
    )
    return Need("promise", row.what, f"{row.account}, {row.to_whom}", href, row.due_at)


def _of_tasks(viewer: Actor, *, people: Sequence[int], now: datetime) -> Iterator[Need]:
    if viewer.may(Permission.ESCALATIONS_READ):
        for row in case_queries.tasks_of(viewer, people, now=now, within=HORIZON):
            href = f"/escalations/{row.case_ref}#tasks"
            yield Need("task", row.what, row.account, href, row.due_at)


def _of_steps(viewer: Actor, *, people: Sequence[int], now: datetime) -> Iterator[Need]:
    """Give the overdue steps of playbooks that the viewer holds, or whoever they stand in for."""
    if viewer.may(Permission.ESCALATIONS_READ):
        for row in case_queries.overdue_steps_of(viewer, people, now=now):
            href = f"/escalations/{row.case_ref}/playbook"
            yield Need("step", str(_(row.label)), row.account, href, row.due_at, row.severity)


def _of_chore(row: Chore, zone: str) -> Need:
    """A chore is due at the end of its day."""
    last = datetime.combine(row.due_on, time(18), tzinfo=ZoneInfo(zone))
    kind = "action" if row.is_action else "postmortem"
    if row.reference.startswith(f"{postmortem_rules.LOSS_PREFIX}-"):
        kind = "loss"
    return Need(kind, row.what, row.reference, f"/postmortems/{row.reference}", last)


def _of_deals(viewer: Actor, *, people: Sequence[int], now: datetime) -> Iterator[Need]:
    """Give what waits for the viewer's signature, decision or completion."""
    if viewer.may(Permission.CONCESSIONS_APPROVE):
        absent = [one for one in people if one != viewer.id]
        for row in concession_queries.to_sign(viewer, now=now, absent=absent):
            note = f"{row.reference}, {show_money(row.face)}"
            yield Need("sign", row.account, note, f"/concessions/{row.reference}", row.lapses_at)
        for lot in concession_queries.lots_to_sign(viewer, now=now):
            note = f"{lot.reference}, {show_money(from_minor(lot.total_minor, lot.currency))}"
            yield Need("sign", lot.title, note, f"/concessions/lots/{lot.reference}")
    for row in postmortem_queries.waivers_to_decide(viewer, now=now):
        yield Need("waiver", row.title, row.reference, f"/postmortems/{row.reference}")
    for one in sponsorship_queries.to_answer(viewer, now=now):
        href = f"/sponsorship/{one.reference}#line"
        yield Need("line", one.account, one.reference, href, one.due_at)
    for line in sponsorship_queries.to_decide(viewer, now=now):
        yield Need("nomination", line.account, line.reference, f"/sponsorship/{line.reference}")
    for line in sponsorship_queries.to_send(viewer, now=now):
        yield Need("complete", line.account, line.reference, f"/sponsorship/{line.reference}")


def _of_policies(viewer: Actor) -> Iterator[Need]:
    """Give the drafts of policies that wait for the viewer's signature; no clock runs on them."""
    if viewer.may(Permission.POLICIES_PUBLISH):
        for draft in policy_queries.waiting_for(viewer):
            note = _("draft %(number)s", number=draft.id)
            title = draft.body["title"]
            yield Need("policy", str(_(title)), note, f"/policies/drafts/{draft.id}")


def _of_roster(viewer: Actor, *, now: datetime) -> Iterator[Need]:
    """Give the teams whose nights become empty, for those who plan the roster."""
    if viewer.may(Permission.DUTY_PLAN):
        for one in case_queries.nights_running_out(now=now):
            href = f"/notifications/duty/{one.team_id}"
            yield Need("roster", one.team, _("nobody is on duty from then on"), href, one.since)


def _of_briefings(viewer: Actor) -> Iterator[Need]:
    if viewer.may(Permission.BRIEFINGS_READ):
        for line in briefing_queries.unread(viewer):
            about = line.account or line.subject_ref
            yield Need("briefing", about, line.reference, f"/briefings/{line.reference}")
