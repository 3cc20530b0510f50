"""Tasks of a case: given, done, dropped with a reason, handed on."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, RelationKind
from portal.core.db import db
from portal.core.deadlines import refuse_too_late, refuse_untimely
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, Task
from .recording import answering, inform, log, place_of


def add_task(
    case: Escalation,
    what: str,
    *,
    owner_id: int,
    by: Actor,
    now: datetime,
    due_at: datetime | None = None,
    reply_by: datetime | None = None,
    substitute_id: int | None = None,
) -> Task:
    """Give somebody something to do for an open case by an instant; they see the case and are told.

    A request to another department has an agreed time for its first reply (`reply_by`), and perhaps
    somebody who is asked instead once it has passed, or at once while the first is away.

    Refused for a time that has passed, and for somebody who may not be let in: a restricted case
    is opened to nobody by a task.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Tasks belong to an open case."))
    words = " ".join(what.split())
    if not words:
        raise Refused(_("Write what is to be done."), field="what")
    if due_at is not None:
        refuse_untimely(due_at, now=now, field="due")
    _refuse_wrong_reply(reply_by, due_at, substitute_id, owner_id=owner_id, now=now)
    admit_doer(case, owner_id, now=now)
    row = Task(
        escalation_id=case.id,
        what=words,
        owner_id=owner_id,
        due_at=due_at,
        reply_by=reply_by,
        substitute_id=substitute_id,
        reply="",
    )
    db.session.add(row)
    db.session.flush()
    data = {
        "task": row.id,
        "owner": owner_id,
        "due": due_at and due_at.isoformat(),
        "reply_by": reply_by and reply_by.isoformat(),
        "substitute": substitute_id,
    }
    log(case, "task_added", by=by, now=now, data=data, changes={"what": (None, words)})
    tell_owner(case, row, by=by, now=now)
    if substitute_id and auth_queries.responsible(owner_id, now=now) != owner_id:
        chase_reply(case, row, by=by, now=now)
    return row


def _refuse_wrong_reply(
    reply_by: datetime | None,
    due_at: datetime | None,
    substitute_id: int | None,
    *,
    owner_id: int,
    now: datetime,
) -> None:
    if reply_by is None:
        if substitute_id is not None:
            raise Refused(_("Say by when the first reply is agreed."), field="reply_by")
        return
    if reply_by <= now or (due_at is not None and reply_by > due_at):
        words = _("The first reply comes after now, and not after the task is due.")
        raise Refused(words, field="reply_by")
    refuse_too_late(reply_by, now=now, field="reply_by")
    if substitute_id == owner_id:
        raise Refused(_("Somebody else is asked instead of them."), field="substitute")


def reply_task(case: Escalation, task: Task, *, text: str, by: Actor, now: datetime) -> None:
    """Keep the first reply to a request; who owns the case is told. A later one takes its place,
    the first stays in the log.
    """
    _refuse_settled(case, task, by=by)
    if task.reply_by is None:
        raise Refused(_("No reply was asked for: say that it is done, or write in the timeline."))
    if not text.strip():
        raise Refused(_("Write the reply."), field="text")
    before, task.reply = task.reply, text.strip()[:2000]
    task.replied_at = task.replied_at or now
    changes = {"reply": (before or None, task.reply)}
    uid = log(case, "task_replied", by=by, now=now, data={"task": task.id}, changes=changes)
    _tell_case_owner(case, task, "task_replied", key=f"reply:{uid}", by=by, now=now)


def chase_reply(case: Escalation, task: Task, *, by: Actor, now: datetime) -> None:
    """Ask the substitute, once, because the agreed time for a first reply passed or the first is
    away; who owns the case is told. A restricted case opens to nobody by this.
    """
    if task.chased_at is not None or task.replied_at is not None:
        return
    task.chased_at = now
    log(case, "task_chased", by=by, now=now, data={"task": task.id, "to": task.substitute_id})
    if task.substitute_id and task.substitute_id in dict(queries.doers(case, now=now)):
        admit_doer(case, task.substitute_id, now=now)
        told = {task.substitute_id: "substitute"}
        key = f"task_instead:{task.id}"
        inform(case, told, "task", key=key, by=by, now=now, what=task.what, due=task.due_at)
    _tell_case_owner(case, task, "task_silent", key=f"silent:{task.id}", by=by, now=now)


def _tell_case_owner(
    case: Escalation, task: Task, template: str, *, key: str, by: Actor, now: datetime
) -> None:
    """Tell who answers for a case how a request of it fares, unless it is theirs."""
    told = answering(case, now=now)
    told.pop(task.owner_id or 0, None)
    name = auth_queries.names([task.owner_id]).get(task.owner_id or 0, "")
    inform(case, told, template, key=key, by=by, now=now, what=task.what, who=name)


def finish_task(case: Escalation, task: Task, *, by: Actor, now: datetime) -> None:
    """Note that a task is done, by its owner or by who works on the case."""
    _refuse_settled(case, task, by=by)
    task.done_at = now
    log(case, "task_done", by=by, now=now, data={"task": task.id})


def drop_task(case: Escalation, task: Task, *, reason: str, by: Actor, now: datetime) -> None:
    """Note that a task is not needed any more, and why."""
    _refuse_settled(case, task, by=by)
    if not reason.strip():
        raise Refused(_("Give the reason."), field="reason")
    task.dropped_at, task.dropped_because = now, reason.strip()
    changes = {"reason": (None, task.dropped_because)}
    log(case, "task_dropped", by=by, now=now, data={"task": task.id}, changes=changes)


def give_task(case: Escalation, task: Task, *, to_id: int, by: Actor, now: datetime) -> None:
    """Give a task to somebody else, who is told."""
    _refuse_settled(case, task, by=by)
    if to_id == task.owner_id:
        raise Refused(_("This person has the task already."), field="owner")
    admit_doer(case, to_id, now=now)
    before, task.owner_id = task.owner_id, to_id
    if task.substitute_id == to_id:
        task.substitute_id = None
    data = {"task": task.id, "before": before, "after": to_id}
    log(case, "task_given", by=by, now=now, data=data)
    tell_owner(case, task, by=by, now=now)


def pass_tasks_on(case: Escalation, *, from_id: int | None, to_id: int) -> int:
    """Give what the former owner of a case still had to do for it to the next; gives how many."""
    moved = sa.update(Task).where(*_open_of(case, from_id)).values(owner_id=to_id)
    return len(list(db.session.scalars(moved.returning(Task.id))))


def open_tasks(case: Escalation, owner_id: int | None) -> list[int]:
    """Give the numbers of what somebody still has to do for a case."""
    return list(db.session.scalars(sa.select(Task.id).where(*_open_of(case, owner_id))))


def take_tasks_back(tasks: Collection[int], *, from_id: int | None, to_id: int | None) -> None:
    """Give tasks back that were passed on, those still open that nobody gave on since."""
    still = (Task.owner_id == from_id, Task.done_at.is_(None), Task.dropped_at.is_(None))
    back = sa.update(Task).where(Task.id.in_(tasks), *still).values(owner_id=to_id)
    db.session.execute(back)


def _open_of(case: Escalation, owner_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Task.escalation_id == case.id,
        Task.owner_id == owner_id,
        Task.done_at.is_(None),
        Task.dropped_at.is_(None),
    )


def _refuse_settled(case: Escalation, task: Task, *, by: Actor) -> None:
    queries.task(case, task.id)
    if not rules.may_settle_task(holders=_holders(task), by=by):
        raise Refused(_("This is for who has the task, or who works on the case."))
    if task.done_at is not None or task.dropped_at is not None:
        raise Refused(_("This task is settled already."))


def _holders(task: Task) -> set[int | None]:
    """Give who has a task: its owner, and who was asked in their place."""
    return {task.owner_id, task.substitute_id if task.chased_at else task.owner_id}


def admit_doer(case: Escalation, person_id: int, *, now: datetime) -> None:
    """Let the owner of a task see the case it belongs to, as far as that can be."""
    if person_id not in dict(queries.doers(case, now=now)):
        name = auth_queries.get(person_id).name
        words = (
            _("%(name)s is not named on this restricted case.", name=name)
            if case.restricted
            else _("%(name)s cannot read cases.", name=name)
        )
        raise Refused(words, field="owner")
    access.relate(db.session, kind=RelationKind.NAMED, person_id=person_id, **place_of(case))


def tell_owner(case: Escalation, task: Task, *, by: Actor, now: datetime) -> None:
    """Tell whoever has a task that they have it."""
    if task.owner_id is None:
        return
    told = {task.owner_id: "assigned"}
    key = f"task:{task.id}:{now.isoformat()}"
    inform(case, told, "task", key=key, by=by, now=now, what=task.what, due=task.due_at)
