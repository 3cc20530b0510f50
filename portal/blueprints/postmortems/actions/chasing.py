"""What is late is said once, to whoever can do something about it."""

from collections.abc import Iterable
from datetime import date, datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.notifications import queries as notification_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.core import access
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.i18n import _

from .. import queries, rules
from ..models import Action, ActionState, Postmortem, State
from .opening import tell_counsel
from .recording import inform, log, tell_story

ABOVE = (rules.Step.MANAGER, rules.Step.EXECUTIVE)
BROUGHT_UP = {
    rules.Step.SOON: ("action_soon", "action_reminded"),
    rules.Step.LATE: ("action_late", "action_late"),
    rules.Step.MANAGER: ("action_escalated", "action_escalated"),
    rules.Step.EXECUTIVE: ("action_escalated", "action_escalated"),
}
"""The notice and the event of each step of an action."""


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
    """Bring an open action up, also long after its case was closed: with its owner before and
    after its day, then with their manager and substitute, then with the executive of the case;
    each step once for each day agreed. Gives how many are told.
    """
    if action.state is not ActionState.OPEN:
        return 0
    owner = auth_queries.get(action.owner_id)
    steps = rules.steps_of(
        action.due_on,
        today=queries.today_of(now),
        owner_left=not owner.active,
        policy=policy_queries.numbered(PostmortemPolicy, row.policy_number),
    )
    return sum(_bring_up(row, action, owner, step, by=by, now=now) for step in steps)


def _bring_up(
    row: Postmortem, action: Action, owner: User, step: rules.Step, *, by: Actor, now: datetime
) -> int:
    """Take one step of an action that was not taken for its day yet."""
    key = f"action:{action.id}:{step.value}:{action.due_on.isoformat()}"
    people = _new(row, _behind(row, owner, step), key=key)
    people = {one: why for one, why in people.items() if one in queries.told_of(row, people)}
    if not people:
        return 0
    if step in ABOVE:
        _let_see(row, people)
    template, verb = BROUGHT_UP[step]
    inform(row, people, template, key=key, by=by, now=now, due_on=action.due_on)
    data = {"action": action.id, "due_on": action.due_on.isoformat(), "step": step.value}
    log(row, verb, by=by, now=now, data=data)
    return len(people)


def _behind(row: Postmortem, owner: User, step: rules.Step) -> dict[int, str]:
    """Say who is told of an action at a step, and why."""
    if step is rules.Step.SOON:
        return {owner.id: "assigned"}
    if step is rules.Step.LATE:
        lead = {row.facilitator_id: "facilitator"} if row.facilitator_id is not None else {}
        return lead | {owner.id: "assigned"}
    if step is rules.Step.MANAGER:
        others = {owner.substitute_id: "substitute", owner.manager_id: "manager"}
        found = {one: why for one, why in others.items() if one is not None}
    else:
        found = dict.fromkeys(queries.executives_of(row), "executive")
    leadership = auth_queries.people(role=Role.LEADERSHIP)
    return found or {person.id: "approver" for person in leadership}


def _let_see(row: Postmortem, people: Iterable[int]) -> None:
    """Let those see the post-mortem to whom one of its actions is brought up."""
    for person in people:
        access.relate(
            db.session,
            kind=RelationKind.NAMED,
            person_id=person,
            account_id=row.account_id,
            record_ref=row.reference,
        )
