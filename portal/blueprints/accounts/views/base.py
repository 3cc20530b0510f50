"""What the doors of this room share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core.db import db
from portal.core.errors import Stale
from portal.core.web import viewer

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


def instant(given: datetime | None) -> datetime | None:
    """Give a time that somebody typed, in their zone, as an instant."""
    if given is None:
        return None
    return given.replace(tzinfo=ZoneInfo(viewer().zone)).astimezone(UTC)


def show_both(
    template: str, form: FlaskForm, stale: Stale, *, version: int, **context: Any
) -> ResponseReturnValue:
    """Show a form again with what stands there now beside what was typed; sending it once more is
    then a decision.
    """
    db.session.rollback()
    theirs = _differing(form, stale.current)
    form["version"].data = str(version)
    shown = {"form": form, "theirs": theirs, "stale": stale.message, **context}
    return render_template(template, **shown), 409


def _differing(form: FlaskForm, current: Mapping[str, str]) -> list[tuple[str, str, str]]:
    typed = {name: request.form.get(name, "") for name in current}
    return [
        (str(form[name].label.text), standing, typed[name])
        for name, standing in current.items()
        if name in form and name in request.form and standing != typed[name]
    ]
