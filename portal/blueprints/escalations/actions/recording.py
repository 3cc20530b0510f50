"""What every action of this room does: clock events, cached due times, timeline, people told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Account, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import events
from portal.core.access import Actor, K, Relation, RelationKind, Role
from portal.core.db import Base, db, insert_or_change
from portal.core.errors import NotFound, Refused
from portal.core.i18n import Said, _, kept

from .. import queries, rules
from ..models import (
    OPEN_STATES,
    ClockEvent,
    Escalation,
    NextNotice,
    Notice,
    Severity,
    State,
    Trigger,
)
from ..rules import ClockEventKind, Who
from .mentioning import reads


def tick(
    case: Escalation,
    kind: ClockEventKind,
    *,
    at: datetime,
    by: Actor,
    now: datetime,
    **more: Any,
) -> None:
    """Write down what moves the clocks of a case: it happened `at`, and is recorded `now`."""
    values = {"kind": kind.value, "at": at, "recorded_at": now, "person_id": by.id, **more}
    db.session.add(ClockEvent(escalation_id=case.id, **values))


def keep(case: Escalation, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of one kind, with the same columns, to a case in one statement."""
    if rows:
        table = model.metadata.tables[model.__tablename__]
        values = [{"escalation_id": case.id, **row} for row in rows]
        db.session.connection().execute(sa.insert(table), values)


def settle(case: Escalation, *, now: datetime) -> None:
    """Cache what lists and the ladder look for, from the clocks as they stand after a change."""
    db.session.flush()
    rows = queries.clock_events([case.id])[case.id]
    noticed = sa.select(Notice.clock, Notice.step, Notice.occurrence).where(
        Notice.escalation_id == case.id
    )
    given = {(clock, key, round_) for clock, key, round_ in db.session.execute(noticed)}
    found = show_due(case, rows, promised=queries.next_promise(case))
    go_on(case, found, given=given)
    if given:
        _take_back(case, found, now=now)
    if case.state not in OPEN_STATES or case.automatic_stopped:
        _take_back_reminders(case, now=now)


def _take_back_reminders(case: Escalation, *, now: datetime) -> None:
    """Take back what still waits to be said of steps and promises of a case that ended, or in which
    nothing goes on by itself.
    """
    for word, template in (("step", rules.overdue.OVERDUE), ("promise", rules.promises.DUE)):
        notification_actions.withdraw_waiting(
            [f"{case.reference}:{word}:"],
            record=case.reference,
            account_id=case.account_id,
            template=template,
            now=now,
        )


def show_due(
    case: Escalation,
    rows: Sequence[ClockEvent],
    *,
    promised: queries.Promised | None = None,
) -> list[rules.Clock]:
    """Write onto a case what follows from the events of its clocks and the promise due next; gives
    the clocks.
    """
    account, policy = queries.account_of(case), queries.policy_of(case)
    found = queries.clocks(case, account, policy=policy, rows=rows, promised=promised)
    due = rules.next_due(found) if case.state in OPEN_STATES else None
    case.next_due_at = due.due_at if due else None
    case.next_due_kind = due.kind if due else None
    contacts = [row.at for row in rows if row.kind == ClockEventKind.OUR_CONTACT.value]
    case.last_contact_at = max(contacts, default=None)
    return found


def go_on(
    case: Escalation, found: Iterable[rules.Clock], *, given: Set[rules.Key] = frozenset()
) -> None:
    """Keep when the ladder next has somebody to tell of a case that is saved, by its clocks and the
    notices that were given; no moment while nothing is to be told.
    """
    at = None
    if case.state in OPEN_STATES and not case.automatic_stopped:
        policy = queries.policy_of(case)
        steps, following = rules.called(found, policy=policy, given=given, now=case.opened_at)
        at = min((step.notice.at for step in steps), default=following)
    insert_or_change(NextNotice, id=case.id, at=at)


def _take_back(case: Escalation, found: Iterable[rules.Clock], *, now: datetime) -> None:
    """Take back notices of clocks that no longer run, where they still wait for somebody's working
    hours.
    """
    ended = [f"{case.reference}:{clock.kind}:" for clock in found if not _runs(case, clock)]
    notification_actions.withdraw_waiting(
        ended,
        record=case.reference,
        account_id=case.account_id,
        template=rules.LADDER,
        now=now,
    )


def _runs(case: Escalation, clock: rules.Clock) -> bool:
    waits = clock.needed and clock.met_at is None and clock.due_at is not None
    return case.state in OPEN_STATES and not case.automatic_stopped and waits


def tidied(text: str) -> str:
    """Take the space around somebody's words off; ours know how to be said in another language."""
    return text if isinstance(text, Said) else text.strip()


def ours(**texts: str) -> dict[str, Any] | None:
    """Give what to store of the words of a transfer that are ours; None where none is."""
    return {name: kept(text) for name, text in texts.items() if isinstance(text, Said)} or None


def place_of(case: Escalation) -> dict[str, Any]:
    """Give the record and account that relations to a case stand at."""
    return {"record_ref": case.reference, "account_id": case.account_id}


def _counting_open() -> Any:
    # When the account itself was changed last stays: a case is no news of its margin or contract,
    # and a day that moves would tell of a restricted one.
    account, case = (model.metadata.tables[model.__tablename__] for model in (Account, Escalation))
    open_now = sa.and_(
        case.c.account_id == sa.bindparam("of_account"),
        case.c.state.in_(OPEN_STATES),
        case.c.trigger != Trigger.OPPORTUNITY,
        sa.not_(case.c.restricted),
    )
    count = sa.select(sa.func.count()).select_from(case).where(open_now).scalar_subquery()
    worst = sa.select(sa.func.min(case.c.severity)).where(open_now).scalar_subquery()
    return (
        sa.update(account)
        .where(account.c.id == sa.bindparam("of_account"))
        .values(
            open_cases=count,
            worst_severity=sa.cast(worst, sa.String),
            updated_at=account.c.updated_at,
        )
    )


# Asked by most actions: made once.
_COUNT_OPEN = _counting_open()


def take_name_off(case: Escalation, person_id: int | None) -> None:
    """Take a person's name off a case, unless something else is left that makes it belong there."""
    db.session.flush()
    if person_id is None or queries.has_ground(case, person_id):
        return
    db.session.execute(
        sa.delete(Relation).where(
            Relation.record_ref == case.reference,
            Relation.kind == RelationKind.NAMED,
            Relation.person_id == person_id,
        )
    )


def count_open(account_id: int) -> None:
    """Write onto the account how many cases are open and the worst severity among them; good news
    counts in neither, nor does what only named people may know of.
    """
    db.session.flush()
    db.session.connection().execute(_COUNT_OPEN, {"of_account": account_id})
    db.session.expire(db.session.get_one(Account, account_id), ["open_cases", "worst_severity"])


def log(
    case: Escalation,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    klass: K = K.INTERNAL,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> str:
    """Record the one event of an action; gives its id. Who watches the case hears of its turns."""
    uid = events.record(
        f"escalations.{verb}",
        by=by,
        now=now,
        record=case.reference,
        account_id=case.account_id,
        klass=klass,
        data=data,
        changes=changes,
    )
    if verb in rules.turns.TURNS:
        _tell_watchers(case, verb, uid=uid, by=by, now=now)
    return uid


def _tell_watchers(case: Escalation, verb: str, *, uid: str, by: Actor, now: datetime) -> None:
    """Tell those who watch a case and may still see it, but not those who hear of it anyway."""
    anyway = {case.owner_id, case.executive_owner_id}
    if verb in rules.turns.ENDS:
        anyway.add(case.declared_by_id)
    told = {
        person: "watcher"
        for person in queries.watchers(case)
        if person not in anyway and reads(case, person, lane=Lane.INTERNAL, now=now)
    }
    inform(case, told, "turned", key=f"turn:{uid}", by=by, now=now, turn=verb)


def tell_story(
    case: Escalation,
    text: str,
    *,
    kind: EntryKind,
    uid: str,
    by: Actor,
    now: datetime,
    lane: Lane = Lane.INTERNAL,
    at: datetime | None = None,
    language: str | None = None,
) -> None:
    """Add an entry to the timeline of a case; it happened `at` and is written down `now`."""
    account_actions.add_entry(
        case.account_id,
        lane=lane,
        kind=kind,
        text=text,
        by=by,
        now=now,
        case_ref=case.reference,
        event_at=at,
        klass=K.RESTRICTED if lane is Lane.EXECUTIVE else K.INTERNAL,
        language=language or by.language,
        event_uid=uid,
    )


def inform(
    case: Escalation,
    people: Mapping[int, str],
    template: str,
    *,
    key: str,
    by: Actor,
    now: datetime,
    send_at: datetime | None = None,
    **context: Any,
) -> None:
    """Tell people (id → why they are told) about a case, each once by `key`, but not who did it; at
    once, or at `send_at`.
    """
    account = queries.account_of(case)
    shown = {
        "reference": case.reference,
        "account": account.name,
        "severity": case.severity.value,
        "title": case.title,
        "by": by.name,
    }
    for person_id, why in people.items():
        if person_id == by.id:
            continue
        notification_actions.notify(
            person_id,
            template=f"escalations/{template}",
            context=shown | context,
            why=why,
            key=f"{case.reference}:{key}:{person_id}",
            record=case.reference,
            account_id=case.account_id,
            klass=K.INTERNAL,
            by=by,
            now=now,
            send_at=send_at,
        )


def answering(case: Escalation, *, now: datetime) -> dict[int, str]:
    """Give who answers for a case now (id → why they are told): its owner, while they are away who
    stands in for them, if they may see it; without an owner who declared it.
    """
    whom = case.owner_id or case.declared_by_id
    if whom is None:
        return {}
    person = auth_queries.responsible(whom, now=now)
    standing_in = [] if person == whom else auth_queries.actors([person])
    if any(queries.sees_case(case, one, now=now) for one in standing_in):
        return {person: "substitute"}
    return {whom: "owner"}


def _who_leads(case: Escalation) -> Iterator[set[int | None]]:
    """Give people by id, the nearest to a case first."""
    yield {case.owner_id, case.executive_owner_id, queries.account_of(case).owner_id}
    for role in (Role.ESCALATION_MANAGER, Role.LEADERSHIP):
        yield {one.id for one in auth_queries.people(role=role)}


def seek_approval(
    case: Escalation, may: Callable[[Actor], bool], *, key: str, path: str, by: Actor, now: datetime
) -> None:
    """Tell who can approve words for customers (`may`) that they wait on a page (`path`): those who
    own the case, lead it or look after its customer; where none of them can, escalation managers,
    else leadership.
    """
    for ids in _who_leads(case):
        could = auth_queries.actors(one for one in ids if one not in (None, by.id))
        found = [one for one in could if may(one) and queries.sees_case(case, one, now=now)]
        if found:
            told = {one.id or 0: "approver" for one in found}
            inform(case, told, "words_wait", key=f"words:{key}", by=by, now=now, path=path)
            return


def refuse_idle(person_id: int, *, field: str) -> None:
    """Refuse an owner who could not work on a case: not there any more, or of a role that may
    not.
    """
    try:
        person = auth_queries.get(person_id)
    except NotFound:
        raise Refused(_("%(name)s cannot own a case.", name=person_id), field=field) from None
    if not person.active or not rules.may_own(auth_queries.actor_of(person).roles):
        raise Refused(_("%(name)s cannot own a case.", name=person.name), field=field)


def refuse_above_e4(trigger: Trigger, severity: Severity, policy: SeverityPolicy) -> None:
    """Refuse a severity that is graver than the policy lets a trigger be."""
    if rules.is_kept_below(trigger, severity, policy):
        raise Refused(
            _("The policy keeps such a case at E4: correct first what set it off."),
            field="severity",
        )


def seats(case: Escalation, *, by: Actor, now: datetime) -> frozenset[Who]:
    """Say what somebody is to a case; who stands in for an absent owner is the owner meanwhile."""
    return queries.seats(case, by=by, owner=is_owner(case, by=by, now=now))


def is_owner(case: Escalation, *, by: Actor, now: datetime) -> bool:
    """Say whether somebody owns a case now, be it as a substitute."""
    if case.owner_id is None or by.id is None:
        return False
    if case.owner_id == by.id:
        return True
    return auth_queries.responsible(case.owner_id, now=now) == by.id


def step(case: Escalation, to: State, *, facts: rules.StepFacts, field: str | None = None) -> State:
    """Take a case to another state, or say everything that stands against it; gives the former."""
    against = rules.objections(case.state, to, facts=facts, policy=queries.policy_of(case))
    if against:
        raise Refused(" ".join(against), field=field)
    before, case.state = case.state, to
    return before
