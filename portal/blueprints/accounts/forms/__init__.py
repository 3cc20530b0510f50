"""Shapes of the forms about accounts, and of what a list's address says."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
)

from portal.core.i18n import LANGUAGES, _, lazy_gettext
from portal.core.web import AmountField, choices

from ..models import (
    REFERENCE,
    Band,
    ContactRole,
    EntryKind,
    FitState,
    Lane,
    Lifecycle,
    PromiseKind,
    Sentiment,
    Tier,
)
from ..queries import Search
from ..rules.text import tidy

E = TypeVar("E", bound=StrEnum)

LANGUAGE_CHOICES = choices(LANGUAGES.items())
ZONES = choices((zone, zone) for zone in sorted(available_timezones()))
LIFECYCLES = {
    Lifecycle.PROSPECT: lazy_gettext("Prospect"),
    Lifecycle.ONBOARDING: lazy_gettext("Starting"),
    Lifecycle.ACTIVE: lazy_gettext("Customer"),
    Lifecycle.RENEWAL: lazy_gettext("Renewal under way"),
    Lifecycle.NOTICE_GIVEN: lazy_gettext("Has given notice"),
    Lifecycle.LOST: lazy_gettext("Lost"),
}
BANDS = {
    Band.RED: lazy_gettext("Red"),
    Band.AMBER: lazy_gettext("Amber"),
    Band.GREEN: lazy_gettext("Green"),
}
ROLES = {
    ContactRole.ECONOMIC_BUYER: lazy_gettext("Economic buyer"),
    ContactRole.CHAMPION: lazy_gettext("Champion"),
    ContactRole.EXECUTIVE_COUNTERPART: lazy_gettext("Executive counterpart"),
    ContactRole.LEGAL: lazy_gettext("Legal"),
    ContactRole.USER: lazy_gettext("User"),
}
SENTIMENTS = {
    Sentiment.WITH_US: lazy_gettext("With us"),
    Sentiment.NEUTRAL: lazy_gettext("Neutral"),
    Sentiment.WAVERING: lazy_gettext("Wavering"),
    Sentiment.AGAINST_US: lazy_gettext("Against us"),
}
LANES = {
    Lane.INTERNAL: lazy_gettext("Internal"),
    Lane.CUSTOMER: lazy_gettext("Customer"),
    Lane.EXECUTIVE: lazy_gettext("Executive"),
}
NOTED = {
    EntryKind.NOTE: lazy_gettext("Note"),
    EntryKind.CALL: lazy_gettext("Call"),
    EntryKind.EMAIL_IN: lazy_gettext("E-mail from the customer"),
    EntryKind.EMAIL_OUT: lazy_gettext("E-mail to the customer"),
    EntryKind.MEETING: lazy_gettext("Meeting"),
}
PROMISED = {
    PromiseKind.ACTION: lazy_gettext("To do something"),
    PromiseKind.INFORMATION: lazy_gettext("To tell something"),
    PromiseKind.MEETING: lazy_gettext("To meet"),
    PromiseKind.MONEY: lazy_gettext("Money"),
    PromiseKind.PRICE: lazy_gettext("Price"),
    PromiseKind.TERM: lazy_gettext("Length of contract"),
    PromiseKind.SCOPE: lazy_gettext("Scope"),
    PromiseKind.ROADMAP: lazy_gettext("Roadmap"),
}
FIELDS = {
    "name": lazy_gettext("Name"),
    "industry": lazy_gettext("Industry"),
    "country": lazy_gettext("Country"),
    "region": lazy_gettext("Region"),
    "lifecycle": lazy_gettext("Where the relation stands"),
    "revenue": lazy_gettext("Revenue (a later file builds on it)"),
    "above_external_id": lazy_gettext("Number of the account above"),
    "parent_id": lazy_gettext("Belongs to"),
    "segment": lazy_gettext("Segment"),
    "renewal_on": lazy_gettext("Renewal: first day without it"),
    "arr_minor": lazy_gettext("Amount a year"),
    "growth_potential": lazy_gettext("Growth potential"),
    "growth_potential_on": lazy_gettext("Growth potential judged on"),
    "contract.arr_minor": lazy_gettext("Amount a year"),
    "contract.ends_on": lazy_gettext("Renewal: first day without it"),
}
"""What an import changes of an account that is there."""


def _choices(words: Mapping[E, Any], *first: tuple[str, Any]) -> list[Any]:
    return choices([*first, *((member.value, text) for member, text in words.items())])


def _one(kind: type[E], given: str | None) -> E | None:
    return kind(given) if given in {member.value for member in kind} else None


def search_of(args: Mapping[str, str]) -> Search:
    """Read a list's address; what is none of its words counts as not said."""
    return Search(
        text=tidy(args.get("q"))[:100],
        band=_one(Band, args.get("band")),
        tier=_one(Tier, args.get("tier")),
        lifecycle=_one(Lifecycle, args.get("lifecycle")),
        mine=args.get("owner") == "me",
        family=_reference(args.get("family")),
        sort=args.get("sort", "name"),
    )


def _reference(word: str | None) -> str:
    given = tidy(word).upper()
    return given if REFERENCE.fullmatch(given) else ""


def lanes_of(args: Any) -> set[Lane] | None:
    """Read the lanes that an address asks for; None: all."""
    found = {lane for word in args.getlist("lane") if (lane := _one(Lane, word))}
    return found or None


def _tidied(value: Any) -> Any:
    return tidy(value) if isinstance(value, str) else value


def _tidied_lines(value: Any) -> Any:
    return tidy(value, lines=True) if isinstance(value, str) else value


def _text(label: Any, most: int, *validators: Any, **more: Any) -> StringField:
    return StringField(label, validators=[*validators, Length(max=most)], filters=[_tidied], **more)


def _or_none(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


def given(form: FlaskForm, names: Iterable[str]) -> dict[str, Any]:
    """Give the values of some fields of a form that was checked."""
    return {name: form.data[name] for name in names if name in form.data}


class AccountForm(FlaskForm):
    """An account's own fields."""

    version = HiddenField()
    name = _text(lazy_gettext("Name"), 200, DataRequired())
    natural_person = BooleanField(lazy_gettext("A natural person or sole trader"))
    segment = _text(lazy_gettext("Segment"), 60)
    industry = _text(lazy_gettext("Industry"), 80)
    country = _text(lazy_gettext("Country"), 80)
    region = _text(lazy_gettext("Region"), 60)
    language = SelectField(lazy_gettext("Writes"), choices=LANGUAGE_CHOICES)
    zone = SelectField(lazy_gettext("Time zone"), choices=ZONES, default="Europe/Paris")
    lifecycle = SelectField(lazy_gettext("Where the relation stands"), choices=_choices(LIFECYCLES))
    parent = _text(lazy_gettext("Belongs to"), 20)
    customer_since = DateField(lazy_gettext("Customer since"), validators=[Optional()])
    gross_margin = AmountField(
        lazy_gettext("Gross margin"), places=None, validators=[Optional(), NumberRange(-100, 100)]
    )
    governing_law = _text(lazy_gettext("Governing law"), 40)
    sole_remedy = TextAreaField(
        lazy_gettext("Sole-remedy clause"), validators=[Length(max=4000)], filters=[_tidied_lines]
    )
    success_plan_on = DateField(lazy_gettext("Date of the success plan"), validators=[Optional()])
    growth_potential = IntegerField(
        lazy_gettext("Growth potential"), validators=[Optional(), NumberRange(0, 100)]
    )
    growth_potential_on = DateField(
        lazy_gettext("Growth potential judged on"), validators=[Optional()]
    )
    reference_customer = BooleanField(lazy_gettext("Reference customer"))
    logo = BooleanField(lazy_gettext("We may show their logo"))
    regulator_exposed = BooleanField(lazy_gettext("Watched by a regulator"))

    def values(self) -> dict[str, Any]:
        """Give what was typed; the margin as a share."""
        found = given(self, (name for name in self.data if name not in {"version", "csrf_token"}))
        margin = found.get("gross_margin")
        if margin is not None:
            found["gross_margin"] = (margin / 100).quantize(Decimal("1e-6"))
        if "lifecycle" in found:
            found["lifecycle"] = Lifecycle(found["lifecycle"])
        return found


class NewAccountForm(AccountForm):
    """A new account, with what cannot be changed later."""

    currency = _text(lazy_gettext("Currency"), 3, DataRequired(), Length(min=3))


class OwnerForm(FlaskForm):
    """Who looks after an account."""

    owner_id = SelectField(lazy_gettext("Looked after by"), coerce=_or_none)


class MergeForm(FlaskForm):
    """Which account goes into the one that is shown."""

    other = _text(lazy_gettext("The other account"), 200, DataRequired())


class ContactForm(FlaskForm):
    """A person at the customer."""

    version = HiddenField()
    name = _text(lazy_gettext("Name"), 160, DataRequired())
    title = _text(lazy_gettext("Job title"), 160)
    email = _text(lazy_gettext("E-mail"), 254, Optional(), Email())
    phone = _text(lazy_gettext("Telephone"), 40)
    role = SelectField(lazy_gettext("Part they play"), choices=_choices(ROLES))
    influence = IntegerField(
        lazy_gettext("Influence, 1 to 5"),
        default=3,
        validators=[InputRequired(), NumberRange(1, 5)],
    )
    sentiment = SelectField(
        lazy_gettext("Where they stand"),
        choices=_choices(SENTIMENTS),
        default=Sentiment.NEUTRAL.value,
    )
    language = SelectField(lazy_gettext("Writes"), choices=LANGUAGE_CHOICES)
    left = BooleanField(lazy_gettext("Has left the customer"))

    def values(self) -> dict[str, Any]:
        """Give what was typed, with its enums."""
        names = ("name", "title", "email", "phone", "influence", "language")
        return {
            **given(self, names),
            "role": ContactRole(self.data["role"]),
            "sentiment": Sentiment(self.data["sentiment"]),
        }


class ContractForm(FlaskForm):
    """What the customer has signed."""

    number = _text(lazy_gettext("Number of the contract"), 80, DataRequired())
    product = _text(lazy_gettext("Product"), 120)
    starts_on = DateField(lazy_gettext("Begins"), validators=[DataRequired()])
    ends_on = DateField(lazy_gettext("Renewal: first day without it"), validators=[Optional()])
    notice_days = IntegerField(lazy_gettext("Notice, in days"), validators=[Optional()])
    may_leave_from = DateField(lazy_gettext("May leave early from"), validators=[Optional()])
    arr = AmountField(lazy_gettext("Amount a year"), places=None, validators=[Optional()])


class NoteForm(FlaskForm):
    """Something that happened with the account."""

    kind = SelectField(lazy_gettext("What it was"), choices=_choices(NOTED))
    lane = SelectField(lazy_gettext("For whom"), choices=_choices(LANES))
    event_at = DateTimeLocalField(lazy_gettext("When"), validators=[Optional()])
    text = TextAreaField(
        lazy_gettext("What happened"),
        validators=[DataRequired(), Length(max=20_000)],
        filters=[_tidied_lines],
    )
    corrects_id = HiddenField()


class PromiseForm(FlaskForm):
    """Something we promised."""

    what = _text(lazy_gettext("What we promised"), 400, DataRequired())
    to_whom = _text(lazy_gettext("To whom"), 160, DataRequired())
    kind = SelectField(lazy_gettext("Kind"), choices=_choices(PROMISED))
    due_at = DateTimeLocalField(lazy_gettext("By when"), validators=[DataRequired()])
    concession_ref = _text(lazy_gettext("Approved compensation case"), 24)


class SettleForm(FlaskForm):
    """What became of a promise."""

    outcome = SelectField(
        lazy_gettext("What became of it"),
        choices=choices(
            [
                ("kept", lazy_gettext("Kept")),
                ("broken", lazy_gettext("Broken")),
                ("renegotiated", lazy_gettext("Renegotiated with the customer")),
            ]
        ),
    )
    reason = _text(lazy_gettext("Why"), 400)
    what = _text(lazy_gettext("What we promise instead"), 400)
    due_at = DateTimeLocalField(lazy_gettext("New time"), validators=[Optional()])


class SignalsForm(FlaskForm):
    """A file of signals."""

    file = FileField(lazy_gettext("CSV file"), validators=[FileRequired()])
    source = StringField(
        lazy_gettext("Where it comes from"), validators=[Length(max=80)], default="csv"
    )
    dry_run = BooleanField(lazy_gettext("Check only, write nothing"), default=True)


class RatesForm(FlaskForm):
    """A table of exchange rates."""

    file = FileField(lazy_gettext("CSV file"), validators=[FileRequired()])
    source = StringField(
        lazy_gettext("Where it comes from"), validators=[Length(max=80)], default="ECB"
    )
    since = DateField(lazy_gettext("From which day on"), validators=[Optional()])
    dry_run = BooleanField(lazy_gettext("Check only, write nothing"), default=True)


def signal_word(kind: str) -> str:
    """Give the words for a kind of signal; one that we do not know speaks for itself."""
    return {
        "health": _("Health"),
        "usage": _("Usage"),
        "payment_delay": _("Days a payment is late"),
    }.get(kind, kind.replace("_", " "))


FIT_STATES = {
    FitState.FITTING: lazy_gettext("being fitted"),
    FitState.PROPOSED: lazy_gettext("proposed"),
    FitState.PUBLISHED: lazy_gettext("in force"),
    FitState.REPLACED: lazy_gettext("replaced"),
    FitState.DECLINED: lazy_gettext("declined"),
}


class ModelForm(FlaskForm):
    """What is decided on a version of the value models."""

    verdict = SelectField(
        lazy_gettext("Decision"),
        choices=choices(
            [
                ("publish", lazy_gettext("Publish it")),
                ("decline", lazy_gettext("Decline it, or take it out of force")),
            ]
        ),
    )
    because = _text(lazy_gettext("Why"), 400, DataRequired())
