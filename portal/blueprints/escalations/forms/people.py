"""Shapes of the forms about the people of a case: who may see it, who does what, who was told."""

from flask_wtf import FlaskForm
from wtforms import DateField, DateTimeLocalField, SelectField, SelectMultipleField, StringField
from wtforms import TextAreaField as Text
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.i18n import lazy_gettext

from ..models import Stance
from ..rules import words
from . import SHORT, named, number


def _someone(value: object) -> int:
    """Read a person's number; nobody is 0."""
    return number(value) or 0


class RestrictForm(FlaskForm):
    """Closing a case to all but named people."""

    reason = Text(lazy_gettext("Reason"), validators=[DataRequired(), SHORT])
    keep = SelectMultipleField(
        lazy_gettext("Who else keeps seeing it"),
        coerce=_someone,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class NameForm(FlaskForm):
    """One more person who may see a restricted case."""

    person = SelectField(lazy_gettext("Person"), coerce=_someone)
    reason = StringField(lazy_gettext("Reason"), validators=[DataRequired(), SHORT])


class TaskForm(FlaskForm):
    """Something to do."""

    what = StringField(
        lazy_gettext("What is to be done"), validators=[DataRequired(), Length(max=300)]
    )
    owner = SelectField(lazy_gettext("Who does it"), coerce=_someone)
    due = DateTimeLocalField(
        lazy_gettext("By when"), validators=[Optional()], format="%Y-%m-%dT%H:%M"
    )
    reply_by = DateTimeLocalField(
        lazy_gettext("Asked of another department: first reply agreed by"),
        validators=[Optional()],
        format="%Y-%m-%dT%H:%M",
    )
    substitute = SelectField(
        lazy_gettext("Who is asked instead, if none comes"), coerce=_someone, default=0
    )


class ReplyForm(FlaskForm):
    """The first reply to a request."""

    text = Text(lazy_gettext("Your reply"), validators=[DataRequired(), Length(max=2000)])


class GiveForm(FlaskForm):
    """A task for somebody else."""

    owner = SelectField(lazy_gettext("Who does it now"), coerce=_someone)


class StakeholderForm(FlaskForm):
    """Somebody who must hear something."""

    who = SelectField(lazy_gettext("Who"))
    part = StringField(lazy_gettext("Their part in this"), validators=[Length(max=120)])
    stance = SelectField(
        lazy_gettext("Where they stand"), choices=lambda: named(Stance, words.stance_words)
    )
    needs = StringField(lazy_gettext("What they need to hear"), validators=[Length(max=300)])


class StanceForm(FlaskForm):
    """What changed about a stakeholder."""

    part = StringField(lazy_gettext("Their part in this"), validators=[Length(max=120)])
    stance = SelectField(
        lazy_gettext("Where they stand"), choices=lambda: named(Stance, words.stance_words)
    )
    needs = StringField(lazy_gettext("What they need to hear"), validators=[Length(max=300)])


class TellForm(FlaskForm):
    """What a stakeholder was told."""

    text = Text(lazy_gettext("What they were told"), validators=[DataRequired(), Length(max=4_000)])
    at = DateTimeLocalField(
        lazy_gettext("When, if not now"), validators=[Optional()], format="%Y-%m-%dT%H:%M"
    )


class LegalDayForm(FlaskForm):
    """The legal deadline of a formal notice."""

    day = DateField(lazy_gettext("Legal deadline"))


class LongTrackForm(FlaskForm):
    """Moving a case to the long track."""

    review = DateField(lazy_gettext("Looked at again on"))
    second = SelectField(lazy_gettext("Second person"), coerce=_someone)
    reason = Text(lazy_gettext("Why it takes so long"), validators=[DataRequired(), SHORT])
