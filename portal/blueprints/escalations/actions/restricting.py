"""Closing a case to all but named people, and opening it again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import access
from portal.core.access import Actor, Permission, Relation, RelationKind, Restriction
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Escalation, Problem, State, Watcher
from .playing import play_on
from .recording import count_open, inform, log, place_of, seats, tell_story


def restrict(
    case: Escalation, *, keep: Collection[int], reason: str, by: Actor, now: datetime
) -> None:
    """Close a case to all but named people, at once: `keep`, its owner, its executive owner, who
    declared it and who restricts it.

    Who stood to it otherwise is kept in mind until it is opened again; what waits to be sent to
    them never leaves.
    """
    if case.restricted:
        raise Refused(_("This case is restricted already."))
    if case.state is State.DRAFT:
        raise Refused(_("A draft is its author's alone already."))
    _refuse(case, reason=reason, by=by, now=now)
    for person_id in set(keep):
        _refuse_blind(person_id)
    shut(case, keep=keep, reason=reason, by=by, now=now)


def shut(case: Escalation, *, keep: Collection[int], reason: str, by: Actor, now: datetime) -> None:
    """Close a case to all but named people, whoever finds that it must be: see `restrict`."""
    if by.id is None:
        raise Refused(_("Only a person restricts a case."))
    named = queries.staying(case) | {by.id} | set(keep)
    removed = _end_others(case, named, now=now)
    unseen = sa.and_(Watcher.escalation_id == case.id, Watcher.person_id.not_in(sorted(named)))
    db.session.execute(sa.delete(Watcher).where(unseen))
    _stand(case, named)
    case.restricted = True
    here = place_of(case)
    insert_once(Restriction, since=now, **here)
    uid = log(
        case,
        "restricted",
        by=by,
        now=now,
        data={"named": sorted(named), "removed": sorted(removed)},
        changes={"reason": (None, reason)},
    )
    _tell(case, _("Restricted to named people: %(why)s", why=reason), uid=uid, by=by, now=now)
    _hush(case, by=by, now=now)
    told = dict.fromkeys(named, "named")
    inform(
        case, told, "restricted", key=f"restricted:{now.isoformat()}", by=by, now=now, reason=reason
    )


def lift(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Open a restricted case again to those who stood to it before."""
    _refuse_open(case)
    _refuse(case, reason=reason, by=by, now=now)
    if case.problem is Problem.EMPLOYEE_CONDUCT:
        raise Refused(
            _(
                "The conduct of a named employee is for named people alone: correct the kind of"
                " problem first."
            )
        )
    case.restricted = False
    _bring_back(case)
    db.session.execute(sa.delete(Restriction).where(Restriction.record_ref == case.reference))
    uid = log(case, "opened_up", by=by, now=now, changes={"reason": (None, reason)})
    _tell(case, _("Open again to its team: %(why)s", why=reason), uid=uid, by=by, now=now)
    if case.playbook_number is not None:
        play_on(case, by=by, now=now, told=frozenset())


def let_in(case: Escalation, person_id: int, *, reason: str, by: Actor, now: datetime) -> None:
    """Name one more person who may see a restricted case; they are told."""
    _refuse_open(case)
    _refuse(case, reason=reason, by=by, now=now)
    _refuse_blind(person_id)
    if person_id in queries.named_on(case, now=now):
        raise Refused(_("This person is named already."), field="person")
    _stand(case, [person_id])
    _log_people(case, "person_named", person_id, reason=reason, by=by, now=now)
    told = {person_id: "named"}
    inform(case, told, "restricted", key=f"named:{now.isoformat()}", by=by, now=now, reason=reason)


def admit(
    case: Escalation, person_id: int, *, naming: bool, by: Actor, now: datetime, field: str
) -> None:
    """Refuse to choose somebody who is not named on a restricted case, unless whoever chooses may
    name people and does so in the same step (`naming`): that is recorded apart.
    """
    if not case.restricted or person_id in queries.named_on(case, now=now):
        return
    name = auth_queries.get(person_id).name
    if not naming or not rules.may_restrict(seats(case, by=by, now=now), by.roles):
        raise Refused(
            _("%(name)s is not named on this restricted case: name them first.", name=name),
            field=field,
        )
    _refuse_blind(person_id)
    _stand(case, [person_id])
    reason = str(_("Chosen for a part in the case"))
    _log_people(case, "person_named", person_id, reason=reason, by=by, now=now)


def shut_out(case: Escalation, person_id: int, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a person off a restricted case, at once and with what waits to be sent to them."""
    _refuse_open(case)
    _refuse(case, reason=reason, by=by, now=now)
    if person_id in queries.staying(case):
        raise Refused(_("Its owner, its executive owner and who declared it stay on the case."))
    if person_id not in queries.named_on(case, now=now):
        raise Refused(_("This person is not named."))
    db.session.execute(
        sa.delete(Relation).where(
            Relation.record_ref == case.reference,
            Relation.person_id == person_id,
            Relation.until.is_(None),
        )
    )
    _log_people(case, "person_removed", person_id, reason=reason, by=by, now=now)
    _hush(case, by=by, now=now)


def _refuse(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    who = seats(case, by=by, now=now)
    against = rules.restricting_objections(who, by.roles, reason=reason)
    if against:
        raise Refused(" ".join(against), field=None if reason.strip() else "reason")


def _refuse_open(case: Escalation) -> None:
    if not case.restricted:
        raise Refused(_("This case is not restricted."))


def _refuse_blind(person_id: int) -> None:
    """Refuse somebody whose role opens no case at all: naming them would be a promise unkept."""
    person = auth_queries.get(person_id)
    if not person.active or not auth_queries.actor_of(person).may(Permission.ESCALATIONS_READ):
        raise Refused(_("%(name)s cannot read cases.", name=person.name), field="person")


def _end_others(case: Escalation, named: Collection[int], *, now: datetime) -> set[int]:
    """End what lets others see the case; it is marked with the moment, to be brought back."""
    ended = (
        sa.update(Relation)
        .where(
            Relation.record_ref == case.reference,
            Relation.person_id.not_in(sorted(named)),
            Relation.until.is_(None),
        )
        .values(until=now)
        .returning(Relation.person_id)
    )
    return {person for person in db.session.scalars(ended) if person is not None}


def _bring_back(case: Escalation) -> None:
    """Let those stand to the case again whom its restriction took off it."""
    since = (
        sa.select(Restriction.since)
        .where(Restriction.record_ref == case.reference)
        .scalar_subquery()
    )
    gone = sa.and_(Relation.record_ref == case.reference, Relation.until == since)
    ended = db.session.execute(
        sa.delete(Relation).where(gone).returning(Relation.kind, Relation.person_id)
    )
    back: list[tuple[RelationKind, dict[str, Any]]] = [
        (kind, {"person_id": person}) for kind, person in ended if person is not None
    ]
    access.relate_all(db.session, back, **place_of(case))


def _stand(case: Escalation, people: Collection[int]) -> None:
    named = [(RelationKind.NAMED, {"person_id": person}) for person in sorted(people)]
    access.relate_all(db.session, named, **place_of(case))


def _log_people(
    case: Escalation, verb: str, person_id: int, *, reason: str, by: Actor, now: datetime
) -> None:
    log(
        case,
        verb,
        by=by,
        now=now,
        data={"person": person_id},
        changes={"reason": (None, reason)},
    )


def _tell(case: Escalation, text: str, *, uid: str, by: Actor, now: datetime) -> None:
    tell_story(case, text, kind=EntryKind.DECISION, uid=uid, by=by, now=now)
    count_open(case.account_id)


def _hush(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Take back what waits to be sent about the case to people who may not see it."""
    db.session.flush()
    notification_actions.withdraw_unseen(
        case.reference, seen_by=queries.named_on(case, now=now), by=by, now=now
    )
