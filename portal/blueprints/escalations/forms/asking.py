"""The shape of the form that asks leadership for one decision."""

from collections.abc import Iterator
from decimal import Decimal

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from portal.core.i18n import _, lazy_gettext
from portal.core.web import AmountField

from . import NAMING, SHORT, number

OPTIONS = (1, 2, 3, 4)


class AskForm(FlaskForm):
    """One question, up to four ways to answer it, each with its cost and what follows."""

    question = StringField(
        lazy_gettext("What must be decided?"), validators=[DataRequired(), SHORT]
    )
    of = SelectField(lazy_gettext("Who decides"), coerce=number)
    naming = BooleanField(NAMING)
    recommended = RadioField(
        lazy_gettext("Which do you recommend?"),
        choices=lambda: [(str(n), _("Option %(n)s", n=n)) for n in OPTIONS],
        default="1",
    )
    answer_by = DateTimeLocalField(lazy_gettext("Needed by"), format="%Y-%m-%dT%H:%M")
    if_nothing = StringField(
        lazy_gettext("What happens if nobody decides?"), validators=[DataRequired(), SHORT]
    )

    def given(self) -> Iterator[tuple[int, str, Decimal | None, str]]:
        """Give the options that were filled in: number, words, cost, what follows from it."""
        for n in OPTIONS:
            if (text := self[f"option_{n}"].data or "").strip():
                yield n, text, self[f"cost_{n}"].data, self[f"consequence_{n}"].data or ""


for _n in OPTIONS:
    setattr(
        AskForm,
        f"option_{_n}",
        StringField(
            lazy_gettext("Option %(n)s", n=_n),
            validators=[DataRequired(), SHORT] if _n <= 2 else [SHORT],
        ),
    )
    setattr(AskForm, f"cost_{_n}", AmountField(lazy_gettext("Cost to us"), validators=[Optional()]))
    setattr(
        AskForm,
        f"consequence_{_n}",
        StringField(lazy_gettext("What follows from it"), validators=[Length(max=400)]),
    )
