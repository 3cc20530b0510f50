"""The room's blueprint, and what its doors share."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core import clock
from portal.core.web import attempt, done, page, viewer

from .. import queries
from ..models import Postmortem
from ..rules import words

bp = Blueprint("postmortems", __name__, url_prefix="/postmortems")


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {"lesson_words": words}


def row_of(reference: str) -> Postmortem:
    """Fetch a post-mortem; whoever posts holds it until the end of the request."""
    return queries.get(viewer(), reference, now=clock.now(), lock=request.method == "POST")


def ask_for(
    row: Postmortem,
    form: FlaskForm,
    act: Callable[[], object],
    *,
    title: str,
    submit: str,
    message: str,
    place: str = "",
    **more: Any,
) -> ResponseReturnValue:
    """Show a form about a post-mortem, carry it out, and go back to its place on the page."""
    reference = row.reference
    back = url_for("postmortems.show", reference=reference, _anchor=place or None)

    def carry_out() -> bool:
        act()
        return True

    if attempt(form, carry_out):
        return done(back, message)
    shown = {"title": title, "submit": submit, "back": back, "reference": reference}
    return page("postmortems/act.html", form=form, **shown, **more)


def do(
    reference: str, act: Callable[[Postmortem], object], message: str, *, place: str = ""
) -> ResponseReturnValue:
    """Carry out a change that needs no form, and go back to its place on the page."""
    act(row_of(reference))
    return done(url_for("postmortems.show", reference=reference, _anchor=place or None), message)
