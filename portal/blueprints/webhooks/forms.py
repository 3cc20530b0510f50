"""Shapes of the forms about receivers."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.core.i18n import lazy_gettext
from portal.core.web import choices

from . import rules


class ReceiverForm(FlaskForm):
    """A receiver: its name, where it is, and what it is told of."""

    name = StringField(
        lazy_gettext("Name"),
        validators=[InputRequired(lazy_gettext("Give it a name.")), Length(max=80)],
    )
    url = StringField(
        lazy_gettext("Address"),
        validators=[InputRequired(lazy_gettext("Give its address.")), Length(max=500)],
    )
    events = SelectMultipleField(
        lazy_gettext("What it is told of"),
        choices=choices((one, one) for one in rules.CATALOGUE),
        validators=[DataRequired(lazy_gettext("Choose at least one event."))],
    )


class ResumeForm(FlaskForm):
    """Whether a receiver is spared what happened meanwhile."""

    skip = BooleanField(lazy_gettext("Leave out what happened meanwhile"))
