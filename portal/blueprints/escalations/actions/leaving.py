"""What becomes of the cases, tasks and promises of somebody who leaves or moves on."""

from datetime import datetime

from portal.blueprints.accounts.models import EntryKind, Promise
from portal.blueprints.auth import queries as auth_queries
from portal.core import access, events
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import OPEN_STATES, Escalation, Task, Transfer
from .handing import give
from .recording import inform, log, ours, place_of, refuse_idle, settle, take_name_off, tell_story
from .tasks import admit_doer, tell_owner


def take_over(
    case: Escalation, *, to_id: int, why: str, summary: str, by: Actor, now: datetime
) -> Transfer:
    """Give an open case of somebody who leaves to a successor. A restricted one opens to nobody by
    that: who takes it must be named on it already.
    """
    _refuse_closed_to(case, to_id, now=now)
    refuse_idle(to_id, field="to")
    moved = Transfer(
        escalation_id=case.id,
        from_id=case.owner_id,
        to_id=to_id,
        from_team_id=case.team_id,
        to_team_id=case.team_id,
        why=why,
        summary=summary,
        at=now,
        by_id=by.id,
    )
    db.session.add(moved)
    give(case, moved, by=by, now=now)
    return moved


def take_over_as_team(
    case: Escalation, *, team_id: int, why: str, by: Actor, now: datetime
) -> None:
    """Give an open case of a team that ends to another one; its owner, if it has one, keeps it.
    Nobody is told here: who ends a team tells each person once.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Only an open case can be handed over."))
    before, case.team_id = case.team_id, team_id
    place = place_of(case)
    access.unrelate(db.session, kind=RelationKind.TEAM, **place)
    access.relate(db.session, kind=RelationKind.TEAM, team_id=team_id, **place)
    if case.owner_id is not None:
        case.transfers = Escalation.transfers + 1
        moved = Transfer(
            escalation_id=case.id,
            from_id=case.owner_id,
            to_id=case.owner_id,
            from_team_id=before,
            to_team_id=team_id,
            why=why,
            summary=why,
            said=ours(why=why, summary=why),
            at=now,
            by_id=by.id,
        )
        db.session.add(moved)
    data = {"from": case.owner_id, "to": case.owner_id, "from_team": before, "team": team_id}
    uid = log(case, "handed_over", by=by, now=now, data=data, changes={"why": (None, why)})
    tell_story(case, why, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)


def take_over_as_executive(case: Escalation, *, to_id: int, by: Actor, now: datetime) -> None:
    """Make a successor the executive owner of an open case."""
    _refuse_closed_to(case, to_id, now=now)
    person = auth_queries.get(to_id)
    if not auth_queries.actor_of(person).roles & {Role.EXECUTIVE, Role.LEADERSHIP}:
        raise Refused(_("%(name)s is not an executive.", name=person.name), field="person")
    before, case.executive_owner_id = case.executive_owner_id, to_id
    take_name_off(case, before)
    access.relate(db.session, kind=RelationKind.NAMED, person_id=to_id, **place_of(case))
    log(case, "executive_named", by=by, now=now, data={"before": before, "after": to_id})
    key = f"executive:{now.isoformat()}"
    inform(case, {to_id: "executive"}, "executive_named", key=key, by=by, now=now)


def take_task_over(case: Escalation, task: Task, *, to_id: int, by: Actor, now: datetime) -> None:
    """Give an open task of somebody who leaves to a successor, who sees the case and is told."""
    admit_doer(case, to_id, now=now)
    before, task.owner_id = task.owner_id, to_id
    data = {"task": task.id, "before": before, "after": to_id}
    log(case, "task_given", by=by, now=now, data=data)
    tell_owner(case, task, by=by, now=now)


def take_promise_over(promise: Promise, *, to_id: int, by: Actor, now: datetime) -> None:
    """Let a successor keep an open promise; that somebody else gave it stays in the log."""
    before, promise.by_id = promise.by_id, to_id
    events.record(
        "accounts.promise_handed",
        by=by,
        now=now,
        record=promise.case_ref,
        account_id=promise.account_id,
        data={"promise": promise.id, "from": before, "to": to_id},
    )
    db.session.flush()


def _refuse_closed_to(case: Escalation, to_id: int, *, now: datetime) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("Only an open case can be handed over."))
    if case.restricted and to_id not in queries.named_on(case, now=now):
        name = auth_queries.get(to_id).name
        raise Refused(
            _("%(name)s is not named on this restricted case: name them first.", name=name)
        )
