"""Shapes of the forms about the direct line, and about gifts."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.core.i18n import lazy_gettext
from portal.core.web import AmountField, choices

from ..models import GiftKind

GIFTS: dict[Any, Any] = {
    GiftKind.GIFT: lazy_gettext("A gift"),
    GiftKind.HOSPITALITY: lazy_gettext("An invitation"),
}
WAYS = {"given": lazy_gettext("We gave it"), "received": lazy_gettext("We received it")}


class OpenLineForm(FlaskForm):
    """Who shall reach the sponsor directly."""

    contact = SelectField(lazy_gettext("Who at the customer"), coerce=int)


class WriteInForm(FlaskForm):
    """What the customer writes to their sponsor."""

    text = TextAreaField(
        lazy_gettext("Your message"), validators=[InputRequired(), Length(max=5000)]
    )


class AnswerLineForm(FlaskForm):
    """The answer to what the customer wrote."""

    answer = TextAreaField(
        lazy_gettext("Your answer"), validators=[InputRequired(), Length(max=5000)]
    )


class GiftForm(FlaskForm):
    """A gift or an invitation."""

    gift_kind = RadioField(
        lazy_gettext("What"), choices=choices(GIFTS.items()), default=GiftKind.GIFT.value
    )
    way = RadioField(lazy_gettext("Which way"), choices=choices(WAYS.items()), default="given")
    gift_what = StringField(
        lazy_gettext("What it was, and for whom"), validators=[InputRequired(), Length(max=200)]
    )
    gift_worth = AmountField(
        lazy_gettext("What it was worth"),
        validators=[InputRequired()],
    )
    gift_on = DateField(lazy_gettext("On"), validators=[Optional()])
    gift_why = TextAreaField(
        lazy_gettext("Above the limit: who agreed to it, and why"),
        validators=[Optional(), Length(max=400)],
    )
