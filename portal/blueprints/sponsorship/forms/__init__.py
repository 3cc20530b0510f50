"""Shapes of the forms about sponsorship."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.blueprints.accounts.models import PromiseKind
from portal.core.i18n import LANGUAGES, lazy_gettext
from portal.core.web import choices

from ..models import ExitReason, LaneKind, PanelVerdict, ReviewOutcome, TouchpointState
from .charter import CHARTER as CHARTER
from .charter import CharterForm as CharterForm
from .line import GIFTS as GIFTS
from .line import AnswerLineForm as AnswerLineForm
from .line import GiftForm as GiftForm
from .line import OpenLineForm as OpenLineForm
from .line import WriteInForm as WriteInForm

LANES = {
    LaneKind.STRATEGIC: lazy_gettext("Strategic, 12 months"),
    LaneKind.RECOVERY: lazy_gettext("Recovery, 90 days"),
}
VERDICTS = {
    PanelVerdict.ADMIT: lazy_gettext("Admit"),
    PanelVerdict.WAIT: lazy_gettext("Put on the waiting list"),
    PanelVerdict.DECLINE: lazy_gettext("Decline"),
}
EXITS = {
    ExitReason.OUTCOME_REACHED: lazy_gettext("The outcome is reached"),
    ExitReason.TERM_OVER: lazy_gettext("The term is over"),
    ExitReason.TOUCHPOINTS_MISSED: lazy_gettext("Touchpoints were missed"),
    ExitReason.SCORE_LOW: lazy_gettext("The score stayed low"),
    ExitReason.EXECUTIVE_GONE: lazy_gettext("The customer's executive has left"),
    ExitReason.CHURNED: lazy_gettext("The customer has left"),
    ExitReason.DISPLACED: lazy_gettext("Another account needs the place more"),
    ExitReason.CONDITION: lazy_gettext("A condition of ours for leaving is met"),
}
TOUCHES = {
    TouchpointState.HELD: lazy_gettext("They met"),
    TouchpointState.MISSED_BY_US: lazy_gettext("We missed it"),
    TouchpointState.MISSED_BY_THEM: lazy_gettext("The customer missed it"),
}


PROMISES = {
    PromiseKind.ACTION: lazy_gettext("We do something"),
    PromiseKind.INFORMATION: lazy_gettext("We tell them something"),
    PromiseKind.MEETING: lazy_gettext("We meet again"),
    PromiseKind.MONEY: lazy_gettext("Money"),
    PromiseKind.PRICE: lazy_gettext("A price"),
    PromiseKind.TERM: lazy_gettext("A term of the contract"),
    PromiseKind.SCOPE: lazy_gettext("What we deliver"),
    PromiseKind.ROADMAP: lazy_gettext("Something on the roadmap"),
}


def _ticks(label: Any) -> SelectMultipleField:
    """Make a list of people to tick."""
    return SelectMultipleField(
        label,
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def _whole(value: object) -> int | None:
    """Read the value of a choice that may be left open."""
    text = str(value or "")
    return int(text) if text.isdecimal() else None


class DraftForm(FlaskForm):
    """An account to nominate, and for which lane."""

    account = StringField(lazy_gettext("Account"), validators=[DataRequired(), Length(max=24)])
    lane = RadioField(
        lazy_gettext("Lane"), choices=choices(LANES.items()), default=LaneKind.STRATEGIC.value
    )


class TryCriteriaForm(DraftForm):
    """An account and a lane to hold against each other, under a draft if one is tried."""

    draft = HiddenField(validators=[Length(max=9)])


class NominationForm(FlaskForm):
    """What a person completes."""

    version = HiddenField(validators=[InputRequired()])
    outcome = TextAreaField(
        lazy_gettext("Outcome, visible to the customer"),
        validators=[Optional(), Length(max=400)],
    )
    why = TextAreaField(
        lazy_gettext("Why this account, why now"), validators=[Optional(), Length(max=4000)]
    )
    customer_executive_id = SelectField(
        lazy_gettext("The customer's executive who agreed to meet a sponsor"), coerce=_whole
    )
    expertise = StringField(
        lazy_gettext("Expertise the sponsor should have, separated by commas"),
        validators=[Optional(), Length(max=1000)],
    )
    proposed_sponsor_id = RadioField(lazy_gettext("Proposed sponsor"), coerce=_whole)


class DecideForm(FlaskForm):
    """The answer to a nomination."""

    verdict = RadioField(lazy_gettext("Decision"), choices=choices(VERDICTS.items()))
    sponsor_id = SelectField(lazy_gettext("Sponsor"), coerce=_whole)
    reason = TextAreaField(lazy_gettext("Reason"), validators=[Optional(), Length(max=4000)])
    come_back_on = DateField(lazy_gettext("Declined: may come back on"), validators=[Optional()])


VOTES = {
    **{verdict.value: word for verdict, word in VERDICTS.items()},
    "": lazy_gettext("I stand aside: a conflict of interest"),
}


class VoteForm(FlaskForm):
    """A vote on a nomination, or a conflict of interest."""

    verdict = RadioField(
        lazy_gettext("Your vote"), choices=choices(VOTES.items()), default=PanelVerdict.ADMIT.value
    )
    reason = TextAreaField(lazy_gettext("Reason"), validators=[Optional(), Length(max=4000)])


class PanelForm(FlaskForm):
    """A panel to convene."""

    meets_at = DateTimeLocalField(lazy_gettext("Meets on"), validators=[InputRequired()])
    place = StringField(lazy_gettext("Where"), validators=[Optional(), Length(max=200)])
    members = _ticks(lazy_gettext("Who sits on it"))
    quorum = IntegerField(
        lazy_gettext("Quorum: votes without a conflict"),
        default=2,
        validators=[InputRequired(), NumberRange(1, 15)],
    )


class AgendaForm(FlaskForm):
    """A nomination for the agenda."""

    nomination = SelectField(lazy_gettext("Nomination"))


class FileForm(FlaskForm):
    """A file to keep with a nomination."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired()])


class WithdrawForm(FlaskForm):
    """Why a nomination is taken back."""

    because = TextAreaField(
        lazy_gettext("Why it is taken back"), validators=[DataRequired(), Length(max=4000)]
    )


class TouchForm(FlaskForm):
    """What became of a touchpoint."""

    state = RadioField(lazy_gettext("What became of it"), choices=choices(TOUCHES.items()))
    on = DateField(lazy_gettext("On which day"), validators=[Optional()])
    note = TextAreaField(lazy_gettext("What was said"), validators=[Optional(), Length(max=4000)])
    ours = _ticks(lazy_gettext("Who took part of ours"))
    theirs = _ticks(lazy_gettext("Who took part of theirs"))
    minutes = IntegerField(
        lazy_gettext("Minutes it took us, with preparation"), validators=[Optional()]
    )
    promised = StringField(
        lazy_gettext("What we promised"), validators=[Optional(), Length(max=400)]
    )
    promise_kind = SelectField(
        lazy_gettext("Kind of promise"), choices=choices(PROMISES.items()), default="action"
    )
    promise_due = DateField(lazy_gettext("Promised for"), validators=[Optional()])


class PrepareForm(FlaskForm):
    """The agenda of a touchpoint to come, and its day."""

    agenda = TextAreaField(
        lazy_gettext("Agenda, a line for each point"), validators=[Optional(), Length(max=4000)]
    )
    planned_on = DateField(lazy_gettext("Agreed day"), validators=[Optional()])


class PlanForm(FlaskForm):
    """How the outcome is to be reached."""

    plan = TextAreaField(
        lazy_gettext("How the outcome is to be reached"), validators=[Length(max=4000)]
    )


class GoalForm(FlaskForm):
    """A goal with its measure."""

    what = StringField(
        lazy_gettext("What is to be reached"), validators=[DataRequired(), Length(max=200)]
    )
    measure = StringField(
        lazy_gettext("How that is seen"), validators=[DataRequired(), Length(max=200)]
    )
    due_on = DateField(lazy_gettext("Until"), validators=[Optional()])


class SettleGoalForm(FlaskForm):
    """What became of a goal."""

    became = RadioField(
        lazy_gettext("What became of it"),
        choices=choices(
            (("reached", lazy_gettext("It is reached")), ("dropped", lazy_gettext("We give it up")))
        ),
        default="reached",
    )
    note = StringField(
        lazy_gettext("What shows it, or why"), validators=[DataRequired(), Length(max=400)]
    )


class HandOverForm(FlaskForm):
    """Another sponsor."""

    sponsor_id = SelectField(lazy_gettext("New sponsor"), coerce=_whole)
    because = TextAreaField(
        lazy_gettext("Why there is another sponsor"),
        validators=[DataRequired(), Length(max=4000)],
    )


class TrainingForm(FlaskForm):
    """A module that a sponsor was trained in."""

    trained_on = DateField(lazy_gettext("Held on"), validators=[InputRequired()])
    proof = StringField(
        lazy_gettext("What proves it"), validators=[DataRequired(), Length(max=400)]
    )


class FreeTrainingForm(TrainingForm):
    """Where the charter has no curriculum."""

    module = StringField(lazy_gettext("Module"), validators=[DataRequired(), Length(max=200)])


class ChosenTrainingForm(TrainingForm):
    """Where it has one: a module of it."""

    module = SelectField(lazy_gettext("Module"), validators=[DataRequired()])


def training(curriculum: Sequence[str], **more: Any) -> FreeTrainingForm | ChosenTrainingForm:
    """Give the form that notes a training; without a curriculum the module is written freely."""
    if not curriculum:
        return FreeTrainingForm(**more)
    form = ChosenTrainingForm(**more)
    form.module.choices = choices((one, one) for one in curriculum)
    return form


class ExtendForm(FlaskForm):
    """One more term."""

    reason = TextAreaField(
        lazy_gettext("Why one more term is needed"), validators=[DataRequired(), Length(max=4000)]
    )


class EndForm(FlaskForm):
    """The end of a sponsorship."""

    why = SelectField(lazy_gettext("Why it ends"), choices=choices(EXITS.items()))
    farewell = TextAreaField(
        lazy_gettext("What the customer and their CSM need to know now"),
        validators=[DataRequired(), Length(max=4000)],
    )


OUTCOMES = {
    ReviewOutcome.KEEP: lazy_gettext("It goes on as it is"),
    ReviewOutcome.EXTEND: lazy_gettext("One more term"),
    ReviewOutcome.CHANGE_SPONSOR: lazy_gettext("Another sponsor"),
    ReviewOutcome.CHANGE_LANE: lazy_gettext("The other lane"),
    ReviewOutcome.DISPLACE: lazy_gettext("Displaced, with notice"),
    ReviewOutcome.END: lazy_gettext("It ends"),
}


class OpenReviewForm(FlaskForm):
    """Why there is a review."""

    why_review = TextAreaField(
        lazy_gettext("Why there is a review"), validators=[Optional(), Length(max=4000)]
    )


class ReviewForm(FlaskForm):
    """What a review concludes."""

    outcome = RadioField(
        lazy_gettext("How it goes on"), choices=choices(OUTCOMES.items()), default="keep"
    )
    new_sponsor = SelectField(lazy_gettext("If another sponsor: who"), coerce=_whole)
    ends_because = SelectField(
        lazy_gettext("If it ends: why"), choices=choices([("", "–"), *EXITS.items()])
    )
    conclusion = TextAreaField(
        lazy_gettext("Reason; if it ends, the farewell"),
        validators=[DataRequired(), Length(max=4000)],
    )


class ProfileForm(FlaskForm):
    """A sponsor's profile."""

    languages = SelectMultipleField(
        lazy_gettext("Languages"),
        choices=choices(LANGUAGES.items()),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    zone = StringField(lazy_gettext("Time zone"), validators=[DataRequired(), Length(max=64)])
    expertise = StringField(
        lazy_gettext("Expertise, separated by commas"), validators=[Optional(), Length(max=1000)]
    )
    industries = StringField(
        lazy_gettext("Industries, separated by commas"), validators=[Optional(), Length(max=1000)]
    )
    conflicts = StringField(
        lazy_gettext("Conflicts of interest: account references, separated by commas"),
        validators=[Optional(), Length(max=1000)],
    )
    hours_month = IntegerField(
        lazy_gettext("Hours a month"), validators=[InputRequired(), NumberRange(0, 80)]
    )
    capacity = IntegerField(
        lazy_gettext("Strategic places"), validators=[InputRequired(), NumberRange(0, 5)]
    )
    recovery_places = IntegerField(
        lazy_gettext("Recovery places"), validators=[InputRequired(), NumberRange(0, 5)]
    )
    trained_on = DateField(lazy_gettext("Trained on"), validators=[Optional()])
    notes = TextAreaField(
        lazy_gettext("Style and relations"), validators=[Optional(), Length(max=4000)]
    )


class NewSponsorForm(ProfileForm):
    """An executive to take into the programme."""

    person_id = SelectField(lazy_gettext("Person"), coerce=int)
