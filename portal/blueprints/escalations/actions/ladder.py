"""The ladder of notice: who is told when a share of a clock has run, each step exactly once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.policies.rules import LadderStep
from portal.core import access
from portal.core.access import Actor, K, RelationKind
from portal.core.db import db, insert_once

from .. import queries, rules
from ..models import OPEN_STATES, ClockKind, Escalation, Notice
from .recording import log, next_step, place_of

RAN_OUT = "due"
"""The step under which a clock that ran out is kept, whomever the policy's ladder tells."""


def climb(cases: Sequence[tuple[Escalation, Account]], *, by: Actor, now: datetime) -> int:
    """Take the due steps of some cases' ladders; gives how many. Everything is read set by set."""
    reading = queries.Ladders(cases, now=now)
    return sum(_climb(case, account, reading, by=by, now=now) for case, account in cases)


def _climb(
    case: Escalation, account: Account, reading: queries.Ladders, *, by: Actor, now: datetime
) -> int:
    if case.state not in OPEN_STATES or case.automatic_stopped:
        case.next_step_at = None
        return 0
    policy, clocks = reading.policy(case), reading.clocks(case, account)
    given, taken = reading.given[case.id], 0
    for clock in clocks:
        if clock.met_at is not None:
            continue
        _note_run_out(case, clock, given, now=now)
        for step in rules.notices(clock, policy=policy, acknowledged_at=case.accepted_at):
            key = (clock.kind, step.step.key, step.occurrence)
            if step.at > now or key in given:
                continue
            given.add(key)
            if not _once(case, clock.kind, step.step.key, step.occurrence, step.at, now=now):
                continue
            _tell(case, account, clock, step, reading, by=by, now=now)
            taken += 1
    case.next_step_at = next_step(case, clocks, policy=policy, given=given)
    return taken


def _once(
    case: Escalation, clock: ClockKind, step: str, occurrence: str, at: datetime, *, now: datetime
) -> bool:
    return insert_once(
        Notice,
        escalation_id=case.id,
        clock=clock,
        step=step,
        occurrence=occurrence,
        due_at=at,
        given_at=now,
    )


def _note_run_out(
    case: Escalation,
    clock: rules.Clock,
    given: set[tuple[ClockKind, str, str]],
    *,
    now: datetime,
) -> None:
    """Keep that a clock ran out: figures count these."""
    key = (clock.kind, RAN_OUT, clock.started_at.isoformat())
    if clock.due_at is not None and clock.due_at <= now and key not in given:
        given.add(key)
        _once(case, *key, clock.due_at, now=now)


def _tell(
    case: Escalation,
    account: Account,
    clock: rules.Clock,
    step: rules.Notice,
    reading: queries.Ladders,
    *,
    by: Actor,
    now: datetime,
) -> None:
    late = now - step.at
    told = _told(case, step.step, reading)
    for person_id, why in told.items():
        # Who stands in, or above, must be able to look; but a restricted case opens to nobody.
        if person_id != case.owner_id and not case.restricted:
            access.relate(
                db.session, kind=RelationKind.NAMED, person_id=person_id, **place_of(case)
            )
        notification_actions.notify(
            person_id,
            template="escalations/clock",
            context={
                "reference": case.reference,
                "account": account.name,
                "severity": case.severity.value,
                "clock": clock.kind.value,
                "due": clock.due_at,
                "share": step.step.share_percent,
                "ran_out": clock.due_at is not None and clock.due_at <= now,
                "late_minutes": int(late / timedelta(minutes=1)),
            },
            why=why,
            key=f"{case.reference}:{clock.kind}:{step.step.key}:{step.occurrence}:{person_id}",
            record=case.reference,
            account_id=case.account_id,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )
    log(
        case,
        "reminded",
        by=by,
        now=now,
        data={
            "clock": clock.kind.value,
            "step": step.step.key,
            "people": sorted(told),
            "late_minutes": int(late / timedelta(minutes=1)),
        },
    )


def _told(case: Escalation, step: LadderStep, reading: queries.Ladders) -> dict[int, str]:
    """Give whom a step tells: who is absent is stood in for by their substitute."""
    owner = reading.people.get(case.owner_id or 0)
    found: dict[int, str] = {}
    for recipient in step.tell:
        for person_id, why in _recipients(recipient, case, owner, reading):
            found.setdefault(person_id, why)
    return found


def _recipients(
    recipient: str, case: Escalation, owner: User | None, reading: queries.Ladders
) -> list[tuple[int, str]]:
    if recipient == "executive_owner":
        return reading.standing_in(case.executive_owner_id, "executive")
    if owner is None:
        return []
    if recipient == "owner":
        return reading.standing_in(owner.id, "owner")
    if recipient == "manager":
        return reading.standing_in(owner.manager_id, "manager")
    return reading.standing_in(owner.substitute_id, "substitute")
