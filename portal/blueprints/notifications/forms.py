"""Shapes of the forms about duty, and about how one hears."""

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional
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


def _way(label: str) -> SelectField:
    return SelectField(
        label,
        choices=[
            SelectChoice("mail", lazy_gettext("At once by mail")),
            SelectChoice("digest", lazy_gettext("Once a day")),
            SelectChoice("portal", lazy_gettext("In Parley only")),
        ],
    )


class ChoiceForm(FlaskForm):
    """How somebody wants to hear: by kind, and when."""

    words = _way(lazy_gettext("Somebody named, answered or commented"))
    news = _way(lazy_gettext("What happens in your cases"))
    money = _way(lazy_gettext("Compensation: decisions and deliveries"))
    sponsorship = _way(lazy_gettext("Sponsorship: decisions and ends"))
    postmortems = _way(lazy_gettext("Post-mortems: approved, published, done"))
    house = _way(lazy_gettext("The installation: a late engine, gaps in policies"))
    digest_at = TimeField(lazy_gettext("Once a day at"), validators=[InputRequired()])
    quiet_from = TimeField(lazy_gettext("Quiet from"), validators=[Optional()])
    quiet_until = TimeField(lazy_gettext("Quiet until"), validators=[Optional()])
    number = StringField(
        lazy_gettext("Number you are paged at"), validators=[Optional(), Length(max=24)]
    )
