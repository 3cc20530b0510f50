"""Shape of the form that hands over."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from portal.core.i18n import lazy_gettext
from portal.core.web import choices

from . import rules
from .models import Belonging

PREFIX = "to_"


def _or_none(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


class HandoverForm(FlaskForm):
    """Who takes what over, from when on."""

    everything = SelectField(lazy_gettext("Everything goes to"), coerce=_or_none)
    begins_on = DateField(lazy_gettext("From this day on"), validators=[Optional()])
    summary = TextAreaField(
        lazy_gettext("What the successors must know"), validators=[DataRequired(), Length(max=2000)]
    )
    ends_access = BooleanField(lazy_gettext("Their access ends with it"))


def form_for(kinds: list[Belonging], people: list[tuple[int, str]], **data: Any) -> HandoverForm:
    """Make the form with a choice for each kind that somebody owns."""
    fields = {
        f"{PREFIX}{kind.value}": SelectField(rules.word(kind), coerce=_or_none) for kind in kinds
    }
    form: HandoverForm = type("HandoverForm", (HandoverForm,), fields)(data=data or None)
    form.everything.choices = choices([("", lazy_gettext("nobody")), *people])
    for name in fields:
        form[name].choices = choices([("", lazy_gettext("as said above")), *people])
    return form
