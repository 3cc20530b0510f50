"""The meeting: lines, decisions, actions done since, the sign-off."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, queries
from ..forms import DecideForm, LineForm
from ..models import LineKind, Verdict
from .blueprint import ask_for, bp, do, row_of


@bp.post("/<reference>/begin")
@require(Permission.REVIEWS_RUN)
def begin(reference: str) -> ResponseReturnValue:
    """Begin the meeting."""
    return do(
        reference,
        lambda row: actions.begin(row, by=viewer(), now=clock.now()),
        _("The meeting has begun."),
        place="meeting",
    )


@bp.route("/<reference>/lines", methods=["GET", "POST"])
@require(Permission.REVIEWS_READ)
def capture(reference: str) -> ResponseReturnValue:
    """Write a line of the minutes; what was typed stays where it is refused."""
    row, form = row_of(reference), LineForm(kind=LineKind.NOTE.value)
    form.owner_id.choices = choices([("", _("nobody")), *auth_queries.choices()])
    back = url_for("reviews.show", reference=row.reference, _anchor="meeting")

    def carry_out() -> bool:
        actions.capture(
            row,
            LineKind(form.kind.data),
            form.text.data or "",
            owner_id=form.owner_id.data,
            due_on=form.due_on.data,
            by=viewer(),
            now=clock.now(),
        )
        return True

    if attempt(form, carry_out):
        return done(back)
    shown = {"title": _("Write it down"), "submit": _("Write it down"), "back": back, "lead": ""}
    return page("reviews/act.html", form=form, reference=row.reference, **shown)


@bp.route("/<reference>/seek/<int:sought_id>", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def decide(reference: str, sought_id: int) -> ResponseReturnValue:
    """Write down what was decided."""
    row = row_of(reference)
    one = queries.get_sought(row, sought_id)
    was = None if one.verdict is Verdict.OPEN else one.verdict.value
    form = DecideForm(verdict=was, decided=one.decided)
    return ask_for(
        row,
        form,
        lambda: actions.decide(
            row,
            one,
            Verdict(form.verdict.data),
            form.decided.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=one.title,
        submit=_("Write the decision down"),
        message=_("The decision is written down."),
        lead=one.recommendation,
    )


@bp.post("/<reference>/lines/<int:line_id>/done")
@require(Permission.REVIEWS_READ)
def finish(reference: str, line_id: int) -> ResponseReturnValue:
    """Say that an action of a review is done."""
    return do(
        reference,
        lambda row: actions.finish(
            row, queries.open_line(row, line_id), by=viewer(), now=clock.now()
        ),
        _("The action is done."),
        place="meeting",
    )


@bp.post("/<reference>/sign")
@require(Permission.REVIEWS_RUN)
def sign(reference: str) -> ResponseReturnValue:
    """Sign the review off."""
    return do(
        reference,
        lambda row: actions.sign(row, by=viewer(), now=clock.now()),
        _("The review is signed off; the next one opens with what is left."),
    )
