"""Shapes of the forms about compensation."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.core.i18n import lazy_gettext
from portal.core.web import AmountField, choices

from .models import (
    ConcessionPart,
    Form,
    Ground,
    Insurer,
    LeftOut,
    LotState,
    Move,
    Period,
    Rounding,
)

GROUNDS = {
    Ground.OWED: lazy_gettext("Owed by contract"),
    Ground.DIRECT_LOSS: lazy_gettext("Direct loss"),
    Ground.EFFORT: lazy_gettext("Inconvenience and effort"),
    Ground.GOODWILL: lazy_gettext("Goodwill gesture"),
}
FORMS = {
    Form.SERVICE_CREDIT: lazy_gettext("Service credit"),
    Form.REFUND: lazy_gettext("Refund"),
    Form.DISCOUNT: lazy_gettext("Discount"),
    Form.FREE_MONTHS: lazy_gettext("Free months"),
    Form.TRAINING: lazy_gettext("Training"),
    Form.SERVICE_HOURS: lazy_gettext("Service hours"),
    Form.ROADMAP_COMMITMENT: lazy_gettext("Roadmap commitment"),
    Form.APOLOGY_ONLY: lazy_gettext("Apology only"),
}
MOVES = {
    Move.OFFERED: lazy_gettext("Offered"),
    Move.ACCEPTED: lazy_gettext("Accepted"),
    Move.DECLINED: lazy_gettext("Declined"),
    Move.COUNTERED: lazy_gettext("They wanted something else"),
    Move.LAPSED: lazy_gettext("Lapsed"),
    Move.TAKEN_BACK: lazy_gettext("Taken back"),
    Move.DELIVERED: lazy_gettext("Delivered"),
    Move.CANCELLED: lazy_gettext("Reversed before delivery"),
    Move.REVERSED: lazy_gettext("Reversed after delivery"),
}
PROOFS = {
    Form.SERVICE_CREDIT: lazy_gettext("Number of the credit note"),
    Form.REFUND: lazy_gettext("Number of the credit note or payment"),
    Form.DISCOUNT: lazy_gettext("Number of the invoice with the discount"),
    Form.FREE_MONTHS: lazy_gettext("Months added, and the new end of the contract"),
    Form.TRAINING: lazy_gettext("Day of the training, as it is booked"),
    Form.SERVICE_HOURS: lazy_gettext("Order that holds the hours"),
    Form.ROADMAP_COMMITMENT: lazy_gettext("Item of the roadmap"),
    Form.APOLOGY_ONLY: lazy_gettext("Who apologised, and when"),
}
"""What proves that a part of each form was delivered."""
INSURER = {
    Insurer.TOLD: lazy_gettext("The insurer was told"),
    Insurer.NOT_NEEDED: lazy_gettext("The insurer need not be told"),
}


PERIODS = {
    Period.MONTH: lazy_gettext("Month"),
    Period.QUARTER: lazy_gettext("Quarter"),
    Period.YEAR: lazy_gettext("Year"),
}
ROUNDINGS = {
    Rounding.HALF_UP: lazy_gettext("To the nearest, a half upwards"),
    Rounding.DOWN: lazy_gettext("Down"),
    Rounding.UP: lazy_gettext("Up"),
}


LOT_STATES = {
    LotState.REQUESTED: lazy_gettext("Waits for signatures"),
    LotState.APPROVED: lazy_gettext("Being paid"),
    LotState.REFUSED: lazy_gettext("Refused"),
    LotState.PAID: lazy_gettext("Paid to all"),
}
LEFT_OUT = {
    LeftOut.KEPT: lazy_gettext("The contract promises less: it was kept"),
    LeftOut.TOO_SMALL: lazy_gettext("Below the contract's minimum"),
    LeftOut.TOO_LATE: lazy_gettext("The time to claim is over"),
    LeftOut.TAKEN: lazy_gettext("Given for this period already"),
    LeftOut.NO_RATE: lazy_gettext("No exchange rate is recorded"),
    LeftOut.CHANGED: lazy_gettext("The terms changed after the approval"),
}


class ProposeForm(FlaskForm):
    """What happened and what we would give for it."""

    escalation = HiddenField(validators=[Optional(), Length(max=24)])
    account = StringField(lazy_gettext("Account"), validators=[Optional(), Length(max=24)])
    currency = StringField(
        lazy_gettext("Currency"), validators=[DataRequired(), Length(min=3, max=3)]
    )
    apology = TextAreaField(
        lazy_gettext("What we apologise for"), validators=[Optional(), Length(max=4000)]
    )
    fix = TextAreaField(lazy_gettext("How it is fixed"), validators=[Optional(), Length(max=4000)])
    owed = AmountField(lazy_gettext("Owed by contract"), validators=[Optional()])
    loss = AmountField(lazy_gettext("Direct loss"), validators=[Optional()])
    documented = BooleanField(lazy_gettext("The loss is proved by documents"))
    rests_on = TextAreaField(
        lazy_gettext("What these figures rest on"), validators=[Optional(), Length(max=4000)]
    )
    effort_hours = AmountField(lazy_gettext("Hours of effort"), validators=[Optional()])
    disrupted_days = AmountField(lazy_gettext("Disrupted days"), validators=[Optional()])
    product = StringField(
        lazy_gettext("Affected product"), validators=[Optional(), Length(max=120)]
    )
    fee = AmountField(lazy_gettext("Its fee for a month"), validators=[Optional()])
    why = TextAreaField(
        lazy_gettext("Why this customer should get this"),
        validators=[DataRequired(), Length(max=4000)],
    )
    departure = TextAreaField(
        lazy_gettext("Why it is another than recommended, or than others got"),
        validators=[Optional(), Length(max=4000)],
    )
    threat = BooleanField(lazy_gettext("The customer has made a threat"))
    waiver = BooleanField(lazy_gettext("The customer is to waive something"))
    release = BooleanField(lazy_gettext("The customer is to release us from claims"))
    termination_right = BooleanField(lazy_gettext("It gives a right to terminate"))
    terms = TextAreaField(
        lazy_gettext("Terms of the offer"), validators=[Optional(), Length(max=4000)]
    )
    not_offered = TextAreaField(
        lazy_gettext("What we will not offer"), validators=[Optional(), Length(max=4000)]
    )
    value_moved = BooleanField(lazy_gettext("The customer's value moved this offer"))
    value_reason = TextAreaField(
        lazy_gettext("Why value may move it"), validators=[Optional(), Length(max=4000)]
    )


class EditForm(ProposeForm):
    """The same, for a proposal that is there: it knows which version was seen."""

    version = HiddenField(validators=[InputRequired()])


class PartForm(FlaskForm):
    """One part of an offer."""

    ground = SelectField(lazy_gettext("On which ground"), choices=choices(GROUNDS.items()))
    form = SelectField(lazy_gettext("In which form"), choices=choices(FORMS.items()))
    what = StringField(
        lazy_gettext("What the customer gets"), validators=[DataRequired(), Length(max=300)]
    )
    amount = AmountField(lazy_gettext("Value to them, without tax"), validators=[InputRequired()])
    periods = IntegerField(
        lazy_gettext("For how many months"), default=1, validators=[InputRequired()]
    )
    cost = AmountField(lazy_gettext("Cost to us, for all of it"), validators=[Optional()])
    on_renewal = BooleanField(lazy_gettext("It applies to the renewal"))
    evidence = StringField(lazy_gettext("What proves it"), validators=[Optional(), Length(max=400)])


class SignForm(FlaskForm):
    """A signature, perhaps with a word."""

    word = TextAreaField(lazy_gettext("A word with it"), validators=[Optional(), Length(max=2000)])


class HandForm(FlaskForm):
    """Who is asked for the signature instead."""

    to = SelectField(lazy_gettext("Ask instead"), coerce=int, validate_choice=False)


class RefuseForm(FlaskForm):
    """A refusal with its reason."""

    reason = TextAreaField(
        lazy_gettext("What should change"), validators=[DataRequired(), Length(max=2000)]
    )


class InsurerForm(FlaskForm):
    """What became of the insurer's question."""

    answer = RadioField(lazy_gettext("The insurer"), choices=choices(INSURER.items()))


class AnswerForm(FlaskForm):
    """Who answered for the customer."""

    who = StringField(
        lazy_gettext("Who answered, and in which capacity"),
        validators=[DataRequired(), Length(max=160)],
    )


class CounterForm(FlaskForm):
    """What the customer wants instead, and who said so."""

    said_by = StringField(
        lazy_gettext("Who answered, and in which capacity"),
        validators=[DataRequired(), Length(max=160)],
    )
    instead = TextAreaField(
        lazy_gettext("What they want instead"), validators=[DataRequired(), Length(max=4000)]
    )


class SendForm(FlaskForm):
    """To whom the letter with the offer is mailed."""

    to = SelectField(lazy_gettext("To whom"), coerce=int, validate_choice=False)


class NamedForm(FlaskForm):
    """Who answers an offer through the address of its letter."""

    name = StringField(
        lazy_gettext("Your name"),
        validators=[InputRequired(lazy_gettext("Say who you are.")), Length(max=120)],
    )
    capacity = StringField(
        lazy_gettext("In which capacity you speak for your company"),
        validators=[InputRequired(lazy_gettext("Say in which capacity.")), Length(max=120)],
    )


class AcceptOfferForm(NamedForm):
    """A binding yes: the code that was mailed, who says it, and in which capacity."""

    code = StringField(
        lazy_gettext("The code from our mail"),
        validators=[InputRequired(lazy_gettext("Type the code.")), Length(max=20)],
    )


class CounterOfferForm(NamedForm):
    """What the reader of a letter wants instead."""

    instead = TextAreaField(
        lazy_gettext("What you want instead"), validators=[InputRequired(), Length(max=4000)]
    )


class ReverseForm(FlaskForm):
    """Why what the customer had accepted is reversed."""

    because = TextAreaField(
        lazy_gettext("Why it is reversed"), validators=[DataRequired(), Length(max=2000)]
    )


class RevenueForm(FlaskForm):
    """How revenue accounting books what was accepted."""

    booked = TextAreaField(
        lazy_gettext("How it is booked"), validators=[DataRequired(), Length(max=2000)]
    )


class WithdrawForm(FlaskForm):
    """Why it is taken back."""

    because = TextAreaField(
        lazy_gettext("Why it is taken back"), validators=[DataRequired(), Length(max=2000)]
    )


class DeliverForm(FlaskForm):
    """The proof of delivery of each part; its fields are made for the parts at hand."""


def deliver_form(parts: Sequence[ConcessionPart]) -> FlaskForm:
    """Make the form with one field a part that is not delivered yet."""
    fields = {
        f"part_{part.id}": StringField(
            part.what,
            validators=[Optional(), Length(max=60)],
            description=str(PROOFS[part.form]),
        )
        for part in parts
        if part.delivered_at is None
    }
    return type("DeliverPartsForm", (DeliverForm,), fields)()


class TermsForm(FlaskForm):
    """What a contract owes for a service, as it stands there."""

    contract = SelectField(lazy_gettext("Contract"))
    service = StringField(
        lazy_gettext("Service that is measured"), validators=[DataRequired(), Length(max=120)]
    )
    period = SelectField(lazy_gettext("Measured for each"), choices=choices(PERIODS.items()))
    currency = StringField(
        lazy_gettext("Currency"), validators=[DataRequired(), Length(min=3, max=3)]
    )
    fee = AmountField(lazy_gettext("Affected fee of such a period"), validators=[InputRequired()])
    tiers = TextAreaField(
        lazy_gettext("Tiers of availability"), validators=[DataRequired(), Length(max=400)]
    )
    cap_share = AmountField(lazy_gettext("At most, in % of that fee"), validators=[Optional()])
    cap = AmountField(lazy_gettext("At most, as an amount"), validators=[Optional()])
    least = AmountField(lazy_gettext("Only above this amount"), validators=[Optional()])
    automatic = BooleanField(lazy_gettext("Given without being claimed"))
    claim_days = IntegerField(
        lazy_gettext("Days to claim it after the period"), validators=[Optional()]
    )
    rounding = SelectField(lazy_gettext("Rounded"), choices=choices(ROUNDINGS.items()))
    exclusions = TextAreaField(
        lazy_gettext("What does not count"), validators=[Optional(), Length(max=2000)]
    )


class MeasureForm(FlaskForm):
    """What was measured for a period."""

    day = DateField(lazy_gettext("A day of the period"), validators=[InputRequired()])
    availability = AmountField(lazy_gettext("Availability, in %"), validators=[InputRequired()])
    fee = AmountField(lazy_gettext("Affected fee of this period"), validators=[Optional()])
    claimed_on = DateField(lazy_gettext("Claimed by the customer on"), validators=[Optional()])
    source = StringField(lazy_gettext("Where it was measured"), validators=[Length(max=300)])


class LotForm(FlaskForm):
    """An incident, and whom it hit."""

    title = StringField(
        lazy_gettext("What happened, in the customers' words"),
        validators=[DataRequired(), Length(max=200)],
    )
    service = SelectField(lazy_gettext("Service that is measured"))
    day = DateField(lazy_gettext("A day of the period"), validators=[InputRequired()])
    availability = AmountField(lazy_gettext("Availability, in %"), validators=[InputRequired()])
    accounts = TextAreaField(
        lazy_gettext("Only these accounts"), validators=[Optional(), Length(max=60_000)]
    )
    apology = TextAreaField(
        lazy_gettext("What we apologise for"), validators=[Optional(), Length(max=4000)]
    )
    fix = TextAreaField(lazy_gettext("How it is fixed"), validators=[Optional(), Length(max=4000)])
