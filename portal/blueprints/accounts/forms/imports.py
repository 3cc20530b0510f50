"""Shapes of the forms about files of accounts, and which column of them is which."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from portal.core.i18n import _, lazy_gettext
from portal.core.web import choices

from ..models import ColumnMapping, ImportMapping
from ..rules import columns as cols
from ..rules.codes import BASES
from ..rules.text import tidy

SAVED, BY_HAND = "saved:", "columns"
SHAPES = {
    ImportMapping.SALESFORCE: lazy_gettext("Salesforce accounts"),
    ImportMapping.TELCO: lazy_gettext("Subscribers with monthly charges"),
    ImportMapping.HUBSPOT: lazy_gettext("HubSpot companies"),
    ImportMapping.GENERIC: lazy_gettext("Columns named as our own fields"),
}
ENCODINGS = {
    "cp1252": lazy_gettext("Western European (Windows-1252)"),
    "iso8859-15": lazy_gettext("Western European (ISO 8859-15)"),
    "mac-roman": lazy_gettext("Western European (Macintosh)"),
    "cp1250": lazy_gettext("Central European (Windows-1250)"),
    "cp1251": lazy_gettext("Cyrillic (Windows-1251)"),
    "cp1253": lazy_gettext("Greek (Windows-1253)"),
    "cp1254": lazy_gettext("Turkish (Windows-1254)"),
    "cp1255": lazy_gettext("Hebrew (Windows-1255)"),
    "cp1256": lazy_gettext("Arabic (Windows-1256)"),
    "gb18030": lazy_gettext("Chinese, simplified (GB 18030)"),
    "big5": lazy_gettext("Chinese, traditional (Big5)"),
    "shift-jis": lazy_gettext("Japanese (Shift JIS)"),
    "euc-kr": lazy_gettext("Korean (EUC-KR)"),
}
"""How a text without a mark may be written; which, only whoever saved it knows."""


class ImportForm(FlaskForm):
    """A file of accounts."""

    file = FileField(lazy_gettext("CSV file or XLSX workbook"), validators=[FileRequired()])
    mapping = SelectField(
        lazy_gettext("Shape of the file"),
        default="",
    )
    basis = SelectField(
        lazy_gettext("What its revenue counts"),
        choices=choices([("", lazy_gettext("as the shape says")), *BASES.items()]),
        default="",
    )
    encoding = SelectField(
        lazy_gettext("Encoding of a CSV file"),
        choices=choices([("", "UTF-8"), *ENCODINGS.items()]),
        default="",
    )
    dry_run = BooleanField(lazy_gettext("Check only, write nothing"), default=True)

    def offer(self, saved: Iterable[ColumnMapping]) -> None:
        """Offer the shapes that ship, the saved mappings, and to map the columns now."""
        self.mapping.choices = choices(
            [
                ("", _("find out from the header")),
                *((mapping.value, str(text)) for mapping, text in SHAPES.items()),
                *((f"{SAVED}{row.name}", row.title) for row in saved),
                (BY_HAND, _("I say which column is which")),
            ]
        )


WRITTEN = {
    "dates": cols.DATES,
    "decimal": cols.DECIMALS,
    "unit": cols.UNITS,
    "period": cols.PERIODS,
}


class ColumnsForm(FlaskForm):
    """Which column of a file is which field, and how it writes days and amounts."""

    external_id = SelectField(cols.FIELDS["external_id"], default="")
    name = SelectField(cols.FIELDS["name"], default="")
    parent = SelectField(cols.FIELDS["parent"], default="")
    segment = SelectField(cols.FIELDS["segment"], default="")
    industry = SelectField(cols.FIELDS["industry"], default="")
    country = SelectField(cols.FIELDS["country"], default="")
    region = SelectField(cols.FIELDS["region"], default="")
    lifecycle = SelectField(cols.FIELDS["lifecycle"], default="")
    customer_since = SelectField(cols.FIELDS["customer_since"], default="")
    renewal_on = SelectField(cols.FIELDS["renewal_on"], default="")
    arr = SelectField(cols.FIELDS["arr"], default="")
    currency = SelectField(cols.FIELDS["currency"], default="")
    product = SelectField(cols.FIELDS["product"], default="")
    growth_potential = SelectField(cols.FIELDS["growth_potential"], default="")
    dates = SelectField(lazy_gettext("Days are written"), choices=choices(cols.DATES.items()))
    decimal = SelectField(
        lazy_gettext("Amounts are written"), choices=choices(cols.DECIMALS.items())
    )
    unit = SelectField(lazy_gettext("Amounts are in"), choices=choices(cols.UNITS.items()))
    period = SelectField(lazy_gettext("Amounts are"), choices=choices(cols.PERIODS.items()))
    currency_code = StringField(
        lazy_gettext("Currency where no column says it"),
        validators=[Length(max=3)],
        filters=[lambda code: (code or "").strip().upper()],
    )
    source = StringField(
        lazy_gettext("System that gave the numbers"),
        validators=[DataRequired(), Length(max=cols.MOST_SOURCE)],
        filters=[lambda word: (word or "").strip().lower()],
    )
    title = StringField(
        lazy_gettext("Name of the mapping"),
        validators=[DataRequired(), Length(max=cols.MOST_TITLE)],
        filters=[tidy],
    )

    def offer(self, header: Iterable[str]) -> None:
        """Offer the columns of a file to each field."""
        named = list(dict.fromkeys(name for name in header if name))
        for field in cols.FIELDS:
            self[field].choices = choices(
                [("", _("not in this file")), *((name, name) for name in named)]
            )

    def columns(self) -> cols.Columns:
        """Give the mapping as it was chosen so far; a field that was not, is left out."""
        chosen = {name: self[name].data for name in cols.FIELDS}
        return cols.Columns(
            {name: column for name, column in chosen.items() if column},
            source=self.source.data or "",
            **{
                name: self[name].data if self[name].data in known else next(iter(known))
                for name, known in WRITTEN.items()
            },
            currency=self.currency_code.data or "",
        )


def shown(columns: cols.Columns, title: str) -> dict[str, str]:
    """Give the values with which a form shows a mapping."""
    values = columns.document()
    fields, code = values.pop("fields"), values.pop("currency")
    return {**fields, **values, "currency_code": code, "title": title}
