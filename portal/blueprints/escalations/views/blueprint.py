"""The room's blueprint, and what its doors share."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core import clock
from portal.core.access import Role
from portal.core.calendar import from_local
from portal.core.web import attempt, done, page, viewer

from .. import actions, queries
from ..models import Escalation
from ..rules import words

bp = Blueprint("escalations", __name__, url_prefix="/escalations")


bp.record_once(lambda setup: setup.app.jinja_env.globals.update(case_words=words))


def case_of(reference: str) -> Escalation:
    """Fetch a case; whoever posts holds it until the end of the request."""
    return queries.get(viewer(), reference, now=clock.now(), lock=request.method == "POST")


def ask_for(
    case: Escalation,
    form: FlaskForm,
    act: Callable[[], object],
    *,
    title: str,
    submit: str,
    message: str | Callable[[], str],
    lead: str = "",
    template: str = "escalations/act.html",
    **more: Any,
) -> ResponseReturnValue:
    """Show a form about a case, carry it out, and go back to the case."""
    reference = case.reference
    back = url_for("escalations.show", reference=reference)

    def carry_out() -> bool:
        act()
        actions.leave(case, by=viewer())
        return True

    if attempt(form, carry_out):
        return done(back, message if isinstance(message, str) else message())
    shown = {"title": title, "submit": submit, "lead": lead, "back": back, "reference": reference}
    shown["editing"] = url_for("escalations.editing", reference=reference, what="form")
    return page(template, form=form, **shown, **more)


def do(reference: str, act: Callable[[Escalation], object], message: str) -> ResponseReturnValue:
    """Carry out a change that needs no form, and go back to the case."""
    act(case_of(reference))
    return done(url_for("escalations.show", reference=reference), message)


def instant(value: datetime | None) -> datetime | None:
    """Read a local time of the viewer's zone as an instant."""
    if value is None:
        return None
    return from_local(value.replace(tzinfo=None), viewer().zone).astimezone(UTC)


def end_of(day: date | None, zone: str) -> datetime | None:
    """Give the last minute of a day in a zone."""
    if day is None:
        return None
    return from_local(datetime(day.year, day.month, day.day, 23, 59), zone).astimezone(UTC)  # noqa: DTZ001


def local(value: datetime | None, zone: str) -> datetime | None:
    """Give an instant on the wall clock of a zone."""
    return value and value.astimezone(ZoneInfo(zone))


LEADERS = (Role.EXECUTIVE, Role.LEADERSHIP)
