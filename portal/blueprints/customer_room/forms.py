"""Shapes of the forms around a customer's room."""

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.core.i18n import lazy_gettext

from .rules import LONGEST_DAYS, LONGEST_MESSAGE


class LinkForm(FlaskForm):
    """Whom a room is opened to, and for how long."""

    contact = SelectField(lazy_gettext("To whom"), coerce=int)
    days = IntegerField(
        lazy_gettext("For how many days"),
        validators=[InputRequired(), NumberRange(min=1, max=LONGEST_DAYS)],
    )
    send = BooleanField(lazy_gettext("Write them the address"))


class AgreeForm(FlaskForm):
    """A binding yes: the code that was mailed, who says it, and in which capacity."""

    code = StringField(
        lazy_gettext("The code from our mail"),
        validators=[InputRequired(lazy_gettext("Type the code.")), Length(max=20)],
    )
    name = StringField(
        lazy_gettext("Your name"),
        validators=[InputRequired(lazy_gettext("Say who you are.")), Length(max=120)],
    )
    capacity = StringField(
        lazy_gettext("In which capacity you speak for your company"),
        validators=[InputRequired(lazy_gettext("Say in which capacity.")), Length(max=120)],
    )


class RoomForm(FlaskForm):
    """What a customer writes."""

    text = TextAreaField(lazy_gettext("Your message"), validators=[Length(max=LONGEST_MESSAGE)])
    files = MultipleFileField(lazy_gettext("Files"))
