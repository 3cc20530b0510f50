"""Shapes of the forms of quarterly reviews."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.core.i18n import LANGUAGES, lazy_gettext
from portal.core.web import AmountField, choices

from .models import LineKind, ReviewVerdict
from .rules.plans import PLANNED


def number(value: Any) -> int | None:
    """Read the id of a choice; an empty choice is none."""
    return int(value) if value not in (None, "", "None") else None


class OpenForm(FlaskForm):
    """The quarter whose room is opened."""

    quarter = SelectField(lazy_gettext("Quarter"), validators=[InputRequired()])


class SeekForm(FlaskForm):
    """A decision sought from the meeting."""

    title = StringField(
        lazy_gettext("What is to be decided?"), validators=[DataRequired(), Length(max=200)]
    )
    recommendation = TextAreaField(
        lazy_gettext("What do you recommend?"), validators=[DataRequired(), Length(max=4000)]
    )
    reason = TextAreaField(lazy_gettext("Why?"), validators=[DataRequired(), Length(max=4000)])
    minutes = IntegerField(
        lazy_gettext("Minutes for it"), validators=[InputRequired(), NumberRange(1, 240)]
    )


class NoneForm(FlaskForm):
    """Why a review seeks no decision."""

    why = TextAreaField(
        lazy_gettext("Why does this review seek no decision?"),
        validators=[DataRequired(), Length(max=600)],
    )


class CallForm(FlaskForm):
    """When the meeting is, on the organisation's clock."""

    meets_at = DateTimeLocalField(
        lazy_gettext("The meeting begins"), validators=[InputRequired()], format="%Y-%m-%dT%H:%M"
    )


class PlannedForm(FlaskForm):
    """What every form of a plan holds: the version that its page showed."""

    version = HiddenField()

    @property
    def seen(self) -> int | None:
        """Give the version that the page showed, None where it says nothing we wrote."""
        given = self.version.data or ""
        return int(given) if given.isdecimal() else None


PlanForm: type[PlannedForm] = type(
    "PlanForm",
    (PlannedForm,),
    {one.value: AmountField(one.value, validators=[Optional()]) for one in PLANNED},
)
"""A field for each figure that has a plan; its page names them in the reader's language."""


class LineForm(FlaskForm):
    """A line of the minutes."""

    kind = RadioField(
        lazy_gettext("Kind"),
        choices=choices(
            [
                (LineKind.NOTE.value, lazy_gettext("Note")),
                (LineKind.DECISION.value, lazy_gettext("Decision")),
                (LineKind.ACTION.value, lazy_gettext("Action")),
            ]
        ),
        validators=[InputRequired()],
    )
    text = TextAreaField(
        lazy_gettext("What was said"), validators=[DataRequired(), Length(max=2000)]
    )
    owner_id = SelectField(lazy_gettext("Who does it"), coerce=number, validators=[Optional()])
    due_on = DateField(lazy_gettext("By when"), validators=[Optional()])


class DecideForm(FlaskForm):
    """What the meeting decided."""

    verdict = RadioField(
        lazy_gettext("What became of it"),
        choices=choices(
            [
                (ReviewVerdict.TAKEN.value, lazy_gettext("Decided")),
                (ReviewVerdict.REFUSED.value, lazy_gettext("Refused")),
                (ReviewVerdict.POSTPONED.value, lazy_gettext("Postponed to the next review")),
            ]
        ),
        validators=[InputRequired()],
    )
    decided = TextAreaField(
        lazy_gettext("In which words"), validators=[DataRequired(), Length(max=2000)]
    )


class PolicyForm(FlaskForm):
    """The policy that a decision changes."""

    kind = SelectField(lazy_gettext("Which policy"), validators=[InputRequired()])


class BookForm(FlaskForm):
    """The language and the paper of a book."""

    locale = SelectField(
        lazy_gettext("Language"),
        choices=choices(LANGUAGES.items()),
    )
    paper = SelectField(
        lazy_gettext("Paper"), choices=choices([("A4", "A4"), ("Letter", "Letter")])
    )
