"""Shapes of the forms about cases, and of what a list's address says."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from portal.blueprints.accounts.models import PromiseKind
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _, lazy_gettext

from ..models import (
    Channel,
    ClockKind,
    EscalationKind,
    NoticeChannel,
    NoticeKind,
    Problem,
    Severity,
    Trend,
    Trigger,
)
from ..queries import STATES, Search
from ..rules import words
from ..rules.tags import LONGEST_TAG, tag_of

E = TypeVar("E", bound=StrEnum)
Choices = list[tuple[str, str]]
SHORT, LONG = Length(max=400), Length(max=20_000)
HOURS = re.compile(r"(\d{1,2}:\d{2})\s*(?:-|\u2013|\u2014|/)\s*(\d{1,2}:\d{2})", re.ASCII)
TALKS = ("note", "called", "met", "heard", "tried")


def named(enum: Iterable[E], word: Callable[[E], str], *, empty: str = "") -> Choices:
    """Give the members of an enum as the options of a select field, perhaps after an empty one."""
    first = [("", empty)] if empty else []
    return first + [(member.value, word(member)) for member in enum]


def number(value: object) -> int | None:
    """Read a row's number; nothing else is one."""
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


class DeclareForm(FlaskForm):
    """Three fields; the others only correct what is proposed."""

    account = StringField(
        lazy_gettext("Which customer?"), validators=[DataRequired(), Length(max=200)]
    )
    pick = HiddenField()
    previous = HiddenField()
    words = TextAreaField(lazy_gettext("What did the customer say? Word for word"))
    demand = TextAreaField(lazy_gettext("What do they want?"), validators=[Length(max=400)])
    deadline = DateField(lazy_gettext("By when, if they said so?"), validators=[Optional()])
    another = BooleanField(lazy_gettext("This is another matter: open a second case"))
    because = StringField(lazy_gettext("What makes it another matter?"), validators=[SHORT])
    trigger = SelectField(
        lazy_gettext("Trigger"),
        choices=lambda: named(Trigger, words.trigger_words, empty=_("As proposed")),
        default="",
    )
    severity = SelectField(
        lazy_gettext("Severity"),
        choices=lambda: named(Severity, words.severity_words, empty=_("As proposed")),
        default="",
    )
    # Who may own a case the action knows; the choices are read where the form is shown.
    owner = SelectField(lazy_gettext("Owner"), coerce=number, choices=list, validate_choice=False)
    reason = StringField(lazy_gettext("Why other than proposed?"), validators=[SHORT])
    problem = SelectField(
        lazy_gettext("Kind of problem"),
        choices=lambda: named(Problem, words.problem_words),
        default=Problem.OTHER.value,
    )
    channel = SelectField(
        lazy_gettext("How it reached us"),
        choices=lambda: named(Channel, words.channel_words),
        default=Channel.PHONE.value,
    )
    kind = SelectField(
        lazy_gettext("What is asked for"),
        choices=lambda: named(EscalationKind, words.kind_words),
        default=EscalationKind.HIERARCHICAL.value,
    )
    tags = StringField(lazy_gettext("Tags"), validators=[SHORT])
    language = SelectField(
        lazy_gettext("Language of the words"),
        choices=lambda: [("", _("As proposed")), *LANGUAGES.items()],
        default="",
    )
    words_by = StringField(lazy_gettext("Who said it?"), validators=[Length(max=160)])
    notice = SelectField(
        lazy_gettext("Formal notice"),
        choices=lambda: named(NoticeKind, words.notice_words, empty=_("None")),
        default="",
    )
    notice_channel = SelectField(
        lazy_gettext("How the notice came"),
        choices=lambda: named(NoticeChannel, words.notice_channel_words),
        default=NoticeChannel.MAIL.value,
    )


class NoteForm(FlaskForm):
    """Something that happened."""

    text = TextAreaField(lazy_gettext("What happened?"), validators=[DataRequired(), LONG])
    what = SelectField(
        lazy_gettext("What it was"),
        choices=lambda: [
            ("note", _("A note")),
            ("called", _("We called and reached the customer")),
            ("met", _("We met the customer")),
            ("heard", _("The customer called or wrote")),
            ("tried", _("We tried to reach the customer")),
        ],
    )
    at = DateTimeLocalField(
        lazy_gettext("When, if not just now"), validators=[Optional()], format="%Y-%m-%dT%H:%M"
    )


class CommentForm(FlaskForm):
    """An executive's word."""

    text = TextAreaField(lazy_gettext("Your comment"), validators=[DataRequired(), LONG])


class WriteForm(FlaskForm):
    """A message to the customer."""

    contact = SelectField(lazy_gettext("To"), coerce=number)
    subject = StringField(lazy_gettext("Subject"), validators=[DataRequired(), Length(max=200)])
    text = TextAreaField(lazy_gettext("Message"), validators=[DataRequired(), LONG])


class PromiseForm(FlaskForm):
    """What we said we would do."""

    what = TextAreaField(lazy_gettext("What we promised"), validators=[DataRequired(), SHORT])
    to_whom = StringField(lazy_gettext("To whom"), validators=[DataRequired(), Length(max=160)])
    by = SelectField(lazy_gettext("Who does it"), coerce=number)
    due = DateTimeLocalField(lazy_gettext("By when"), format="%Y-%m-%dT%H:%M")
    kind = SelectField(
        lazy_gettext("Kind"),
        choices=lambda: [
            (PromiseKind.ACTION.value, _("An action")),
            (PromiseKind.INFORMATION.value, _("Information")),
            (PromiseKind.MEETING.value, _("A meeting")),
            (PromiseKind.MONEY.value, _("Money")),
            (PromiseKind.PRICE.value, _("A price")),
            (PromiseKind.TERM.value, _("A contract term")),
            (PromiseKind.SCOPE.value, _("Scope")),
            (PromiseKind.ROADMAP.value, _("The roadmap")),
        ],
    )


class SettleForm(FlaskForm):
    """What became of a promise."""

    how = RadioField(
        lazy_gettext("What became of it?"),
        choices=lambda: [
            ("kept", _("Kept")),
            ("broken", _("Broken")),
            ("renegotiated", _("The customer agreed to something else")),
        ],
        default="kept",
    )
    reason = TextAreaField(lazy_gettext("Why?"), validators=[SHORT])
    what = StringField(lazy_gettext("What was agreed instead"), validators=[SHORT])
    due = DateTimeLocalField(
        lazy_gettext("By when"), validators=[Optional()], format="%Y-%m-%dT%H:%M"
    )


class HandOverForm(FlaskForm):
    """Another owner."""

    to = SelectField(lazy_gettext("New owner"), coerce=number)
    team = SelectField(lazy_gettext("Team"), coerce=number)
    why = StringField(lazy_gettext("Why"), validators=[DataRequired(), SHORT])
    summary = TextAreaField(
        lazy_gettext("Summary for the next owner"), validators=[DataRequired(), LONG]
    )


class MoveForm(FlaskForm):
    """Another level, for what, and who takes the case there."""

    level = SelectField(lazy_gettext("To which level"))
    kind = SelectField(lazy_gettext("What is asked for"))
    to = SelectField(lazy_gettext("Owner"), coerce=number)
    team = SelectField(lazy_gettext("Team"), coerce=number)
    why = StringField(lazy_gettext("Why"), validators=[DataRequired(), SHORT])
    summary = TextAreaField(
        lazy_gettext("Summary for the next level"), validators=[DataRequired(), LONG]
    )


NAMING = lazy_gettext("Name this person on the restricted case, too")
"""Who may decide who sees a restricted case can do so in the step that chooses somebody."""


class ExecutiveForm(FlaskForm):
    """Another executive owner."""

    person = SelectField(lazy_gettext("Executive owner"), coerce=number)
    naming = BooleanField(NAMING)


class CriterionForm(FlaskForm):
    """What must be true at the end."""

    text = StringField(
        lazy_gettext("What must be true before the case may close"),
        validators=[DataRequired(), Length(max=300)],
    )


class ReasonForm(FlaskForm):
    """A reason, in a sentence."""

    reason = TextAreaField(lazy_gettext("Reason"), validators=[DataRequired(), SHORT])


class SeverityForm(FlaskForm):
    """Another severity; a lower one needs a second person."""

    severity = SelectField(
        lazy_gettext("Severity"), choices=lambda: named(Severity, words.severity_words)
    )
    reason = TextAreaField(lazy_gettext("Why"), validators=[DataRequired(), SHORT])
    second = SelectField(lazy_gettext("Second person, to lower it"), coerce=number)


class TrendForm(FlaskForm):
    """Which way it goes."""

    trend = SelectField(lazy_gettext("Trend"), choices=lambda: named(Trend, words.trend_words))


class WaitForm(FlaskForm):
    """What we wait for, or what came."""

    words = TextAreaField(lazy_gettext("What do we wait for?"), validators=[DataRequired(), SHORT])


MOVABLE = tuple(kind for kind in ClockKind if kind is not ClockKind.PROMISE)
"""Clocks that one of us may hold or set; what was promised moves only with the customer."""


class PauseForm(FlaskForm):
    """A clock that stands still."""

    clock = SelectField(
        lazy_gettext("Clock"),
        choices=lambda: named(MOVABLE, words.clock_words, empty=_("All of them")),
    )
    reason = StringField(lazy_gettext("Why it stands still"), validators=[DataRequired(), SHORT])


class DateForm(FlaskForm):
    """A date agreed by hand."""

    clock = SelectField(lazy_gettext("Clock"), choices=lambda: named(MOVABLE, words.clock_words))
    due = DateTimeLocalField(lazy_gettext("Due"), format="%Y-%m-%dT%H:%M")
    reason = StringField(
        lazy_gettext("Agreed with whom, and why"), validators=[DataRequired(), SHORT]
    )


DAY_FIELDS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS_HINT = Length(max=200)


class CalendarForm(FlaskForm):
    """Opening hours by weekday, a country's holidays, closures, and who keeps to them."""

    was = HiddenField()
    name = StringField(lazy_gettext("Name"), validators=[DataRequired(), Length(max=80)])
    monday = StringField(lazy_gettext("Monday"), validators=[HOURS_HINT])
    tuesday = StringField(lazy_gettext("Tuesday"), validators=[HOURS_HINT])
    wednesday = StringField(lazy_gettext("Wednesday"), validators=[HOURS_HINT])
    thursday = StringField(lazy_gettext("Thursday"), validators=[HOURS_HINT])
    friday = StringField(lazy_gettext("Friday"), validators=[HOURS_HINT])
    saturday = StringField(lazy_gettext("Saturday"), validators=[HOURS_HINT])
    sunday = StringField(lazy_gettext("Sunday"), validators=[HOURS_HINT])
    country = StringField(lazy_gettext("Public holidays of"), validators=[Length(max=2)])
    subdivision = StringField(lazy_gettext("Region"), validators=[Length(max=10)])
    closures = TextAreaField(lazy_gettext("Closed on"), validators=[LONG])
    accounts = TextAreaField(lazy_gettext("Customers who keep to it"), validators=[LONG])

    def week(self) -> dict[str, list[list[str]]]:
        """Give the hours as a calendar document's week; refused where they are no hours."""
        return {
            str(number): self._hours(field)
            for number, field in enumerate(DAY_FIELDS)
            if (self[field].data or "").strip()
        }

    def _hours(self, field: str) -> list[list[str]]:
        segments = []
        for part in re.split(r"[,;]", self[field].data):
            found = HOURS.fullmatch(part.strip())
            if found is None:
                raise Refused(
                    _("Write hours as 09:00-13:00, 14:00-18:00, not %(text)s.", text=part.strip()),
                    field=field,
                )
            segments.append([found[1].rjust(5, "0"), found[2].rjust(5, "0")])
        return segments


class WithdrawForm(FlaskForm):
    """Why a version of a policy is withdrawn."""

    reason = StringField(lazy_gettext("Why"), validators=[DataRequired(), SHORT])


class AnswerForm(FlaskForm):
    """A decision."""

    choice = RadioField(lazy_gettext("Your decision"), validators=[DataRequired()])
    reason = TextAreaField(lazy_gettext("Reason, if you want to give one"), validators=[SHORT])


class NoticeForm(FlaskForm):
    """A letter with legal effect."""

    kind = SelectField(lazy_gettext("Kind"), choices=lambda: named(NoticeKind, words.notice_words))
    channel = SelectField(
        lazy_gettext("How it came"),
        choices=lambda: named(NoticeChannel, words.notice_channel_words),
    )
    received_at = DateTimeLocalField(lazy_gettext("Received"), format="%Y-%m-%dT%H:%M")
    sender = StringField(lazy_gettext("Sent by"), validators=[Length(max=160)])


class CorrectForm(FlaskForm):
    """What was declared, corrected."""

    was = HiddenField()
    title = StringField(lazy_gettext("Title"), validators=[DataRequired(), Length(max=200)])
    demand = TextAreaField(lazy_gettext("What they want"), validators=[DataRequired(), SHORT])
    deadline = DateField(lazy_gettext("By when"), validators=[Optional()])
    trigger = SelectField(
        lazy_gettext("Trigger"), choices=lambda: named(Trigger, words.trigger_words)
    )
    problem = SelectField(
        lazy_gettext("Kind of problem"), choices=lambda: named(Problem, words.problem_words)
    )
    channel = SelectField(
        lazy_gettext("How it reached us"), choices=lambda: named(Channel, words.channel_words)
    )
    words_language = SelectField(
        lazy_gettext("Language of the words"), choices=lambda: list(LANGUAGES.items())
    )
    impact = TextAreaField(lazy_gettext("Impact on their business"), validators=[LONG])
    tags = StringField(lazy_gettext("Tags"), validators=[SHORT])


def search_of(given: Mapping[str, str]) -> Search:
    """Read a search from a list's address; what is not understood is left out."""
    sort = given.get("sort", "-opened")
    return Search(
        state=given.get("state", "open") if given.get("state", "open") in STATES else "open",
        severity=given.get("severity", ""),
        mine=given.get("mine") == "1",
        watched=given.get("watched") == "1",
        team=number(given.get("team")),
        level=given.get("level", ""),
        tag=tag_of(given.get("tag", "")[:LONGEST_TAG]),
        account=given.get("account", "")[:24],
        text=given.get("q", "")[:120],
        good=given.get("good") == "1",
        sort=sort if sort.lstrip("-") in {"opened", "due"} else "-opened",
    )
