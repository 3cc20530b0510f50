"""What a customer is asked."""

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.core.i18n import lazy_gettext
from portal.core.web import choices

from .rules import LONGEST_COMMENT


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
