"""Shapes of the forms about rounds."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from portal.core.i18n import lazy_gettext

from . import rules


class RoundForm(FlaskForm):
    """Who is asked what, and when."""

    question = StringField(
        lazy_gettext("What is asked"), validators=[DataRequired(), Length(max=300)]
    )
    asked = SelectField(lazy_gettext("Who is asked"))
    times = StringField(lazy_gettext("At which times"), validators=[DataRequired(), Length(max=60)])
    zone = SelectField(lazy_gettext("Whose clock counts"))
    within = IntegerField(
        lazy_gettext("Minutes until the answer is there"),
        validators=[
            InputRequired(),
            NumberRange(min=rules.LEAST_WITHIN, max=rules.MOST_WITHIN),
        ],
    )
    workdays = BooleanField(lazy_gettext("From Monday to Friday only"))


class AnswerForm(FlaskForm):
    """How it stands."""

    text = TextAreaField(
        lazy_gettext("How it stands"), validators=[DataRequired(), Length(max=4000)]
    )


class RoundStopForm(FlaskForm):
    """Why nobody is asked any more."""

    reason = StringField(
        lazy_gettext("Why nobody is asked any more"),
        validators=[DataRequired(), Length(max=400)],
    )


class WhomForm(FlaskForm):
    """Who is asked from now on."""

    asked = SelectField(lazy_gettext("Who is asked from now on"))
