"""Tasks of a case: given, done, dropped with a reason, handed on."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, RelationKind
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, Task
from .recording import inform, log, place_of


def add_task(
    case: Escalation,
    what: str,
    *,
    owner_id: int,
    by: Actor,
    now: datetime,
    due_at: datetime | None = None,
) -> Task:
    """Give somebody something to do for an open case by an instant; they see the case and are told.

    Refused for a time that has passed, and for somebody who may not be let in: a restricted case
    is opened to nobody by a task.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Tasks belong to an open case."))
    words = " ".join(what.split())
    if not words:
        raise Refused(_("Write what is to be done."), field="what")
    if due_at is not None and due_at <= now:
        raise Refused(_("This has passed already: choose a time to come."), field="due")
    admit_doer(case, owner_id, now=now)
    row = Task(escalation_id=case.id, what=words, owner_id=owner_id, due_at=due_at)
    db.session.add(row)
    db.session.flush()
    data = {"task": row.id, "owner": owner_id, "due": due_at and due_at.isoformat()}
    log(case, "task_added", by=by, now=now, data=data, changes={"what": (None, words)})
    tell_owner(case, row, by=by, now=now)
    return row


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
    if not rules.may_settle_task(owner_id=task.owner_id, by=by):
        raise Refused(_("This is for who has the task, or who works on the case."))
    if task.done_at is not None or task.dropped_at is not None:
        raise Refused(_("This task is settled already."))


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
