"""The actions of a post-mortem while it is written: who does what, by when, and how it is seen."""

from datetime import date, datetime
from typing import Any

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.core import access
from portal.core.access import Actor, RelationKind
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Action, ActionKind, ActionPriority, Postmortem
from .recording import expect, inform, insist, log, refuse


def due_proposed(row: Postmortem, priority: ActionPriority, *, now: datetime) -> date:
    """Give the day by which an action agreed now should be done, by policy."""
    policy = policy_queries.numbered(PostmortemPolicy, row.policy_number)
    return rules.action_due(queries.today_of(now), priority=priority, policy=policy)


def add_action(
    row: Postmortem,
    *,
    what: str,
    outcome: str,
    owner_id: int,
    priority: ActionPriority,
    verification: str,
    by: Actor,
    now: datetime,
    due_on: date | None = None,
    cause_id: int | None = None,
    kind: ActionKind | None = None,
    ticket: str = "",
    ticket_url: str = "",
) -> Action:
    """Agree an action: a person, a verb and what comes of it, a day (by policy if none is given),
    and how somebody else will see that it worked. Its owner sees the post-mortem and is told.
    """
    insist(row, rules.Right.CONTRIBUTE, by=by)
    action = Action(postmortem_id=row.id)
    given = _checked(row, what, outcome, owner_id, verification, cause_id)
    day = due_on or due_proposed(row, priority, now=now)
    _refuse_past(day, now=now)
    more = _ticket(ticket, ticket_url) | {"kind": kind}
    _fill(action, given | more | {"priority": priority, "due_on": day})
    action.created_at = action.updated_at = now
    db.session.add(action)
    db.session.flush()
    _note(row, action, "action_added", before=None, by=by, now=now)
    return action


def change_action(
    row: Postmortem,
    action: Action,
    *,
    what: str,
    outcome: str,
    owner_id: int,
    priority: ActionPriority,
    verification: str,
    version: int | None,
    by: Actor,
    now: datetime,
    due_on: date | None = None,
    cause_id: int | None = None,
    kind: ActionKind | None = None,
    ticket: str = "",
    ticket_url: str = "",
) -> None:
    """Change an action while the post-mortem is written; `Stale` where somebody else did since."""
    insist(row, rules.Right.WRITE, by=by)
    expect(action, version)
    given = _checked(row, what, outcome, owner_id, verification, cause_id)
    day = due_on or due_proposed(row, priority, now=now)
    if day != action.due_on:
        _refuse_past(day, now=now)
    before = f"{action.what} → {action.outcome}"
    more = _ticket(ticket, ticket_url) | {"kind": kind}
    _fill(action, given | more | {"priority": priority, "due_on": day})
    db.session.flush()
    _note(row, action, "action_changed", before=before, by=by, now=now)


def remove_action(row: Postmortem, action: Action, *, by: Actor, now: datetime) -> None:
    """Take an action out while it is only proposed; an agreed one is dropped, with a reason."""
    insist(row, rules.Right.WRITE, by=by)
    changes = {"action": (f"{action.what} → {action.outcome}", None)}
    log(row, "action_removed", by=by, now=now, data={"action": action.id}, changes=changes)
    db.session.delete(action)


def give_action(row: Postmortem, action: Action, *, to_id: int, by: Actor, now: datetime) -> None:
    """Give an action of somebody who leaves to a successor, who sees the post-mortem and is
    told.
    """
    if not auth_queries.get(to_id).active:
        raise Refused(_("This person does not work here any more."), field="owner_id")
    before, action.owner_id = action.owner_id, to_id
    db.session.flush()
    _note(row, action, "action_given", before=f"{before}", by=by, now=now)


def _checked(
    row: Postmortem,
    what: str,
    outcome: str,
    owner_id: int,
    verification: str,
    cause_id: int | None,
) -> dict[str, Any]:
    for field, text in (("what", what), ("outcome", outcome), ("verification", verification)):
        if not text.strip():
            raise Refused(_("This cannot be empty."), field=field)
    if not auth_queries.get(owner_id).active:
        raise Refused(_("This person does not work here any more."), field="owner_id")
    if cause_id is not None:
        queries.get_cause(row, cause_id)
    return {
        "what": " ".join(what.split()),
        "outcome": " ".join(outcome.split()),
        "owner_id": owner_id,
        "verification": " ".join(verification.split()),
        "cause_id": cause_id,
    }


def _ticket(reference: str, url: str) -> dict[str, Any]:
    """Give the ticket of an action as it is kept; refused where its address is none."""
    ticket, address = " ".join(reference.split()), url.strip()
    refuse(rules.objections_to_ticket(ticket, address))
    return {"ticket": ticket, "ticket_url": address}


def _fill(action: Action, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(action, name, value)


def _refuse_past(day: date, *, now: datetime) -> None:
    if day < queries.today_of(now):
        raise Refused(_("This day has passed."), field="due_on")


def _note(
    row: Postmortem, action: Action, verb: str, *, before: str | None, by: Actor, now: datetime
) -> None:
    data = {"action": action.id, "owner": action.owner_id, "due_on": action.due_on.isoformat()}
    changes = {"action": (before, f"{action.what} → {action.outcome}")}
    log(row, verb, by=by, now=now, data=data, changes=changes)
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        account_id=row.account_id,
        record_ref=row.reference,
        person_id=action.owner_id,
    )
    inform(
        row,
        {action.owner_id: "assigned"},
        "action",
        key=f"action:{action.id}:owner",
        by=by,
        now=now,
        due_on=action.due_on,
    )
