"""Tasks of a case."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import choices, require, viewer

from .. import actions, queries
from ..forms import ReasonForm
from ..forms.people import GiveForm, ReplyForm, TaskForm
from .blueprint import ask_for, bp, case_of, do, instant


@bp.route("/<reference>/tasks", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def add_task(reference: str) -> ResponseReturnValue:
    """Give somebody something to do for a case."""
    case = case_of(reference)
    form = TaskForm(owner=viewer().id) if request.method == "GET" else TaskForm()
    doers = queries.doers(case, now=clock.now())
    form.owner.choices = choices(doers)
    form.substitute.choices = choices([(0, _("nobody")), *doers])
    return ask_for(
        case,
        form,
        lambda: actions.add_task(
            case,
            form.what.data or "",
            owner_id=form.owner.data or 0,
            due_at=instant(form.due.data),
            reply_by=instant(form.reply_by.data),
            substitute_id=form.substitute.data or None,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Add a task"),
        lead=_("Whoever has it sees the case, is told, and finds it on their day."),
        submit=_("Add the task"),
        message=_("The task is added."),
    )


@bp.post("/<reference>/tasks/<int:task_id>/done")
@require(Permission.ESCALATIONS_READ)
def finish_task(reference: str, task_id: int) -> ResponseReturnValue:
    """Note that a task is done."""
    return do(
        reference,
        lambda case: actions.finish_task(
            case, queries.task(case, task_id), by=viewer(), now=clock.now()
        ),
        _("The task is done."),
    )


@bp.route("/<reference>/tasks/<int:task_id>/reply", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def reply_task(reference: str, task_id: int) -> ResponseReturnValue:
    """Reply to a request."""
    case = case_of(reference)
    task = queries.task(case, task_id)
    form = ReplyForm(data={"text": task.reply}) if request.method == "GET" else ReplyForm()
    return ask_for(
        case,
        form,
        lambda: actions.reply_task(
            case, task, text=form.text.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Reply to this request"),
        lead=task.what,
        submit=_("Send the reply"),
        message=_("Your reply stands on the case; its owner is told."),
    )


@bp.route("/<reference>/tasks/<int:task_id>/drop", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def drop_task(reference: str, task_id: int) -> ResponseReturnValue:
    """Drop a task that is not needed any more."""
    case, form = case_of(reference), ReasonForm()
    task = queries.task(case, task_id)
    return ask_for(
        case,
        form,
        lambda: actions.drop_task(
            case, task, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Drop this task"),
        lead=task.what,
        submit=_("Drop it"),
        message=_("The task is dropped."),
    )


@bp.route("/<reference>/tasks/<int:task_id>/give", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def give_task(reference: str, task_id: int) -> ResponseReturnValue:
    """Give a task to somebody else."""
    case, form = case_of(reference), GiveForm()
    task = queries.task(case, task_id)
    others = [one for one in queries.doers(case, now=clock.now()) if one[0] != task.owner_id]
    form.owner.choices = choices(others)
    return ask_for(
        case,
        form,
        lambda: actions.give_task(
            case, task, to_id=form.owner.data or 0, by=viewer(), now=clock.now()
        ),
        title=_("Give the task to somebody else"),
        lead=task.what,
        submit=_("Give it to them"),
        message=_("The task is theirs; they are told."),
    )
