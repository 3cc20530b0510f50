"""Shapes of the forms about holding statements."""

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.core.i18n import lazy_gettext


def _text(label: str) -> TextAreaField:
    return TextAreaField(label, validators=[Optional(), Length(max=4000)])


class StatementForm(FlaskForm):
    """What is said, with questions and answers, in each language."""

    text_en = _text(lazy_gettext("What we say, in English"))
    questions_en = _text(lazy_gettext("Questions and answers in English"))
    text_fr = _text(lazy_gettext("What we say, in French"))
    questions_fr = _text(lazy_gettext("Questions and answers in French"))
    text_it = _text(lazy_gettext("What we say, in Italian"))
    questions_it = _text(lazy_gettext("Questions and answers in Italian"))
    holds_until = DateTimeLocalField(
        lazy_gettext("Holds until"), validators=[InputRequired(lazy_gettext("Say until when."))]
    )


class WithdrawForm(FlaskForm):
    """Why a statement is withdrawn."""

    reason = StringField(
        lazy_gettext("Why it is not said any more"),
        validators=[InputRequired(lazy_gettext("Say why.")), Length(max=400)],
    )
