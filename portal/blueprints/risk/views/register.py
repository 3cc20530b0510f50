"""Doors to the register: its list and map, a new risk, one risk."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.db import money_of
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, queries, rules
from ..forms import STAGES, EntryForm, MoveForm, TaskForm, cell_of, stage_of
from ..models import RiskEntry
from .base import bp


@bp.get("/register")
@require(Permission.RISK_READ)
def register() -> ResponseReturnValue:
    """List the risks that are worked on, and show them on the map."""
    now, stage, cell = clock.now(), stage_of(request.args.get("stage", "")), cell_of(request.args)
    found = queries.entries(
        viewer(), now=now, stage=stage, cell=cell, cursor=request.args.get("after")
    )
    return page(
        "risk/register.html",
        found=found,
        stage=stage,
        stages=tuple(STAGES.items()),
        cell=cell,
        cells=queries.register_map(viewer(), now=now),
        grade=rules.grade,
        today=queries.today(now),
    )


@bp.route("/register/new", methods=["GET", "POST"])
@require(Permission.RISK_WORK)
def new() -> ResponseReturnValue:
    """Enter a risk of an account."""
    now = clock.now()
    reference = request.args.get("account", "")
    account = queries.to_work_on(viewer(), reference, now=now)
    form = _entry_form(None)
    made = attempt(
        form, lambda: actions.register(account, _wish(form), by=viewer(), now=clock.now())
    )
    if made:
        return done(url_for("risk.show", reference=made.reference), _("The risk is registered."))
    return page("risk/new.html", form=form, account=account)


@bp.get("/<reference>")
@require(Permission.RISK_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a risk: how likely, how bad, its plan, and the stages it went through."""
    row, account = queries.entry(viewer(), reference, now=clock.now())
    return _shown(row, account)


def _shown(
    row: RiskEntry,
    account: Account,
    *,
    entry: EntryForm | None = None,
    move: MoveForm | None = None,
    task: TaskForm | None = None,
) -> ResponseReturnValue:
    now = clock.now()
    return page(
        "risk/show.html",
        form=entry or move or task,
        row=row,
        account=account,
        loss=money_of(row, "loss"),
        stays=money_of(row, "stays"),
        leaves=money_of(row, "leaves"),
        chance=rules.CHANCES[row.likelihood],
        grade=rules.grade(row.likelihood, row.impact),
        days=rules.days_between(row.stage_since, now),
        owner=auth.names([row.owner_id]).get(row.owner_id or 0),
        tasks=queries.tasks(row),
        moves=queries.moves(row),
        today=queries.today(now),
        editable=queries.may_work(viewer(), account),
        ended=row.stage in rules.ENDED,
        entry_form=entry or _entry_form(row),
        move_form=move or _move_form(row, empty=True),
        task_form=task or _task_form(empty=True),
    )


@bp.post("/<reference>/change")
@require(Permission.RISK_WORK)
def change(reference: str) -> ResponseReturnValue:
    """Change what is said of a risk."""
    row, account = queries.entry(viewer(), reference, now=clock.now())
    form = _entry_form(row)
    if attempt(form, lambda: _change(row, account, form)):
        return done(url_for("risk.show", reference=reference), _("The risk is changed."))
    return _shown(row, account, entry=form)


@bp.post("/<reference>/move")
@require(Permission.RISK_WORK)
def move(reference: str) -> ResponseReturnValue:
    """Bring a risk to another stage."""
    row, account = queries.entry(viewer(), reference, now=clock.now())
    form = _move_form(row)
    if attempt(form, lambda: _move(row, account, form)):
        return done(url_for("risk.show", reference=reference), _("The stage is recorded."))
    return _shown(row, account, move=form)


@bp.post("/<reference>/tasks")
@require(Permission.RISK_WORK)
def add_task(reference: str) -> ResponseReturnValue:
    """Add a task to the plan."""
    row, account = queries.entry(viewer(), reference, now=clock.now())
    form = _task_form()
    if attempt(form, lambda: _add_task(row, account, form)):
        return done(url_for("risk.show", reference=reference), _("The task is added."))
    return _shown(row, account, task=form)


@bp.post("/<reference>/tasks/<int:number>/done")
@require(Permission.RISK_WORK)
def finish_task(reference: str, number: int) -> ResponseReturnValue:
    """Tick a task off."""
    row, account = queries.entry(viewer(), reference, now=clock.now())
    actions.finish_task(row, account, number, by=viewer(), now=clock.now())
    return done(url_for("risk.show", reference=reference), _("The task is done."))


@bp.post("/<reference>/tasks/<int:number>/drop")
@require(Permission.RISK_WORK)
def drop_task(reference: str, number: int) -> ResponseReturnValue:
    """Take a task off the plan."""
    row, account = queries.entry(viewer(), reference, now=clock.now())
    actions.drop_task(row, account, number, by=viewer(), now=clock.now())
    return done(url_for("risk.show", reference=reference), _("The task is off the plan."))


def _entry_form(row: RiskEntry | None) -> EntryForm:
    form = EntryForm(obj=row, owner_id=row.owner_id if row else viewer().id)
    form.owner_id.choices = choices([("", _("nobody")), *auth.choices()])
    return form


def _move_form(row: RiskEntry, *, empty: bool = False) -> MoveForm:
    form = MoveForm(formdata=None) if empty else MoveForm()
    form.stage.choices = choices((one, STAGES[one]) for one in rules.NEXT[row.stage])
    return form


def _task_form(*, empty: bool = False) -> TaskForm:
    form = TaskForm(formdata=None, task_owner=viewer().id) if empty else TaskForm()
    form.task_owner.choices = choices([("", _("nobody")), *auth.choices()])
    return form


def _wish(form: EntryForm) -> actions.Wish:
    return actions.Wish(
        title=form.title.data or "",
        likelihood=form.likelihood.data or 0,
        impact=form.impact.data or 0,
        review_on=form.review_on.data,  # type: ignore[arg-type]
        plan=form.plan.data or "",
        owner_id=form.owner_id.data,
    )


def _change(row: RiskEntry, account: Account, form: EntryForm) -> bool:
    sent = form.version.data or ""
    version = int(sent) if sent.isdecimal() and len(sent) < 10 else -1
    actions.change(row, account, _wish(form), version=version, by=viewer(), now=clock.now())
    return True


def _move(row: RiskEntry, account: Account, form: MoveForm) -> bool:
    why = form.why.data or ""
    actions.move(row, account, form.stage.data, why=why, by=viewer(), now=clock.now())
    return True


def _add_task(row: RiskEntry, account: Account, form: TaskForm) -> object:
    return actions.add_task(
        row,
        account,
        what=form.what.data or "",
        owner_id=form.task_owner.data,
        due_on=form.due_on.data,  # type: ignore[arg-type]
        by=viewer(),
        now=clock.now(),
    )
