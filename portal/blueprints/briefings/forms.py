"""Shapes of the forms about briefings."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.blueprints.accounts.models import PromiseKind
from portal.core.i18n import LANGUAGES, lazy_gettext
from portal.core.web import choices

from .models import Rhythm
from .rules import CUSTOMER, KINDS, RHYTHMS, SENT

PAPERS = choices([("A4", "A4"), ("Letter", "Letter")])


class MakeForm(FlaskForm):
    """A briefing to make: about what, for whom, in which language, with its annex or without; only
    a post-mortem has an edition for the customer.
    """

    about = StringField(lazy_gettext("About"), validators=[DataRequired(), Length(max=24)])
    reader_id = SelectField(lazy_gettext("For"), coerce=int)
    locale = SelectField(lazy_gettext("Language"), choices=choices(LANGUAGES.items()))
    paper = SelectField(lazy_gettext("Paper"), choices=PAPERS)
    audience = SelectField(
        lazy_gettext("Edition"),
        choices=choices(
            [
                ("", lazy_gettext("all that the reader may see")),
                (CUSTOMER, lazy_gettext("for the customer: no internal notes, names or amounts")),
            ]
        ),
        default="",
    )
    expires_on = DateField(lazy_gettext("Opens until the end of"), validators=[Optional()])
    final = BooleanField(lazy_gettext("Only if it can be final: never as a draft"))
    annex = BooleanField(lazy_gettext("With an annex where a text is too long for its place"))


class BookForm(FlaskForm):
    """A book of accounts: which, for whom, in which language and form, for which day."""

    accounts = SelectMultipleField(
        lazy_gettext("Customers"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    more = StringField(
        lazy_gettext("More customers, by number"), validators=[Optional(), Length(max=2_000)]
    )
    reader_id = SelectField(lazy_gettext("For"), coerce=int)
    day = DateField(lazy_gettext("Wanted for"), validators=[Optional()])
    locale = SelectField(lazy_gettext("Language"), choices=choices(LANGUAGES.items()))
    paper = SelectField(lazy_gettext("Paper"), choices=PAPERS)
    annex = BooleanField(lazy_gettext("With an annex where a text is too long for its place"))


class ShareForm(FlaskForm):
    """With whom a paper is shared."""

    reader_id = SelectField(lazy_gettext("With"), coerce=int)


class LinkForm(FlaskForm):
    """For how many days a link lasts that opens once."""

    days = SelectField(
        lazy_gettext("It lasts"),
        coerce=int,
        choices=choices(
            [
                (1, lazy_gettext("a day")),
                (3, lazy_gettext("three days")),
                (7, lazy_gettext("a week")),
            ]
        ),
        default=3,
    )


WEEKDAYS = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
)


class SubscribeForm(FlaskForm):
    """What somebody is sent by the clock."""

    kind = SelectField(
        lazy_gettext("What"), choices=choices((kind.value, KINDS[kind]) for kind in SENT)
    )
    about = StringField(lazy_gettext("About"), validators=[DataRequired(), Length(max=60)])
    severity = SelectField(
        lazy_gettext("Of cases, only"),
        choices=choices(
            [
                ("", lazy_gettext("all, however grave")),
                ("E1", "E1"),
                ("E2", lazy_gettext("E2 and graver")),
                ("E3", lazy_gettext("E3 and graver")),
            ]
        ),
        default="",
    )
    rhythm = SelectField(
        lazy_gettext("How often"),
        choices=choices((rhythm.value, RHYTHMS[rhythm]) for rhythm in Rhythm),
    )
    weekday = SelectField(
        lazy_gettext("On"), coerce=int, choices=choices(enumerate(WEEKDAYS)), default=0
    )
    hour = SelectField(
        lazy_gettext("At"),
        coerce=int,
        choices=choices((hour, f"{hour:02}:00") for hour in range(24)),
        default=7,
    )
    reader_id = SelectField(lazy_gettext("To"), coerce=int)
    unchanged = BooleanField(lazy_gettext("Also when nothing has changed"))


PROMISES = (
    (PromiseKind.ACTION, lazy_gettext("An action")),
    (PromiseKind.INFORMATION, lazy_gettext("Information")),
    (PromiseKind.MEETING, lazy_gettext("A meeting")),
    (PromiseKind.MONEY, lazy_gettext("Money")),
    (PromiseKind.PRICE, lazy_gettext("A price")),
    (PromiseKind.TERM, lazy_gettext("A contract term")),
    (PromiseKind.SCOPE, lazy_gettext("Scope")),
    (PromiseKind.ROADMAP, lazy_gettext("The roadmap")),
)
SENTENCE = [Optional(), Length(max=200)]
GUEST, STAKE = "guest_", "stake_"


class CallForm(FlaskForm):
    """A call to prepare; a field for each who may be in the room is added by `call_form`."""

    caller_id = SelectField(lazy_gettext("Who calls"), coerce=int)
    at = DateTimeLocalField(
        lazy_gettext("When"), format="%Y-%m-%dT%H:%M", validators=[DataRequired()]
    )
    say_1 = StringField(lazy_gettext("Say, first"), validators=SENTENCE)
    say_2 = StringField(lazy_gettext("Say, second"), validators=SENTENCE)
    say_3 = StringField(lazy_gettext("Say, third"), validators=SENTENCE)
    avoid_1 = StringField(lazy_gettext("Do not say, first"), validators=SENTENCE)
    avoid_2 = StringField(lazy_gettext("Do not say, second"), validators=SENTENCE)
    avoid_3 = StringField(lazy_gettext("Do not say, third"), validators=SENTENCE)


def call_form(people: Iterable[tuple[int, str]], **data: Any) -> CallForm:
    """Make the form of a call with a field for each of some people (id, name) and what is at stake
    for them.
    """
    fields: dict[str, Any] = {}
    for number, name in people:
        fields[f"{GUEST}{number}"] = BooleanField(name)
        fields[f"{STAKE}{number}"] = StringField(
            lazy_gettext("At stake for %(name)s", name=name),
            validators=[Optional(), Length(max=300)],
        )
    made: CallForm = type("CallForm", (CallForm,), fields)(**data)
    return made


class AfterForm(FlaskForm):
    """What was promised on the phone: up to three things, or nothing."""

    what_1 = StringField(lazy_gettext("What did you promise?"), validators=[Length(max=400)])
    to_1 = SelectField(lazy_gettext("To whom"))
    kind_1 = SelectField(lazy_gettext("Kind"), choices=choices(PROMISES))
    due_1 = DateField(lazy_gettext("By when"), validators=[Optional()])
    what_2 = StringField(lazy_gettext("And second?"), validators=[Length(max=400)])
    to_2 = SelectField(lazy_gettext("To whom"))
    kind_2 = SelectField(lazy_gettext("Kind"), choices=choices(PROMISES))
    due_2 = DateField(lazy_gettext("By when"), validators=[Optional()])
    what_3 = StringField(lazy_gettext("And third?"), validators=[Length(max=400)])
    to_3 = SelectField(lazy_gettext("To whom"))
    kind_3 = SelectField(lazy_gettext("Kind"), choices=choices(PROMISES))
    due_3 = DateField(lazy_gettext("By when"), validators=[Optional()])
    nothing = BooleanField(lazy_gettext("Nothing was promised"))


class RevokeForm(FlaskForm):
    """Why an issue is taken back."""

    reason = TextAreaField(lazy_gettext("Why"), validators=[DataRequired(), Length(max=400)])


class VerifyForm(FlaskForm):
    """A printed issue to check: its file or the full digest of it."""

    file = FileField(lazy_gettext("The PDF"))
    digest = StringField(
        lazy_gettext("or its SHA-256 digest, all 64 digits"),
        validators=[Optional(), Length(max=120)],
    )
