"""Forms that two people have open at once: who is slower sees both texts."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField

from portal.core.errors import Stale
from portal.core.i18n import _


def read_version(given: str | None) -> int:
    """Read the version that a form was made from; what is no number fits none."""
    # Without the field the form falls back on the row's own version, which nobody has seen.
    is_sent = isinstance(given, str) and given.isdecimal() and len(given) < 10
    return int(given) if given and is_sent else -1


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
