"""Shapes of the forms around a policy; what a policy says has a form of its own making."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.i18n import _, lazy_gettext


class SubmitForm(FlaskForm):
    """Handing a draft to those who publish."""

    why = TextAreaField(
        lazy_gettext("Why should the policy change?"),
        validators=[DataRequired(), Length(max=4000)],
    )


class ReasonForm(FlaskForm):
    """A decision with its reason."""

    reason = TextAreaField(lazy_gettext("Reason"), validators=[DataRequired(), Length(max=4000)])


class TryForm(FlaskForm):
    """A text, or a case, held against the routing rules."""

    words = TextAreaField(lazy_gettext("What a customer wrote"), validators=[Length(max=20_000)])
    account = StringField(lazy_gettext("Account, if there is one"), validators=[Length(max=400)])
    case = StringField(lazy_gettext("Or a case"), validators=[Length(max=400)])
    draft = HiddenField()

    def validate(self, extra_validators: Mapping[str, list[object]] | None = None) -> bool:
        """Ask for one of the two."""
        good = super().validate(extra_validators)
        if good and not (self.words.data or "").strip() and not (self.case.data or "").strip():
            self.words.errors = [_("Paste a text, or name a case below.")]
            return False
        return bool(good)
