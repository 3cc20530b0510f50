"""The ladder of notice: who is told when a share of a clock has run, each step exactly once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications.actions import Letter
from portal.blueprints.policies.rules import LadderStep
from portal.core import events
from portal.core.access import Actor, K, Relation, RelationKind
from portal.core.db import db, insert_all_once, update_each

from .. import queries, rules
from ..models import OPEN_STATES, NextNotice, Notice
from ..queries import DueCase, Ladders, Pass, Person

RAN_OUT = "due"
"""The step under which a clock that ran out is kept, whomever the policy's ladder tells."""
MINUTE = timedelta(minutes=1)


@dataclass
class Plan:
    """What a batch of cases calls for: notices to keep, messages, and when each case is next due.

    Made without writing anything, so that it can be looked at alone.
    """

    notices: list[dict[str, Any]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    next_steps: dict[int, datetime | None] = field(default_factory=dict)
    steps: int = 0


def plan(cases: Sequence[DueCase], known: Pass) -> Plan:
    """Say what the due steps of some cases' ladders come to; nothing is written."""
    found, reading = Plan(), Ladders(cases, known)
    for case in cases:
        found.next_steps[case.id] = _follow(case, known, reading, found)
    return found


def climb(known: Pass, *, limit: int, by: Actor) -> int:
    """Take the due steps of the ladders of up to `limit` cases, set by set; gives how many cases
    were due. Cases that another scheduler works on are left to it.
    """
    now = known.now
    cases = queries.with_due_step(now=now, limit=limit)
    if not cases:
        return 0
    found = plan(cases, known)
    insert_all_once(Notice, found.notices, shared={"given_at": now})
    let_in(found.places)
    notification_actions.notify_all(found.letters, now=now)
    update_each(NextNotice.at, found.next_steps)
    if found.steps:
        events.record(
            "escalations.reminded",
            by=by,
            now=now,
            data={"cases": len(cases), "steps": found.steps, "messages": len(found.letters)},
        )
    return len(cases)


def _follow(case: DueCase, known: Pass, reading: Ladders, found: Plan) -> datetime | None:
    """Add what one case calls for; gives when its next step is due."""
    if case.state not in OPEN_STATES or case.automatic_stopped:
        return None
    given, now = reading.given[case.id], known.now
    policy = known.policy(case.policy_number)
    clocks, steps, following = rules.called_of(
        reading.waiting(case), policy=policy, given=given, now=now
    )
    for clock in clocks:
        if clock.due_at is not None and clock.due_at <= now:
            key = (clock.kind, RAN_OUT, rules.occurrence_of(clock))
            if key not in given:
                found.notices.append(_kept(case, key, at=clock.due_at))
    for one in steps:
        found.notices.append(_kept(case, one.key, at=one.notice.at))
        _tell(case, one, known, found)
    found.steps += len(steps)
    return following


def _kept(case: DueCase, key: rules.Key, *, at: datetime) -> dict[str, Any]:
    clock, step, occurrence = key
    return {
        "escalation_id": case.id,
        "clock": clock,
        "step": step,
        "occurrence": occurrence,
        "due_at": at,
    }


def _tell(case: DueCase, one: rules.Called, known: Pass, found: Plan) -> None:
    """Add the messages of one step, and that who is told may look."""
    clock, step, now = one.clock, one.notice.step, known.now
    context = {
        "reference": case.reference,
        "account": case.account,
        "severity": case.severity.value,
        "clock": clock.kind.value,
        "due": clock.due_at,
        "share": step.share_percent,
        "ran_out": clock.due_at is not None and clock.due_at <= now,
        "late_minutes": int((now - one.notice.at) / MINUTE),
        "urgent": case.is_urgent,
    }
    woken = to_wake(case, known)
    key = ":".join((case.reference, *one.key))
    for person, why in told(case, step, known):
        # Who stands in or above must be able to look; a restricted case opens to nobody by itself.
        if person.id != case.owner_id and not case.restricted:
            found.places.append(place(case, person.id))
        found.letters.append(
            Letter(
                person_id=person.id,
                address=person.email,
                language=person.language,
                zone=person.zone,
                template=rules.LADDER,
                context=context,
                why=why,
                key=f"{key}:{person.id}",
                record=case.reference,
                account_id=case.account_id,
                klass=K.INTERNAL,
                send_at=leaves(case, step, person, known, due=clock.due_at),
                page=person.id in woken,
            )
        )


def to_wake(case: DueCase, known: Pass) -> frozenset[int]:
    """Give who is paged beside the mail: who is on duty for an urgent case while their office is
    closed.
    """
    if not case.is_urgent:
        return frozenset()
    number = case.policy_number
    on_duty = (person for person, _why in known.on_duty(case))
    return frozenset(one.id for one in on_duty if not known.is_at_work(one, number))


def place(case: DueCase, person_id: int) -> dict[str, Any]:
    """Give the relation by which somebody who is told of a case may look at it."""
    return {
        "kind": RelationKind.NAMED,
        "person_id": person_id,
        "account_id": case.account_id,
        "record_ref": case.reference,
    }


def leaves(
    case: DueCase, step: LadderStep, person: Person, known: Pass, *, due: datetime | None
) -> datetime:
    """Give when a message leaves: what is not urgent waits for the recipient's working hours, and
    who stands above the owner hears no sooner after them than the ladder says. What is urgent
    leaves at once, but at night, where somebody is on duty, for them alone.
    """
    if case.is_urgent:
        on_duty = {one.id for one, _why in known.on_duty(case)}
        at_once = not on_duty or person.id in on_duty
        return known.now if at_once else known.opens(person, case.policy_number)
    begin = known.now
    owner = known.people.get(case.owner_id or 0)
    if step.only_unacknowledged and owner is not None and due is not None:
        heard = rules.next_open(known.hours(owner, case.policy_number), due)
        begin = max(begin, heard + step.minutes_after * MINUTE)
    if begin == known.now:
        return known.opens(person, case.policy_number)
    return rules.next_open(known.hours(person, case.policy_number), begin)


def told(case: DueCase, step: LadderStep, known: Pass) -> Iterator[tuple[Person, str]]:
    """Give whom a step tells, each once: who is absent is stood in for by whoever is on duty, else
    by their substitute; whoever sleeps while a case is urgent, by those on duty. Of a restricted
    case only who is named hears; where a step has nobody else, its owner does, away or not.
    """
    called = [
        (person, why)
        for recipient in step.tell
        for person, why in _recipients(recipient, case, known)
        if known.is_open_to(case, person.id)
    ]
    owner = known.people.get(case.owner_id or 0)
    if case.restricted and not called and owner is not None:
        called = [(owner, "owner")]
    number = case.policy_number
    if case.is_urgent and not all(known.is_at_work(person, number) for person, _why in called):
        called += known.on_duty(case)
    seen: set[int] = set()
    for person, why in called:
        if person.id not in seen:
            seen |= {person.id}
            yield person, why


def _recipients(recipient: str, case: DueCase, known: Pass) -> list[tuple[Person, str]]:
    if recipient == "executive_owner":
        return known.standing_in(case.executive_owner_id, "executive")
    owner = known.people.get(case.owner_id or 0)
    if owner is None:
        return []
    if recipient == "owner":
        on_duty = known.on_duty(case) if owner.is_away(known.now) else []
        return on_duty or known.standing_in(owner.id, "owner")
    if recipient == "manager":
        return known.standing_in(owner.manager_id, "manager")
    return known.standing_in(owner.substitute_id, "substitute")


def let_in(places: Sequence[dict[str, Any]]) -> None:
    """Let people stand to the cases they are told of; who does already is left as is."""
    if not places:
        return
    known = queries.named_people(sorted({place["record_ref"] for place in places}))
    missing = {
        (place["record_ref"], place["person_id"]): place
        for place in places
        if (place["record_ref"], place["person_id"]) not in known
    }
    if missing:
        table: Any = Relation.__table__
        db.session.execute(sa.insert(table), list(missing.values()))
