"""Shapes of the forms about mail that waits."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.core.i18n import lazy_gettext


class AssignForm(FlaskForm):
    """Which case a mail belongs to."""

    case = StringField(
        lazy_gettext("Number of the case"),
        validators=[InputRequired(lazy_gettext("Say which case.")), Length(max=24)],
    )


class AsideForm(FlaskForm):
    """Why a mail belongs to no case."""

    reason = StringField(
        lazy_gettext("Why it belongs to no case"),
        validators=[InputRequired(lazy_gettext("Say why.")), Length(max=400)],
    )
