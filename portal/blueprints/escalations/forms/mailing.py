"""Shapes of the forms that pick customers by facts, and write to them."""

from flask_wtf import FlaskForm
from wtforms import DecimalField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from portal.core.i18n import lazy_gettext
from portal.core.web import choices


def _fact(label: str, most: int) -> StringField:
    return StringField(label, validators=[Optional(), Length(max=most)])


class PickForm(FlaskForm):
    """The facts by which the customers that are hit are told."""

    segment = _fact(lazy_gettext("Segment"), 60)
    region = _fact(lazy_gettext("Region"), 60)
    country = _fact(lazy_gettext("Country (two letters)"), 2)
    industry = _fact(lazy_gettext("Industry"), 80)
    product = _fact(lazy_gettext("Has bought the product"), 120)
    tier = SelectField(
        lazy_gettext("Value tier"),
        choices=choices([("", lazy_gettext("any")), *((one, one) for one in "ABCD")]),
    )
    least_arr = DecimalField(lazy_gettext("ARR at least"), validators=[Optional()])
    most_arr = DecimalField(lazy_gettext("ARR at most"), validators=[Optional()])


class MailingForm(FlaskForm):
    """One message, in up to three languages."""

    subject_en = _fact(lazy_gettext("Subject in English"), 200)
    text_en = TextAreaField(
        lazy_gettext("Message in English"), validators=[Optional(), Length(max=8000)]
    )
    subject_fr = _fact(lazy_gettext("Subject in French"), 200)
    text_fr = TextAreaField(
        lazy_gettext("Message in French"), validators=[Optional(), Length(max=8000)]
    )
    subject_it = _fact(lazy_gettext("Subject in Italian"), 200)
    text_it = TextAreaField(
        lazy_gettext("Message in Italian"), validators=[Optional(), Length(max=8000)]
    )
