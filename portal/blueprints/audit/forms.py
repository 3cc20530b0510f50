"""Shape of a search in the log."""

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from portal.core.i18n import lazy_gettext


class SearchForm(FlaskForm):
    """What to look for; sent by GET, so that the address can be kept."""

    class Meta:
        """A search changes nothing and needs no token."""

        csrf = False

    record = StringField(lazy_gettext("Record"), validators=[Length(max=24)])
    person = SelectField(lazy_gettext("Person"), coerce=lambda v: int(v) if v else None)
    name = StringField(lazy_gettext("What happened"), validators=[Length(max=80)])
    since = DateField(lazy_gettext("From"), validators=[Optional()])
    until = DateField(lazy_gettext("To"), validators=[Optional()])
