"""Shapes of the forms of the timeline, of other customers hit, and of the list's tools."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.accounts.queries import Wanted
from portal.core.access import K
from portal.core.i18n import _, lazy_gettext

from ..models import BulkKind, Trend
from ..rules import words
from . import LONG, SHORT, named, number

KEPT = (
    "state",
    "severity",
    "mine",
    "watched",
    "team",
    "level",
    "tag",
    "account",
    "q",
    "good",
    "sort",
)


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


class ViewForm(FlaskForm):
    """A name for what the list asks for, and the team that may use it."""

    name = StringField(lazy_gettext("Name of the view"), validators=[Length(max=60)])
    team = SelectField(lazy_gettext("Share with"), coerce=number)


class BulkForm(FlaskForm):
    """What is done to the chosen cases."""

    kind = RadioField(
        lazy_gettext("What to do"),
        choices=lambda: [
            (BulkKind.ASSIGN.value, _("Give them to a new owner")),
            (BulkKind.TEAM.value, _("Give them to a team")),
            (BulkKind.TAG.value, _("Tag them")),
            (BulkKind.TREND.value, _("Set their trend")),
        ],
        default=BulkKind.ASSIGN.value,
    )
    owner = SelectField(lazy_gettext("New owner"), coerce=number)
    team = SelectField(lazy_gettext("Team"), coerce=number)
    why = StringField(lazy_gettext("Why they change hands"), validators=[SHORT])
    tag = StringField(lazy_gettext("Tag"), validators=[Length(max=60)])
    trend = SelectField(
        lazy_gettext("Trend"),
        choices=lambda: named(Trend, words.trend_words),
        default=Trend.SAME.value,
    )

    @property
    def value(self) -> str | int | None:
        """Give what was chosen for the kind of change."""
        given: dict[str, str | int | None] = {
            BulkKind.ASSIGN.value: self.owner.data,
            BulkKind.TEAM.value: self.team.data,
            BulkKind.TAG.value: self.tag.data,
            BulkKind.TREND.value: self.trend.data,
        }
        return given.get(self.kind.data or "")


def view_of(given: Mapping[str, str]) -> dict[str, str]:
    """Give what of a list's address a saved view keeps: its filters and order, not its place."""
    found = {key: given[key][:120] for key in KEPT if given.get(key)}
    # On the form that keeps a view, "team" is the team it is shared with.
    if "name" in given:
        found.pop("team", None)
        if given.get("of_team"):
            found["team"] = given["of_team"][:10]
    return found


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """Read from an address what a timeline is narrowed to; what is not understood is left out."""
    lane, kind = given.get("lane", ""), given.get("kind", "")
    return Wanted(
        lane=Lane(lane) if lane in set(Lane) else None,
        kind=EntryKind(kind) if kind in set(EntryKind) else None,
        author=given.get("by", "")[:120],
        text=" ".join(given.get("q", "").split())[:120],
    )
