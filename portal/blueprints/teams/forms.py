"""Shapes of the forms about teams."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from portal.core.i18n import lazy_gettext


def _or_none(given: str | int | None) -> int | None:
    return int(given) if given else None


class TeamForm(FlaskForm):
    """What a team is called, where it works, and who leads it."""

    version = HiddenField()
    name = StringField(lazy_gettext("Name"), validators=[DataRequired(), Length(max=80)])
    region = StringField(lazy_gettext("Region"), validators=[Length(max=40)])
    lead_id = SelectField(lazy_gettext("Lead"), coerce=_or_none)


class MemberForm(FlaskForm):
    """Who comes into a team."""

    person = SelectField(lazy_gettext("Who"), coerce=_or_none, validators=[DataRequired()])


class RetireForm(FlaskForm):
    """Which team comes after one that is retired."""

    successor = SelectField(lazy_gettext("Comes after it"), coerce=_or_none)
