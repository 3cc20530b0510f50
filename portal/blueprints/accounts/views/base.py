"""What the doors of this room share."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField

from portal.core.errors import Stale
from portal.core.i18n import _
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
    template: str, form: FlaskForm, stale: Stale, *, stands: FlaskForm, **context: Any
) -> ResponseReturnValue:
    """Show a form again with what stands there now (`stands`, the same form as a reader would open
    it) beside what was typed; sending it once more is then a decision.
    """
    form["version"].data = stands["version"].data
    shown = {"form": form, "both": _differing(form, stands), "stale": stale.message}
    return render_template(template, **shown, **context), 409


def _differing(form: FlaskForm, stands: FlaskForm) -> dict[str, dict[str, str]]:
    """Give what stands and what was typed, as both read, where the two differ, and the labels."""
    names = [field.name for field in stands if not isinstance(field, HiddenField)]
    typed, current = ({name: _read(one[name]) for name in names} for one in (form, stands))
    labels = {name: str(form[name].label.text) for name in names}
    other = {name: said for name, said in current.items() if said != typed[name]}
    return {"current": other, "typed": typed, "labels": labels}


def _read(field: Any) -> str:
    """Give what somebody reads in a field, without what a browser makes of its line ends."""
    if isinstance(field, BooleanField):
        return _("yes") if field.data else _("no")
    if isinstance(field, SelectField):
        return next((str(one[1]) for one in field.iter_choices() if one[2]), "")
    return str(field._value()).replace("\r\n", "\n")
