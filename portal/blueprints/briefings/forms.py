"""Shapes of the forms about briefings."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

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
    final = BooleanField(lazy_gettext("Only if it can be final: never as a draft"))
    annex = BooleanField(lazy_gettext("With an annex where a text is too long for its place"))


class ShareForm(FlaskForm):
    """With whom a paper is shared."""

    reader_id = SelectField(lazy_gettext("With"), coerce=int)


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
