"""Shapes of the forms around a policy; what a policy says has a form of its own making."""

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.core.i18n import lazy_gettext


class SubmitForm(FlaskForm):
    """Handing a draft to those who publish."""

    why = TextAreaField(
        lazy_gettext("Why should the policy change?"),
        validators=[DataRequired(), Length(max=4000)],
    )


class ReasonForm(FlaskForm):
    """A decision with its reason."""

    reason = TextAreaField(lazy_gettext("Reason"), validators=[DataRequired(), Length(max=4000)])
