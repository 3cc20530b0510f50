"""Tasks of a case for programs: list, give, settle."""

from flask import Response

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation, Task
from ..schemas import Dropped, NewTask, TaskList, TaskOut
from .reading import bp


@bp.get("/<reference>/tasks")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=TaskList)
def tasks(reference: str) -> Response:
    """List the tasks of a case."""
    return call(lambda: _tasks(reference))


def _tasks(reference: str) -> Response:
    case = queries.get(viewer(), reference, now=clock.now())
    return answer(TaskList(items=[_task(one.row, one.owner) for one in queries.tasks_in(case)]))


def _task(row: Task, owner: str | None) -> TaskOut:
    state = "done" if row.done_at else "dropped" if row.dropped_at else "open"
    return TaskOut(
        id=row.id,
        what=row.what,
        owner=owner,
        state=state,
        due_at=row.due_at,
        done_at=row.done_at,
        dropped_at=row.dropped_at,
        dropped_because=row.dropped_because,
    )


def _held(reference: str) -> Escalation:
    """Fetch a case that nobody else changes until this call ends."""
    return queries.get(viewer(), reference, now=clock.now(), lock=True)


@bp.post("/<reference>/tasks")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewTask, gives=TaskOut, status=201)
def add_task(reference: str) -> Response:
    """Give somebody something to do for a case; once per Idempotency-Key."""
    return once(lambda: _add_task(reference))


def _add_task(reference: str) -> Response:
    case, given = _held(reference), read_body(NewTask)
    owner = auth_queries.by_email(given.owner)
    if owner is None:
        raise Refused("there is no such person", field="owner")
    row = actions.add_task(
        case, given.what, owner_id=owner.id, due_at=given.due_at, by=viewer(), now=clock.now()
    )
    return answer(_task(row, owner.name), status=201)


@bp.post("/<reference>/tasks/<int:task_id>/done")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=TaskOut)
def finish_task(reference: str, task_id: int) -> Response:
    """Note that a task is done."""
    return once(lambda: _finish_task(reference, task_id))


def _finish_task(reference: str, task_id: int) -> Response:
    case = _held(reference)
    row = queries.task(case, task_id)
    actions.finish_task(case, row, by=viewer(), now=clock.now())
    return answer(_task(row, _name(row)))


@bp.post("/<reference>/tasks/<int:task_id>/drop")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Dropped, gives=TaskOut)
def drop_task(reference: str, task_id: int) -> Response:
    """Drop a task that is not needed any more, with the reason."""
    return once(lambda: _drop_task(reference, task_id))


def _drop_task(reference: str, task_id: int) -> Response:
    case, given = _held(reference), read_body(Dropped)
    row = queries.task(case, task_id)
    actions.drop_task(case, row, reason=given.reason, by=viewer(), now=clock.now())
    return answer(_task(row, _name(row)))


def _name(row: Task) -> str | None:
    return auth_queries.names([row.owner_id]).get(row.owner_id or 0)
