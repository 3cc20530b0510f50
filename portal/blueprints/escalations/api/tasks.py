"""Tasks of a case for programs: list, give, settle, pass on."""

from flask import Response

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Task
from ..schemas.acts import Given, NewTask, Reason, Reply, TaskList, TaskOut
from .blueprint import acting, bp, held, person


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
        reply_by=row.reply_by,
        replied_at=row.replied_at,
        reply=row.reply,
        substitute=auth_queries.names([row.substitute_id]).get(row.substitute_id or 0),
        substitute_asked_at=row.chased_at,
    )


@bp.post("/<reference>/tasks")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewTask, gives=TaskOut, status=201)
def add_task(reference: str) -> Response:
    """Give somebody something to do for a case; once per Idempotency-Key."""
    return once(lambda: _add_task(reference))


def _add_task(reference: str) -> Response:
    given, case = read_body(NewTask), held(reference)
    owner = person(given.owner, field="owner")
    instead = person(given.substitute, field="substitute") if given.substitute else None
    row = actions.add_task(
        case,
        given.what,
        owner_id=owner,
        due_at=given.due_at,
        reply_by=given.reply_by,
        substitute_id=instead,
        **acting(),
    )
    return answer(_task(row, _name(row)), status=201)


@bp.post("/<reference>/tasks/<int:task_id>/done")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=TaskOut)
def finish_task(reference: str, task_id: int) -> Response:
    """Note that a task is done."""
    return once(lambda: _finish_task(reference, task_id))


def _finish_task(reference: str, task_id: int) -> Response:
    case = held(reference)
    row = queries.task(case, task_id)
    actions.finish_task(case, row, **acting())
    return answer(_task(row, _name(row)))


@bp.post("/<reference>/tasks/<int:task_id>/reply")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Reply, gives=TaskOut)
def reply_task(reference: str, task_id: int) -> Response:
    """Reply to a request."""
    return once(lambda: _reply_task(reference, task_id))


def _reply_task(reference: str, task_id: int) -> Response:
    given, case = read_body(Reply), held(reference)
    row = queries.task(case, task_id)
    actions.reply_task(case, row, text=given.text, **acting())
    return answer(_task(row, _name(row)))


@bp.post("/<reference>/tasks/<int:task_id>/drop")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Reason, gives=TaskOut)
def drop_task(reference: str, task_id: int) -> Response:
    """Drop a task that is not needed any more, with the reason."""
    return once(lambda: _drop_task(reference, task_id))


def _drop_task(reference: str, task_id: int) -> Response:
    given, case = read_body(Reason), held(reference)
    row = queries.task(case, task_id)
    actions.drop_task(case, row, reason=given.reason, **acting())
    return answer(_task(row, _name(row)))


@bp.post("/<reference>/tasks/<int:task_id>/give")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Given, gives=TaskOut)
def give_task(reference: str, task_id: int) -> Response:
    """Give a task to somebody else."""
    return once(lambda: _give_task(reference, task_id))


def _give_task(reference: str, task_id: int) -> Response:
    given, case = read_body(Given), held(reference)
    row = queries.task(case, task_id)
    actions.give_task(case, row, to_id=person(given.to, field="to"), **acting())
    return answer(_task(row, _name(row)))


def _name(row: Task) -> str | None:
    return auth_queries.names([row.owner_id]).get(row.owner_id or 0)
