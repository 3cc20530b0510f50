"""Shapes of the forms that end a case."""

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from portal.core.i18n import lazy_gettext

from ..models import Resolution
from ..rules import words
from . import LONG, SHORT, named, number


class ApartForm(FlaskForm):
    """What sets a case apart from others that are open for the same reason."""

    because = StringField(lazy_gettext("What makes it another matter?"), validators=[SHORT])


class CloseForm(FlaskForm):
    """How it ended."""

    resolution = SelectField(
        lazy_gettext("How it was resolved"),
        choices=lambda: named(Resolution, words.resolution_words),
    )
    text = TextAreaField(
        lazy_gettext("What was done, for who reads it later"), validators=[DataRequired(), LONG]
    )
    agreed_by = StringField(
        lazy_gettext("Who at the customer agreed"), validators=[Length(max=160)]
    )
    not_agreed_because = StringField(
        lazy_gettext("Or why nobody's agreement was obtained"), validators=[SHORT]
    )
    fix_owner = SelectField(lazy_gettext("Owner of the permanent fix"), coerce=number)
    fix_due = DateField(lazy_gettext("Permanent fix by"), validators=[Optional()])
    fix_told = StringField(
        lazy_gettext("Whom at the customer do we promise news of the fix?"),
        validators=[Length(max=160)],
    )


class MergeForm(FlaskForm):
    """The case that stays."""

    into = SelectField(lazy_gettext("Merge into"), validators=[DataRequired()])
