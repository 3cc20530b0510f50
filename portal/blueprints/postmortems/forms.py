"""Shapes of the forms of post-mortems."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.core.i18n import lazy_gettext
from portal.core.web import AmountField

from .models import ActionKind, ActionPriority, Factor, FindingKind
from .rules import WEIGHTS, CounselChoice, words


def number(value: Any) -> int | None:
    """Read the id of a choice; an empty choice is none."""
    return int(value) if value not in (None, "", "None") else None


def weights() -> list[tuple[int | str, str]]:
    """Give the weights that a factor can have, and none."""
    return [("", words.weight_words(None)), *((n, words.weight_words(n)) for n in WEIGHTS)]


class VersionForm(FlaskForm):
    """A button: nothing but the version of the record that its page showed."""

    version = HiddenField()

    @property
    def seen(self) -> int | None:
        """Give the version that the page showed, None where it says nothing we wrote."""
        given = self.version.data or ""
        return int(given) if given.isdecimal() else None


class AskForm(FlaskForm):
    """A post-mortem that somebody asks for."""

    why = TextAreaField(
        lazy_gettext("What could we learn?"), validators=[DataRequired(), Length(max=2000)]
    )


class TextForm(FlaskForm):
    """One text; `was` remembers what stood there when the form was opened."""

    text = TextAreaField(lazy_gettext("Text"), validators=[Length(max=20_000)])
    was = HiddenField()


class RemarkForm(FlaskForm):
    """What somebody says about a part of a draft; `was` remembers the text it was made on."""

    text = TextAreaField(lazy_gettext("In words"), validators=[Length(max=4000)])
    suggestion = TextAreaField(
        lazy_gettext("The text as you would have it"), validators=[Length(max=20_000)]
    )
    was = HiddenField()
    for_counsel = BooleanField(lazy_gettext("For counsel alone"))


class AnswerForm(VersionForm):
    """What becomes of a remark whose words are not taken."""

    answer = TextAreaField(lazy_gettext("In words"), validators=[Length(max=400)])


class TakeForm(VersionForm):
    """The text as it becomes where a suggestion is taken."""

    text = TextAreaField(lazy_gettext("Text"), validators=[Length(max=20_000)])
    was = HiddenField()


class LineForm(FlaskForm):
    """One more line of a timeline."""

    text = StringField(lazy_gettext("When, and what"), validators=[DataRequired(), Length(max=400)])


class CauseForm(VersionForm):
    """A contributing factor with its chain of whys."""

    factor = SelectField(lazy_gettext("Factor"))
    text = TextAreaField(lazy_gettext("In words"), validators=[DataRequired(), Length(max=4000)])
    weight = SelectField(lazy_gettext("How much it weighed"), coerce=number)
    evidence = StringField(lazy_gettext("What shows it"), validators=[Length(max=400)])
    evidence_url = StringField(
        lazy_gettext("Address of what shows it"), validators=[Length(max=500)]
    )
    why_1 = StringField(lazy_gettext("Why?"), validators=[Length(max=400)])
    why_2 = StringField(lazy_gettext("Why was that?"), validators=[Length(max=400)])
    why_3 = StringField(lazy_gettext("And why that?"), validators=[Length(max=400)])
    why_4 = StringField(lazy_gettext("And that?"), validators=[Length(max=400)])
    why_5 = StringField(lazy_gettext("And in the end?"), validators=[Length(max=400)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor.choices = [(f.value, words.factor_words(f)) for f in Factor]
        self.weight.choices = weights()

    @property
    def whys(self) -> list[str]:
        """Give the answers to “why?” in their order."""
        return [str(self.data[f"why_{n}"] or "") for n in range(1, 6)]


class CauseChangeForm(VersionForm):
    """A contributing factor, whose answers to “why?” are changed one by one."""

    factor = SelectField(lazy_gettext("Factor"))
    text = TextAreaField(lazy_gettext("In words"), validators=[DataRequired(), Length(max=4000)])
    weight = SelectField(lazy_gettext("How much it weighed"), coerce=number)
    evidence = StringField(lazy_gettext("What shows it"), validators=[Length(max=400)])
    evidence_url = StringField(
        lazy_gettext("Address of what shows it"), validators=[Length(max=500)]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor.choices = [(f.value, words.factor_words(f)) for f in Factor]
        self.weight.choices = weights()


class WhyForm(VersionForm):
    """An answer to “why?”, and what it explains."""

    text = StringField(lazy_gettext("Because"), validators=[DataRequired(), Length(max=400)])
    parent = SelectField(lazy_gettext("It explains"), coerce=number)


class FindingForm(FlaskForm):
    """What went well, badly, or by luck."""

    kind = RadioField(lazy_gettext("Kind"), validators=[InputRequired()])
    text = TextAreaField(lazy_gettext("In words"), validators=[DataRequired(), Length(max=2000)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [(k.value, words.finding_words(k)) for k in FindingKind]


class CostForm(VersionForm):
    """What it cost us."""

    amount = AmountField(lazy_gettext("Cost to us"), validators=[Optional()])


class PeopleForm(VersionForm):
    """Who leads it and who takes part."""

    facilitator_id = SelectField(lazy_gettext("Leads it"), coerce=number)
    people = SelectMultipleField(lazy_gettext("Take part"), coerce=number)


class ActionForm(VersionForm):
    """Something that is done so that it does not happen again."""

    what = StringField(
        lazy_gettext("What is done, as a verb"), validators=[DataRequired(), Length(max=300)]
    )
    outcome = StringField(
        lazy_gettext("What comes of it"), validators=[DataRequired(), Length(max=300)]
    )
    owner_id = SelectField(lazy_gettext("Owner"), coerce=number, validators=[InputRequired()])
    kind = SelectField(lazy_gettext("What it changes"), validators=[InputRequired()])
    priority = RadioField(lazy_gettext("Priority"), validators=[InputRequired()])
    due_on = DateField(lazy_gettext("Due"), validators=[Optional()])
    verification = StringField(
        lazy_gettext("How somebody else will see that it worked"),
        validators=[DataRequired(), Length(max=300)],
    )
    cause_id = SelectField(lazy_gettext("Cause it removes"), coerce=number)
    ticket = StringField(lazy_gettext("Ticket"), validators=[Length(max=60)])
    ticket_url = StringField(lazy_gettext("Address of the ticket"), validators=[Length(max=500)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kinds = [(kind.value, words.kind_words(kind)) for kind in ActionKind]
        self.kind.choices = [("", lazy_gettext("choose one")), *kinds]
        self.priority.choices = [(p.value, words.priority_words(p)) for p in ActionPriority]


class LossForm(VersionForm):
    """What a customer's leaving taught us, in five minutes."""

    what = StringField(lazy_gettext("What was lost"), validators=[DataRequired(), Length(max=300)])
    factor = SelectField(lazy_gettext("Cause"), validators=[InputRequired()])
    sentence = TextAreaField(
        lazy_gettext("Why, in one sentence"), validators=[DataRequired(), Length(max=400)]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        factors = [(factor.value, words.factor_words(factor)) for factor in Factor]
        self.factor.choices = [("", lazy_gettext("choose one")), *factors]


class RecurrenceForm(FlaskForm):
    """A case in which a cause came again."""

    case = StringField(lazy_gettext("Case"), validators=[DataRequired(), Length(max=24)])


class ReasonForm(VersionForm):
    """A step that needs a reason."""

    reason = TextAreaField(lazy_gettext("Why"), validators=[DataRequired(), Length(max=400)])


class NoteForm(VersionForm):
    """What became of an action."""

    note = TextAreaField(lazy_gettext("In words"), validators=[DataRequired(), Length(max=400)])


class MeetingForm(FlaskForm):
    """The day of the meeting."""

    on = DateField(lazy_gettext("Held on"), validators=[DataRequired()])


class CounselForm(FlaskForm):
    """How counsel wants it written."""

    choice = RadioField(lazy_gettext("Form"), validators=[InputRequired()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choice.choices = [(c.value, words.counsel_words(c)) for c in CounselChoice]
