"""Shapes of the forms about duty."""

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.i18n import lazy_gettext

WEEKDAYS = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)


class DutyForm(FlaskForm):
    """A person on duty by a weekly pattern."""

    person = SelectField(
        lazy_gettext("Who"),
        coerce=lambda value: int(value) if value else None,
        validators=[InputRequired(lazy_gettext("Choose who is on duty."))],
    )
    first = DateField(lazy_gettext("First day"), validators=[DataRequired()])
    last = DateField(lazy_gettext("Last day"), validators=[DataRequired()])
    weekdays = SelectMultipleField(
        lazy_gettext("On which days"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[DataRequired(lazy_gettext("Choose at least one day of the week."))],
    )
    begin = TimeField(lazy_gettext("From"), validators=[InputRequired()])
    end = TimeField(lazy_gettext("Until"), validators=[InputRequired()])


class HandForm(FlaskForm):
    """Who takes a shift."""

    person = SelectField(
        lazy_gettext("Who takes it"),
        coerce=lambda value: int(value) if value else None,
        validators=[InputRequired(lazy_gettext("Choose who takes it."))],
    )
