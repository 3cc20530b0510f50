"""Promises that fall due: who made them is told, then who stands above."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Promise, PromiseState
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications.actions import Letter
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, update_each

from .. import queries, rules
from ..models import Escalation
from ..queries import DuePromise, Pass
from ..rules.overdue import Rung
from .ladder import MINUTE, leaves, let_in, place, told
from .recording import settle


@dataclass
class _Found:
    """What a batch of promises calls for."""

    letters: dict[str, Letter] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    following: dict[int, datetime | None] = field(default_factory=dict)


def remind(known: Pass, *, limit: int, by: Actor) -> int:
    """Take the due rungs of up to `limit` promises, set by set, each once per promise, step and
    date; gives how many promises were looked at.
    """
    promises = queries.due_promises(now=known.now, limit=limit)
    if not promises:
        return 0
    found = _Found()
    known.read_names([promise.case for promise in promises])
    for promise in promises:
        found.following[promise.id] = _follow(promise, known, found)
    let_in(found.places)
    notification_actions.notify_all(found.letters.values(), now=known.now)
    update_each(Promise.next_notice_at, found.following)
    if found.letters:
        data = {"promises": len(promises), "messages": len(found.letters)}
        events.record("escalations.promises_reminded", by=by, now=known.now, data=data)
    return len(promises)


def _follow(promise: DuePromise, known: Pass, found: _Found) -> datetime | None:
    """Add what one promise calls for; gives when its next rung is due, None where nothing is to
    follow.
    """
    case, now = promise.case, known.now
    if not promise.counts:
        return None
    if case.long_track_until is not None and case.long_track_until > now:
        return case.long_track_until  # a long track is off the overdue list
    policy = known.policy(case.policy_number)
    every = rules.promises.rungs(policy, promise.made_at, promise.due_at)
    due = [rung for rung in every if promise.since <= rung.at <= now]
    # Of warnings that were missed together only the last still says something.
    for rung in [one for one in due if one.step.share_percent >= 100] or due[-1:]:
        _tell(promise, rung, known, found)
    return next((rung.at for rung in every if rung.at > now), None)


def _tell(promise: DuePromise, rung: Rung, known: Pass, found: _Found) -> None:
    """Add the messages of one rung, as the ladder of clocks does for the owner of a case."""
    case, now = promise.case, known.now
    maker = promise.by_id if promise.by_id in known.people else case.owner_id
    if maker is not None and not known.is_open_to(case, maker):
        maker = case.owner_id
    seat = case._replace(owner_id=maker)
    for person, why in told(seat, rung.step, known):
        if person.id != case.owner_id and not case.restricted:
            found.places.append(place(case, person.id))
        step = f"{rung.step.key}:{promise.due_at.isoformat()}"
        letter = Letter(
            person_id=person.id,
            address=person.email,
            language=person.language,
            zone=person.zone,
            template=rules.promises.DUE,
            context={
                "reference": case.reference,
                "account": case.account,
                "severity": case.severity.value,
                "urgent": case.is_urgent,
                "what": promise.what,
                "to_whom": promise.to_whom,
                "due": promise.due_at,
                "ran_out": promise.due_at <= now,
                "late_minutes": int((now - rung.at) / MINUTE),
                "path": f"/escalations/{case.reference}#promises",
            },
            why="promised" if why == "owner" and maker == promise.by_id else why,
            key=f"{case.reference}:promise:{promise.id}:{step}:{person.id}",
            record=case.reference,
            account_id=case.account_id,
            klass=K.INTERNAL,
            send_at=leaves(seat, rung.step, person, known, due=promise.due_at),
        )
        found.letters.setdefault(letter.key, letter)


def forget_promise(case: Escalation, promise_id: int, *, now: datetime) -> None:
    """Take back what still waits to be said of a promise that is settled."""
    notification_actions.withdraw_waiting(
        [f"{case.reference}:promise:{promise_id}:"],
        record=case.reference,
        account_id=case.account_id,
        template=rules.promises.DUE,
        now=now,
    )


def show_promises(case: Escalation, *, now: datetime) -> None:
    """Let what is due next follow the promises of a case, or of the one in which it goes on."""
    here: Escalation | None = case
    while here is not None and here.merged_into_id is not None:
        here = db.session.get(Escalation, here.merged_into_id)
    settle(here or case, now=now)


def arm_promises(case: Escalation, *, now: datetime) -> None:
    """Let the open promises of a case be told of again that were put aside; what was told is not
    told twice.
    """
    aside = sa.and_(
        Promise.case_ref == case.reference,
        Promise.state == PromiseState.OPEN,
        Promise.next_notice_at.is_(None),
    )
    since = sa.case((Promise.due_at < now, Promise.due_at), else_=now)
    db.session.execute(
        sa.update(Promise)
        .where(aside)
        .values(next_notice_at=since)
        .execution_options(synchronize_session="fetch")
    )
