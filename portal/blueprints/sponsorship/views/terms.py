"""Doors to what makes a term: plan, goals, touchpoints, another sponsor; and the calendar."""

from collections.abc import Callable

from flask import Response, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.accounts.models import PromiseKind
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, public, require, viewer

from .. import actions, forms, queries
from ..models import Sponsor, Sponsorship, TouchpointState
from .blueprint import bp
from .sponsors import people_of, run_term, sponsor_sheet


@bp.post("/<reference>/touchpoints/<int:touchpoint_id>")
@require(Permission.SPONSORSHIP_READ)
def touch(reference: str, touchpoint_id: int) -> ResponseReturnValue:
    """Note what became of a touchpoint, and what was promised there."""
    form, by, now = forms.TouchForm(), viewer(), clock.now()
    seen = queries.get_sponsorship(by, reference, now=now)
    form.ours.choices, form.theirs.choices = people_of(seen)

    def work(row: Sponsorship) -> None:
        actions.settle_touchpoint(
            row,
            queries.touchpoint(row, touchpoint_id),
            TouchpointState(form.state.data),
            note=form.note.data or "",
            on=form.on.data,
            ours=form.ours.data or (),
            theirs=form.theirs.data or (),
            minutes=form.minutes.data,
            by=by,
            now=now,
        )
        if (form.promised.data or "").strip():
            actions.promise(
                row,
                what=form.promised.data or "",
                kind=PromiseKind(form.promise_kind.data),
                due_on=form.promise_due.data,
                by=by,
                now=now,
            )

    return run_term(reference, "touch", form, work, _("Noted; the next touchpoint is planned."))


@bp.post("/<reference>/touchpoints/<int:touchpoint_id>/prepare")
@require(Permission.SPONSORSHIP_READ)
def prepare(reference: str, touchpoint_id: int) -> ResponseReturnValue:
    """Write the agenda of a touchpoint, and agree on its day."""
    form, by, now = forms.PrepareForm(), viewer(), clock.now()
    return run_term(
        reference,
        "prepare",
        form,
        lambda row: actions.prepare(
            row,
            queries.touchpoint(row, touchpoint_id),
            agenda=form.agenda.data or "",
            planned_on=form.planned_on.data,
            by=by,
            now=now,
        ),
        _("The touchpoint is prepared."),
    )


@bp.post("/<reference>/plan")
@require(Permission.SPONSORSHIP_READ)
def write_plan(reference: str) -> ResponseReturnValue:
    """Write down how the outcome is to be reached."""
    form, by, now = forms.PlanForm(), viewer(), clock.now()
    return run_term(
        reference,
        "plan",
        form,
        lambda row: actions.plan(row, words=form.plan.data or "", by=by, now=now),
        _("The plan is kept."),
    )


@bp.post("/<reference>/goals")
@require(Permission.SPONSORSHIP_READ)
def set_goal(reference: str) -> ResponseReturnValue:
    """Set a goal."""
    form, by, now = forms.GoalForm(), viewer(), clock.now()
    return run_term(
        reference,
        "goal",
        form,
        lambda row: actions.set_goal(
            row,
            what=form.what.data or "",
            measure=form.measure.data or "",
            due_on=form.due_on.data,
            by=by,
            now=now,
        ),
        _("The goal is set."),
    )


@bp.post("/<reference>/goals/<int:goal_id>")
@require(Permission.SPONSORSHIP_READ)
def settle_goal(reference: str, goal_id: int) -> ResponseReturnValue:
    """Note what became of a goal."""
    form, by, now = forms.SettleGoalForm(), viewer(), clock.now()
    return run_term(
        reference,
        "settle",
        form,
        lambda row: actions.settle_goal(
            row,
            queries.goal(row, goal_id),
            reached=form.became.data == "reached",
            note=form.note.data or "",
            by=by,
            now=now,
        ),
        _("The goal is settled."),
    )


@bp.post("/<reference>/hand-over")
@require(Permission.SPONSORSHIP_MANAGE)
def hand_over(reference: str) -> ResponseReturnValue:
    """Give a sponsorship to another sponsor."""
    form, by, now = forms.HandOverForm(), viewer(), clock.now()
    seen = queries.get_sponsorship(by, reference, now=now)
    able = [(one, name) for one, name, _match in queries.others(seen, now=now)]
    form.sponsor_id.choices = choices(able)
    return run_term(
        reference,
        "over",
        form,
        lambda row: actions.hand_over(
            row, form.sponsor_id.data, reason=form.because.data or "", by=by, now=now
        ),
        _("The sponsorship is handed over; the people concerned are told."),
    )


def _of_sponsor(
    reference: str, name: str, form: FlaskForm, work: Callable[[Sponsor], object], told: str
) -> ResponseReturnValue:
    def do() -> bool:
        work(queries.get_sponsor(viewer(), reference, lock=True))
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.show", reference=reference), told)
    return sponsor_sheet(reference, **{name: form})


@bp.post("/<reference>/training")
@require(Permission.SPONSORSHIP_MANAGE)
def record_training(reference: str) -> ResponseReturnValue:
    """Record a training."""
    form, by, now = forms.training(queries.curriculum()), viewer(), clock.now()
    return _of_sponsor(
        reference,
        "training",
        form,
        lambda row: actions.record_training(
            row,
            form.module.data or "",
            on=form.trained_on.data,
            proof=form.proof.data or "",
            by=by,
            now=now,
        ),
        _("The training is on record."),
    )


@bp.post("/<reference>/feed/open")
@require(Permission.SPONSORSHIP_READ)
def open_feed(reference: str) -> ResponseReturnValue:
    """Give the sponsor an address of their calendar."""
    by, now = viewer(), clock.now()
    told = _("Your calendar has an address; an earlier one opens nothing any more.")
    return _of_sponsor(
        reference, "feed", FlaskForm(), lambda row: actions.open_feed(row, by=by, now=now), told
    )


@bp.post("/<reference>/feed/shut")
@require(Permission.SPONSORSHIP_READ)
def shut_feed(reference: str) -> ResponseReturnValue:
    """Take the address of a sponsor's calendar back."""
    by, now = viewer(), clock.now()
    told = _("The address opens nothing any more.")
    return _of_sponsor(
        reference, "feed", FlaskForm(), lambda row: actions.shut_feed(row, by=by, now=now), told
    )


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """Give a sponsor's touchpoints to the calendar that asks for them."""
    base = current_app.config["PORTAL"].base_url
    response = Response(
        queries.feed(token, base_url=base, now=clock.now()),
        content_type="text/calendar; charset=utf-8",
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
