"""What is late is said once, to whoever can do something about it."""

from datetime import date, datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import queries as notification_queries
from portal.core import access
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.i18n import _

from .. import queries, rules
from ..models import Action, ActionState, Postmortem, State
from .opening import tell_counsel
from .recording import inform, log, tell_story


def hand_to_counsel(row: Postmortem, *, by: Actor, now: datetime) -> bool:
    """Stop the clock of a post-mortem whose case went into legal mode since; says whether it
    did.
    """
    if row.state is State.WITH_COUNSEL or row.counsel_choice:
        return False
    cases = queries.cases_of(row)
    draft = queries.draft_of(row, cases=cases, causes=[], actions=[])
    if not rules.waits_for_counsel(chooses=draft.counsel_chooses, choice=draft.counsel_choice):
        return False
    before, row.state = row.state, State.WITH_COUNSEL
    row.approved_by_id, row.approved_at = None, None
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        role=Role.LEGAL,
        account_id=row.account_id,
        record_ref=row.reference,
    )
    uid = log(row, "handed_to_counsel", by=by, now=now, data={"before": before.value})
    tell_story(row, _("The post-mortem is with counsel."), uid=uid, by=by, now=now)
    tell_counsel(row, by=by, now=now)
    return True


def chase(row: Postmortem, *, by: Actor, now: datetime) -> int:
    """Tell who can do something about each step that is late, once per step and deadline; gives
    how many are told.
    """
    today = queries.today_of(now)
    met = queries.met_on(row, zone=queries.house().zone) is not None
    told = 0
    for step in queries.steps_late(row, met=met, today=today):
        due: date = getattr(queries.deadlines_of(row), step)
        key = f"late:{step}:{due.isoformat()}"
        people = _new(row, _who(row, step), key=key)
        if people:
            inform(row, people, "late", key=key, by=by, now=now, step=step, due_on=due)
            log(row, "step_late", by=by, now=now, data={"step": step, "due_on": due.isoformat()})
        told += len(people)
    return told


def _who(row: Postmortem, step: str) -> dict[int, str]:
    leadership = {p.id: "approver" for p in auth_queries.people(role=Role.LEADERSHIP)}
    if row.facilitator_id is None:
        return leadership
    if step == "approval" and row.state is State.IN_REVIEW:
        leadership.pop(row.facilitator_id, None)
        return leadership
    return {row.facilitator_id: "facilitator"}


def _new(row: Postmortem, people: dict[int, str], *, key: str) -> dict[int, str]:
    """Leave out who was told already."""
    return {
        person: why
        for person, why in people.items()
        if notification_queries.by_key(f"{row.reference}:{key}:{person}") is None
    }


def chase_action(row: Postmortem, action: Action, *, by: Actor, now: datetime) -> int:
    """Tell the owner of a late action, and who leads the post-mortem, once per day agreed; gives
    how many are told.
    """
    if action.state is not ActionState.OPEN or action.due_on >= queries.today_of(now):
        return 0
    key = f"action:{action.id}:late:{action.due_on.isoformat()}"
    who = {action.owner_id: "assigned"}
    if row.facilitator_id is not None and row.facilitator_id != action.owner_id:
        who[row.facilitator_id] = "facilitator"
    people = _new(row, who, key=key)
    if people:
        inform(row, people, "action_late", key=key, by=by, now=now, due_on=action.due_on)
        log(row, "action_late", by=by, now=now, data={"action": action.id})
    return len(people)
