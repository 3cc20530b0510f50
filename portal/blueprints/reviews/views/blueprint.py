"""The room's blueprint, and what its doors share."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core.web import attempt, done, page, viewer

from .. import queries
from ..models import Review

bp = Blueprint("reviews", __name__, url_prefix="/reviews")


def row_of(reference: str) -> Review:
    """Fetch a review; whoever posts holds it until the end of the request."""
    return queries.get(viewer(), reference, lock=request.method == "POST")


def ask_for(
    row: Review,
    form: FlaskForm,
    act: Callable[[], object],
    *,
    title: str,
    submit: str,
    message: str,
    lead: str = "",
    back: str = "",
) -> ResponseReturnValue:
    """Show a form about a review, carry it out, and go back to its page, or to another."""
    back = back or url_for("reviews.show", reference=row.reference)
    reference = row.reference

    def carry_out() -> bool:
        act()
        return True

    if attempt(form, carry_out):
        return done(back, message)
    shown: dict[str, Any] = {"title": title, "submit": submit, "back": back, "lead": lead}
    return page("reviews/act.html", form=form, reference=reference, **shown)


def do(
    reference: str, act: Callable[[Review], object], message: str, *, place: str = ""
) -> ResponseReturnValue:
    """Carry out a change that needs no form, and go back to the page."""
    act(row_of(reference))
    return done(url_for("reviews.show", reference=reference, _anchor=place or None), message)
