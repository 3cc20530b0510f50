"""Shapes of the forms about people."""

from collections.abc import Callable
from itertools import product
from typing import Any, ClassVar

from flask import request
from flask_security.forms import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    ResetPasswordForm,
)
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    DateTimeLocalField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, Email, EqualTo, Length, NumberRange, Optional

from portal.core import clock
from portal.core.access import Grade, Role
from portal.core.i18n import LANGUAGES, _, lazy_gettext
from portal.core.web import choices

LONGEST_ADDRESS = 254
roles = {
    Role.CSM: lazy_gettext("Customer success manager"),
    Role.ACCOUNT_MANAGER: lazy_gettext("Account manager"),
    Role.SUPPORT: lazy_gettext("Support"),
    Role.ESCALATION_MANAGER: lazy_gettext("Escalation manager"),
    Role.FINANCE: lazy_gettext("Finance"),
    Role.LEGAL: lazy_gettext("Legal"),
    Role.EXECUTIVE: lazy_gettext("Executive"),
    Role.LEADERSHIP: lazy_gettext("Leadership"),
    Role.PROGRAMME_MANAGER: lazy_gettext("Programme manager"),
    Role.CONTRIBUTOR: lazy_gettext("Contributor"),
    Role.PRIVACY: lazy_gettext("Data protection"),
    Role.AUDITOR: lazy_gettext("Auditor"),
    Role.ADMIN: lazy_gettext("Administrator"),
}
grades = {
    Grade.STAFF: lazy_gettext("Staff"),
    Grade.MANAGER: lazy_gettext("Manager"),
    Grade.DIRECTOR: lazy_gettext("Director"),
    Grade.VP: lazy_gettext("Vice president"),
    Grade.CXO: lazy_gettext("Executive board"),
}

# What the library would say of passwords, in the words of this house.
MESSAGES = {
    "GENERIC_AUTHN_FAILED": (
        lazy_gettext("This address and this password do not belong together."),
        "error",
    ),
    "PASSWORD_RESET_REQUEST": (
        lazy_gettext("If %(email)s belongs to an account, a mail with a link is on its way."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (
        lazy_gettext("This link held for %(within)s, and that is over. Have a new one sent."),
        "error",
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (
        lazy_gettext("This link does not work any more; it works once. Have a new one sent."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (
        lazy_gettext("Your new password is set. Sign in with it."),
        "success",
    ),
    "PASSWORD_CHANGE": (
        lazy_gettext("Your password is changed; your other sessions have ended."),
        "success",
    ),
    "PASSWORD_IS_THE_SAME": (
        lazy_gettext("Choose another password than the one you have."),
        "error",
    ),
    "PASSWORD_INVALID_LENGTH": (
        lazy_gettext("A password has at least %(length)s characters."),
        "error",
    ),
    "RETYPE_PASSWORD_MISMATCH": (
        lazy_gettext("This is not the same password as above."),
        "error",
    ),
    "INVALID_PASSWORD": (lazy_gettext("This is not your password."), "error"),
    "REAUTHENTICATION_SUCCESSFUL": (lazy_gettext("Thank you: it is you."), "info"),
}


class SignIn(LoginForm):
    """Sign-in: throttled by name and address, and without a token that outlives the session."""

    remember = None  # type: ignore[assignment]
    may_try: ClassVar[Callable[..., bool]]

    def validate(self, **kwargs: object) -> bool:
        """Check name and password, unless there were too many tries."""
        allowed = type(self).may_try(
            name=self.email.data or "", address=request.remote_addr or "", now=clock.now()
        )
        if not allowed:
            self.form_errors.append(
                _("Too many tries. Please wait a quarter of an hour and try again.")
            )
            return False
        return bool(super().validate(**kwargs))


class Forgot(ForgotPasswordForm):
    """A wish for a new password: says, does and takes the same for known and unknown addresses."""

    may_try: ClassVar[Callable[..., bool]]
    asked: ClassVar[Callable[[str], None]]

    def validate(self, **kwargs: object) -> bool:
        """Leave every well-formed wish to a job; the library answers as for somebody unknown."""
        address = (self.email.data or "").strip()
        self.email.errors = []
        if "@" not in address or len(address) > LONGEST_ADDRESS:
            return False
        if type(self).may_try(name=address, address=request.remote_addr or "", now=clock.now()):
            type(self).asked(address)
        return False


class Reset(ResetPasswordForm):
    """A new password, by the link in a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.label.text = _("New password")
        self.password_confirm.label.text = _("New password, once more")


class Change(ChangePasswordForm):
    """A new password in place of the one that is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.label.text = _("Present password")
        self.new_password.label.text = _("New password")
        self.new_password_confirm.label.text = _("New password, once more")


class PersonForm(FlaskForm):
    """Somebody new."""

    name = StringField(lazy_gettext("Name"), validators=[DataRequired(), Length(max=120)])
    email = StringField(
        lazy_gettext("E-mail"), validators=[DataRequired(), Email(), Length(max=254)]
    )
    title = StringField(lazy_gettext("Job title"), validators=[Length(max=120)])
    language = SelectField(lazy_gettext("Language"), choices=choices(LANGUAGES.items()))
    grade = SelectField(lazy_gettext("Grade"), choices=choices((g.value, grades[g]) for g in Grade))
    role = SelectField(
        lazy_gettext("First role"), choices=choices((r.value, roles[r]) for r in Role)
    )
    password = PasswordField(
        lazy_gettext("First password"), validators=[DataRequired(), Length(min=12, max=128)]
    )


class FirstForm(FlaskForm):
    """The first administrator of an empty installation."""

    name = StringField(lazy_gettext("Your name"), validators=[DataRequired(), Length(max=120)])
    email = StringField(
        lazy_gettext("E-mail"), validators=[DataRequired(), Email(), Length(max=254)]
    )
    language = SelectField(lazy_gettext("Language"), choices=choices(LANGUAGES.items()))
    password = PasswordField(
        lazy_gettext("Password"), validators=[DataRequired(), Length(min=12, max=128)]
    )
    again = PasswordField(
        lazy_gettext("Password, once more"),
        validators=[
            DataRequired(),
            EqualTo("password", lazy_gettext("This is not the same password as above.")),
        ],
    )


class RoleForm(FlaskForm):
    """A role to give or to take."""

    role = SelectField(lazy_gettext("Role"), choices=choices((r.value, roles[r]) for r in Role))
    gives = SelectField(
        lazy_gettext("What"),
        choices=choices([("1", lazy_gettext("give")), ("0", lazy_gettext("take"))]),
    )


class OrganisationForm(FlaskForm):
    """The organisation, asked at the first sign-in."""

    name = StringField(
        lazy_gettext("Name of the organisation"), validators=[DataRequired(), Length(max=120)]
    )
    zone = StringField(lazy_gettext("Time zone"), validators=[DataRequired(), Length(max=64)])
    currency = StringField(
        lazy_gettext("Reporting currency"), validators=[DataRequired(), Length(min=3, max=3)]
    )
    language = SelectField(lazy_gettext("Default language"), choices=choices(LANGUAGES.items()))
    fiscal_month = IntegerField(
        lazy_gettext("First month of the fiscal year"), validators=[NumberRange(1, 12)]
    )
    quarter_names = StringField(
        lazy_gettext("Names of the four quarters"), validators=[DataRequired(), Length(max=40)]
    )
    rounding = SelectField(
        lazy_gettext("Amounts are rounded"),
        choices=choices(
            [
                ("half_up", lazy_gettext("half a cent upwards")),
                ("half_even", lazy_gettext("half a cent to the even cent")),
            ]
        ),
    )
    jurisdictions = StringField(
        lazy_gettext("Countries whose law you work under"), validators=[Length(max=400)]
    )


class LogoForm(FlaskForm):
    """The organisation's logo."""

    logo = FileField(lazy_gettext("Picture (PNG, JPEG or WebP)"), validators=[FileRequired()])


class PaperWordsForm(FlaskForm):
    """What papers say at the top left: the organisation's own words, for each level and language a
    field `level_language`; empty where ours are to stand.
    """


LEVELS = {
    "customer": lazy_gettext("For the customer"),
    "internal": lazy_gettext("Internal"),
    "confidential": lazy_gettext("Confidential"),
    "restricted": lazy_gettext("Restricted"),
}
"""The levels that papers say, the mildest first."""
for _level, _code in product(LEVELS, LANGUAGES):
    setattr(
        PaperWordsForm,
        f"{_level}_{_code}",
        StringField(LANGUAGES[_code], validators=[Length(max=80)]),
    )


class EntityForm(FlaskForm):
    """A company of the organisation."""

    name = StringField(lazy_gettext("Name"), validators=[DataRequired(), Length(max=120)])
    country = StringField(
        lazy_gettext("Country"), validators=[DataRequired(), Length(min=2, max=2)]
    )
    currency = StringField(
        lazy_gettext("Currency"), validators=[DataRequired(), Length(min=3, max=3)]
    )
    since = DateField(lazy_gettext("Invoices since"), validators=[Optional()])


class AbsenceForm(FlaskForm):
    """Who stands in for a person, and when they are away."""

    substitute_id = SelectField(lazy_gettext("Substitute"), coerce=lambda v: int(v) if v else None)
    absent_from = DateTimeLocalField(
        lazy_gettext("Away from"), format="%Y-%m-%dT%H:%M", validators=[Optional()]
    )
    absent_until = DateTimeLocalField(
        lazy_gettext("Back on"), format="%Y-%m-%dT%H:%M", validators=[Optional()]
    )


class TokenForm(FlaskForm):
    """A token for a program."""

    name = StringField(lazy_gettext("What it is for"), validators=[DataRequired(), Length(max=80)])
    scopes = SelectMultipleField(lazy_gettext("What it may do"), validators=[DataRequired()])
    days = IntegerField(
        lazy_gettext("Days until it expires"), default=90, validators=[NumberRange(1, 365)]
    )
