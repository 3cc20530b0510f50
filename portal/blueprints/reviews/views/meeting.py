"""The meeting: lines, decisions, actions done since, the sign-off."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.models import PolicyKind
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, note, page, require, viewer

from .. import actions, queries
from ..forms import DecideForm, LineForm, PolicyForm
from ..models import LineKind, Review, ReviewVerdict
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


@bp.get("/<reference>/meeting")
@require(Permission.REVIEWS_READ)
def meeting(reference: str) -> ResponseReturnValue:
    """Show the meeting in large type: what it is at, what was captured, what comes next."""
    row, now = row_of(reference), clock.now()
    note(lambda: actions.mark_read(row, by=viewer(), now=now))
    return page("reviews/meeting.html", line_form=line_form(), **at_the_table(row))


def line_form() -> LineForm:
    """Give an empty form for a line of the minutes."""
    form = LineForm(formdata=None, kind=LineKind.NOTE.value)
    form.owner_id.choices = choices([("", _("nobody")), *auth_queries.choices()])
    return form


def at_the_table(row: Review) -> dict[str, Any]:
    """Give what the live part of the meeting's page shows."""
    m = queries.table(row, reader=viewer(), now=clock.now())
    said: dict[str, Any] = {}
    if m.one is not None and m.one.verdict is not ReviewVerdict.OPEN:
        said = {"verdict": m.one.verdict.value, "decided": m.one.decided}
    return {"m": m, "row": row, "one": m.one, "decide_form": DecideForm(formdata=None, **said)}


@bp.post("/<reference>/at/<key>")
@require(Permission.REVIEWS_RUN)
def move(reference: str, key: str) -> ResponseReturnValue:
    """Go to an item of the agenda."""
    row = row_of(reference)
    actions.move_to(row, key, by=viewer(), now=clock.now())
    return done(url_for("reviews.meeting", reference=row.reference))


def back_of(row: Review) -> str:
    """Give the page that a form about the meeting stands on."""
    if request.args.get("at") == "meeting":
        return url_for("reviews.meeting", reference=row.reference)
    return url_for("reviews.show", reference=row.reference, _anchor="meeting")


@bp.route("/<reference>/lines", methods=["GET", "POST"])
@require(Permission.REVIEWS_TAKE_PART)
def capture(reference: str) -> ResponseReturnValue:
    """Write a line of the minutes; what was typed stays where it is refused."""
    row, form = row_of(reference), LineForm(kind=LineKind.NOTE.value)
    form.owner_id.choices = choices([("", _("nobody")), *auth_queries.choices()])
    back = back_of(row)

    def carry_out() -> bool:
        actions.capture(
            row,
            LineKind(form.kind.data),
            form.text.data or "",
            owner_id=form.owner_id.data,
            due_on=form.due_on.data,
            about=request.args.get("about", type=int),
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
    was = None if one.verdict is ReviewVerdict.OPEN else one.verdict.value
    form = DecideForm(verdict=was, decided=one.decided)
    return ask_for(
        row,
        form,
        lambda: actions.decide(
            row,
            one,
            ReviewVerdict(form.verdict.data),
            form.decided.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=one.title,
        submit=_("Write the decision down"),
        message=_("The decision is written down."),
        lead=one.recommendation,
        back=back_of(row),
    )


@bp.route("/<reference>/seek/<int:sought_id>/policy", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def policy(reference: str, sought_id: int) -> ResponseReturnValue:
    """Begin the change of a policy that a decision asks for."""
    row, form = row_of(reference), PolicyForm()
    one = queries.get_sought(row, sought_id)
    form.kind.choices = choices(queries.policies_of(viewer()))
    return ask_for(
        row,
        form,
        lambda: actions.draft_policy(
            row, one, PolicyKind(form.kind.data), by=viewer(), now=clock.now()
        ),
        title=_("Begin the change of a policy"),
        submit=_("Begin the draft"),
        message=_("The draft is begun; it stands under Policies."),
        lead=one.decided,
    )


@bp.post("/<reference>/lines/<int:line_id>/done")
@require(Permission.REVIEWS_TAKE_PART)
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
