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

from ..forms import LIFECYCLES
from ..rules.codes import code_words

bp = Blueprint("accounts", __name__, url_prefix="/accounts")
bp.record_once(
    lambda setup: setup.app.jinja_env.globals.update(code_words=code_words, lifecycles=LIFECYCLES)
)


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
    form["version"].data = str(version)
    shown = {"form": form, "both": _differing(form, stale.current), "stale": stale.message}
    return render_template(template, **shown, **context), 409


def _differing(form: FlaskForm, current: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Give what stands and what was typed, where the two differ, and the labels."""
    typed = {name: request.form[name] for name in current if name in request.form}
    other = {name: current[name] for name in typed if current[name] != typed[name]}
    labels = {name: str(form[name].label.text) for name in other}
    return {"current": other, "typed": typed, "labels": labels}
