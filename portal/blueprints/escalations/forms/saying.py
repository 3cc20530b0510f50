"""The form for what the customer reads."""

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.core.i18n import lazy_gettext

from ..rules.saying import MOST_DAYS


class StatusForm(FlaskForm):
    """Where the case stands, in words for the customer."""

    text = TextAreaField(
        lazy_gettext("Where the case stands, for the customer, in their language"),
        validators=[InputRequired(lazy_gettext("Write where the case stands.")), Length(max=2_000)],
    )
    contact = SelectField(
        lazy_gettext("Who gets it as a note"), coerce=lambda value: int(value) if value else None
    )
    every_days = IntegerField(
        lazy_gettext("Days without other news after which the note goes out"),
        validators=[Optional(), NumberRange(min=1, max=MOST_DAYS)],
    )
