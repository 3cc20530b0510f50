"""Shapes of the forms of the timeline, of other customers hit, and of the list's tools."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.accounts.queries import Wanted
from portal.core.access import K
from portal.core.i18n import _, lazy_gettext

from . import LONG, SHORT


class AmendForm(FlaskForm):
    """What an entry should say, when it happened, and why it is corrected."""

    text = TextAreaField(lazy_gettext("What happened?"), validators=[DataRequired(), LONG])
    at = DateTimeLocalField(
        lazy_gettext("When it happened"), validators=[DataRequired()], format="%Y-%m-%dT%H:%M"
    )
    why = StringField(lazy_gettext("Why it is corrected"), validators=[DataRequired(), SHORT])


class AttachForm(FlaskForm):
    """A file, what it is, and who may read it."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired()])
    about = TextAreaField(lazy_gettext("What it is"), validators=[LONG])
    klass = SelectField(
        lazy_gettext("Who may read it"),
        coerce=int,
        choices=lambda: [
            (int(K.INTERNAL), _("Everybody who sees the case")),
            (int(K.CONFIDENTIAL), _("Those who read confidential things")),
            (int(K.RESTRICTED), _("Executives, leadership and legal")),
        ],
    )
    from_customer = BooleanField(lazy_gettext("It came from the customer"))


class AffectedForm(FlaskForm):
    """Another customer hit by the same cause."""

    account = StringField(
        lazy_gettext("Another customer with the same cause"),
        validators=[DataRequired(), Length(max=200)],
    )


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """Read from an address what a timeline is narrowed to; what is not understood is left out."""
    lane, kind = given.get("lane", ""), given.get("kind", "")
    return Wanted(
        lane=Lane(lane) if lane in set(Lane) else None,
        kind=EntryKind(kind) if kind in set(EntryKind) else None,
        author=given.get("by", "")[:120],
        text=" ".join(given.get("q", "").split())[:120],
    )
