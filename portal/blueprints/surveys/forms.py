"""What a customer is asked."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.core.i18n import _, lazy_gettext
from portal.core.web import choices

from .rules import LONGEST_COMMENT, MONTHS


def _scale(most: int) -> list[tuple[int, str]]:
    return [(number, str(number)) for number in range(1, most + 1)]


class SurveyForm(FlaskForm):
    """How satisfied they are, how easy we made it, and a sentence."""

    csat = RadioField(
        lazy_gettext("How satisfied are you with how we handled your matter?"),
        coerce=int,
        choices=choices(_scale(5)),
        validators=[InputRequired(lazy_gettext("Choose from 1 to 5."))],
    )
    ces = RadioField(
        lazy_gettext("How easy did we make it for you?"),
        coerce=int,
        choices=choices(_scale(7)),
        validators=[InputRequired(lazy_gettext("Choose from 1 to 7."))],
    )
    comment = TextAreaField(
        lazy_gettext("What should we know?"), validators=[Length(max=LONGEST_COMMENT)]
    )


class RecommendForm(FlaskForm):
    """Whether they would recommend us, and why."""

    score = RadioField(
        lazy_gettext("How likely are you to recommend us to others?"),
        coerce=int,
        choices=choices((number, str(number)) for number in range(11)),
        validators=[InputRequired(lazy_gettext("Choose from 0 to 10."))],
    )
    comment = TextAreaField(lazy_gettext("Why?"), validators=[Length(max=LONGEST_COMMENT)])


class ScheduleForm(FlaskForm):
    """How often customers are asked."""

    every_months = SelectField(
        lazy_gettext("How often each customer is asked"),
        coerce=int,
        choices=lambda: choices(zip(MONTHS, _periods(), strict=True)),
    )


def _periods() -> tuple[str, ...]:
    return (
        _("never"),
        _("every three months"),
        _("twice a year"),
        _("once a year"),
    )
