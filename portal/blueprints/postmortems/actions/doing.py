"""What becomes of an action: done, seen by somebody else, dropped with a reason, taken up again."""

from datetime import datetime

from portal.core.access import Actor
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Action, ActionState, Postmortem
from .recording import expect, inform, log


def finish(
    row: Postmortem, action: Action, *, version: int | None, by: Actor, now: datetime
) -> None:
    """Say that an action is done, as its owner or who leads the post-mortem."""
    if by.id != action.owner_id and not _leads(row, by):
        raise Refused(_("Its owner says when it is done."))
    _move(row, action, ActionState.DONE, "action_done", note="", version=version, by=by, now=now)
    if row.facilitator_id is not None:
        told = {row.facilitator_id: "facilitator"}
        inform(row, told, "done", key=f"action:{action.id}:done:{action.version}", by=by, now=now)


def verify(
    row: Postmortem, action: Action, *, note: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Say, as somebody other than its owner, what shows that a done action worked."""
    if not note.strip():
        raise Refused(_("Say what you saw."), field="note")
    if not _judges(row, by):
        raise Refused(_("Who takes part in this post-mortem verifies its actions."))
    _move(
        row,
        action,
        ActionState.VERIFIED,
        "action_verified",
        note=note,
        version=version,
        by=by,
        now=now,
    )
    action.verified_by_id = by.id


def drop(
    row: Postmortem, action: Action, *, note: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Drop an action with a reason, as who leads the post-mortem or leadership."""
    if not _leads(row, by):
        raise Refused(_("Who leads the post-mortem, or leadership, drops an action."))
    _move(
        row,
        action,
        ActionState.DROPPED,
        "action_dropped",
        note=note,
        version=version,
        by=by,
        now=now,
    )


def reopen(
    row: Postmortem, action: Action, *, note: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Take an action up again that was called done too early, with what is missing."""
    if not note.strip():
        raise Refused(_("Say what is missing."), field="note")
    if not _judges(row, by):
        raise Refused(_("Who takes part in this post-mortem verifies its actions."))
    _move(
        row, action, ActionState.OPEN, "action_reopened", note=note, version=version, by=by, now=now
    )
    told = {action.owner_id: "assigned"}
    key = f"action:{action.id}:open:{action.version}"
    inform(row, told, "action", key=key, by=by, now=now, due_on=action.due_on)


def _leads(row: Postmortem, by: Actor) -> bool:
    return rules.leads(queries.seats(row, by=by))


def _judges(row: Postmortem, by: Actor) -> bool:
    return rules.judges(queries.seats(row, by=by))


def _move(
    row: Postmortem,
    action: Action,
    wished: ActionState,
    verb: str,
    *,
    note: str,
    version: int | None,
    by: Actor,
    now: datetime,
) -> None:
    if row.state in rules.FROZEN:
        raise Refused(_("Nothing moves here while it is with counsel, or after it was left out."))
    expect(action, version)
    against = rules.objections_to_action_state(
        action.state, wished, owner_id=action.owner_id, by_id=by.id or 0, reason=note
    )
    if against:
        field = "note" if against[0].field else None
        raise Refused(" ".join(o.message for o in against), field=field)
    before, action.state = action.state, wished
    action.settled_at = None if wished is ActionState.OPEN else now
    action.reason = " ".join(note.split())[:400]
    log(
        row,
        verb,
        by=by,
        now=now,
        data={"action": action.id, "before": before.value},
        changes={"note": (None, action.reason)} if action.reason else None,
    )
