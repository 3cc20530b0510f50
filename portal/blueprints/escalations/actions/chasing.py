"""Overdue steps of playbooks: who holds them is told, then who stands in, then who leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications.actions import Letter
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, insert_all_once, update_each

from .. import queries, rules
from ..models import CaseStep, Escalation, StepNotice
from ..queries import DueStep, Pass
from .ladder import MINUTE, leaves, let_in, place, to_wake, told


@dataclass
class _Found:
    """What a batch of overdue steps calls for."""

    notices: list[dict[str, Any]] = field(default_factory=list)
    letters: dict[str, Letter] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    following: dict[int, datetime | None] = field(default_factory=dict)


def chase(known: Pass, *, limit: int, by: Actor) -> int:
    """Take the due rungs of up to `limit` overdue steps, set by set, each once per case, step and
    occurrence; gives how many steps were due.
    """
    steps = queries.due_steps(now=known.now, limit=limit)
    if not steps:
        return 0
    found = _Found()
    known.read_names([step.case for step in steps])
    taken = queries.rungs_taken([step.id for step in steps])
    players = queries.players({step.case.id for step in steps})
    for step in steps:
        found.following[step.id] = _follow(step, players, taken, known, found)
    insert_all_once(StepNotice, found.notices, shared={"given_at": known.now})
    let_in(found.places)
    notification_actions.notify_all(found.letters.values(), now=known.now)
    update_each(CaseStep.next_notice_at, found.following)
    if found.notices:
        data = {"steps": len(found.notices), "messages": len(found.letters)}
        events.record("escalations.steps_chased", by=by, now=known.now, data=data)
    return len(steps)


def _follow(
    step: DueStep,
    players: Mapping[tuple[int, str], Sequence[int]],
    taken: set[tuple[int, str, str]],
    known: Pass,
    found: _Found,
) -> datetime | None:
    """Add what one overdue step calls for; gives when its next rung is due, None where nothing is
    to follow or the step is not asked any more.
    """
    case, now = step.case, known.now
    if not step.counts:
        return None
    if case.long_track_until is not None and case.long_track_until > now:
        return case.long_track_until  # a long track is off the overdue list
    occurrence = step.due_at.isoformat()
    for rung in rules.overdue.rungs(known.policy(case.policy_number), step.due_at):
        if (step.id, rung.step.key, occurrence) in taken:
            continue
        if rung.at > now:
            return rung.at
        found.notices.append(
            {
                "step_id": step.id,
                "rung": rung.step.key,
                "occurrence": occurrence,
                "due_at": rung.at,
            }
        )
        for holder in _holders(step, players):
            _tell(step, rung, holder, known, found)
    return None


def _holders(step: DueStep, players: Mapping[tuple[int, str], Sequence[int]]) -> list[int]:
    """Give whose a step is: whoever took that part in the case, else its owner; in a restricted
    case, which nobody joins by a role, its owner.
    """
    case = step.case
    if step.who == "executive_owner" and case.executive_owner_id is not None:
        return [case.executive_owner_id]
    there = () if case.restricted else players.get((case.id, step.who), ())
    return list(there) or ([] if case.owner_id is None else [case.owner_id])


def _tell(step: DueStep, rung: rules.overdue.Rung, holder: int, known: Pass, found: _Found) -> None:
    """Add the messages of one rung for one person who holds the step, as the ladder of clocks does
    for an owner.
    """
    case, now = step.case, known.now
    seat, woken = case._replace(owner_id=holder), to_wake(case, known)
    for person, why in told(seat, rung.step, known):
        if person.id not in (case.owner_id, holder) and not case.restricted:
            found.places.append(place(case, person.id))
        key = f"{case.reference}:step:{step.id}:{rung.step.key}:{step.due_at.isoformat()}"
        letter = Letter(
            person_id=person.id,
            address=person.email,
            language=person.language,
            zone=person.zone,
            template=rules.overdue.OVERDUE,
            context={
                "reference": case.reference,
                "account": case.account,
                "severity": case.severity.value,
                "label": step.label,
                "due": step.due_at,
                "late_minutes": int((now - rung.at) / MINUTE),
                "urgent": case.is_urgent,
                "path": f"/escalations/{case.reference}/playbook",
            },
            why="response" if why == "owner" and holder != case.owner_id else why,
            key=f"{key}:{person.id}",
            record=case.reference,
            account_id=case.account_id,
            klass=K.INTERNAL,
            send_at=leaves(seat, rung.step, person, known, due=step.due_at),
            page=person.id in woken,
        )
        found.letters.setdefault(letter.key, letter)


def arm(case: Escalation) -> None:
    """Let the overdue steps of a case be told of again that was put aside; what was told is not
    told twice.
    """
    waiting = sa.and_(
        CaseStep.escalation_id == case.id,
        CaseStep.done_at.is_(None),
        CaseStep.next_notice_at.is_(None),
    )
    db.session.execute(
        sa.update(CaseStep)
        .where(waiting)
        .values(next_notice_at=CaseStep.due_at)
        .execution_options(synchronize_session="fetch")
    )
