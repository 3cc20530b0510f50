"""The form of the programme's charter."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.core.i18n import lazy_gettext

CHARTER = {
    "purpose": lazy_gettext("Purpose"),
    "metrics": lazy_gettext("Success metrics"),
    "duties": lazy_gettext("The sponsor's duties"),
    "donts": lazy_gettext("What a sponsor does not do"),
    "customer": lazy_gettext("The customer's part"),
    "training": lazy_gettext("Training curriculum"),
}


def _lines(name: str) -> TextAreaField:
    return TextAreaField(CHARTER[name], validators=[DataRequired(), Length(max=4000)])


class CharterForm(FlaskForm):
    """A version of the programme's charter."""

    base = HiddenField(validators=[InputRequired()])
    purpose = _lines("purpose")
    metrics = _lines("metrics")
    duties = _lines("duties")
    donts = _lines("donts")
    customer = _lines("customer")
    training = _lines("training")
    reason = TextAreaField(
        lazy_gettext("Why there is a new version"), validators=[DataRequired(), Length(max=400)]
    )
