"""What the columns of a known file mean: a row becomes an account or a fault."""

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from babel import Locale

from portal.blueprints.accounts.models import Basis, ImportMapping, Lifecycle
from portal.blueprints.policies.rules.value import Limits
from portal.core.i18n import lazy_gettext as _
from portal.core.money import exponent
from portal.core.workbooks import Failed, Number

Stage = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")
MOST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: column, value and reason (a key of `REASONS`)."""

    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A file that we know: the columns it must have, those read too, and the basis of its revenue
    (None: it brings none).
    """

    mapping: ImportMapping
    needs: tuple[str, ...]
    reads: tuple[str, ...]
    basis: Basis | None
    read: "Callable[[Cells], Stage | None]"
    source: str
    """The system whose numbers its accounts bear: two files of one source speak of the same."""


Faults = tuple[Fault, ...]
"""All that is wrong with one row, in the order in which it is read."""

REASONS = {
    "missing": _("This cell must not be empty."),
    "too_long": _("The text is too long."),
    "control": _("The text holds characters that cannot be shown."),
    "not_a_number": _("This is not a number."),
    "negative": _("A number below zero makes no sense here."),
    "absurd": _("This amount is not believable. Check the decimal point."),
    "too_fine": _("The currency has no amounts as small as this."),
    "not_percent": _("This must be a whole number of percent from 0 to 100."),
    "not_whole": _("This must be a whole number of months."),
    "unknown_word": _("This is none of the words that the column may hold."),
    "unknown_country": _("We know no country of this name or code."),
    "formula": _("The formula in this cell failed or was never reckoned; only values are read."),
    "not_a_day": _("This is not a day as the mapping says they are written."),
    "future": _("This day is still to come."),
    "before_start": _("The renewal is before the start."),
    "unknown_currency": _("There is no such currency."),
    "other_currency": _("The account is kept in another currency; its amount was not converted."),
    "twice": _("The same customer stands in the file twice."),
    "cells": _("The row has more or fewer cells than the header."),
}

UNREADABLE = {
    "zip": _("This is a ZIP archive, not an Excel workbook. Unpack it first."),
    "workbook": _("This is an Office document; only CSV is read here. Save it as CSV first."),
    "xlsb": _("This is a binary Excel workbook. Save it as XLSX or CSV first."),
    "office": _("This is an old Office document. Save it as XLSX or CSV first."),
    "password": _("The workbook is protected by a password. Save it without one first."),
    "broken": _("The workbook is damaged. Open it in Excel, save it again, and send that file."),
    "bomb": _("The workbook unpacks to more than this portal takes. Save its table as CSV."),
    "sheets": _("The workbook has more than 200 sheets."),
    "no_sheet": _("The workbook has no sheet that can be seen."),
    "pdf": _("This is a PDF, not a table."),
    "gzip": _("This is a compressed file. Unpack it first."),
    "sqlite": _("This is a database, not a table."),
    "image": _("This is a picture, not a table."),
    "binary": _("This is not text. Save the table as CSV in UTF-8."),
    "empty": _("The file is empty."),
    "encoding": _(
        "The text is not in the chosen encoding (UTF-8 where none is). Choose the one it was saved"
        " in, or save it as UTF-8."
    ),
    "long_line": _("A line is longer than a million characters."),
    "long_cell": _(
        "A cell is longer than 130,000 characters: perhaps a quotation mark is not closed."
    ),
    "quotes": _("A quotation mark is not closed, or stands where none may."),
    "columns": _("The table has more than 1,000 columns."),
    "header": _("The header does not fit."),
    "rows": _("The file has more rows than this portal takes at once."),
    "size": _("The file is larger than this portal takes at once."),
    "bad_rows": _("Rows are wrong, so nothing was written."),
}


class Bad(ValueError):  # noqa: N818 - an answer about a cell
    """A cell that cannot be read."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = Fault(column, value[:200], reason)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one row by the header's names in any case, and how amounts are read; `faults`
    gathers what is wrong with them.
    """

    by_name: Mapping[str, str]
    currency: str
    limits: Limits
    today: date
    faults: list[Fault] = field(default_factory=list)

    def tried(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Read a cell; None where it is bad, which is noted, so that the rest is read all the
        same.
        """
        try:
            return read(*args, **kwargs)
        except Bad as bad:
            self.note(bad.fault)
            return None

    def note(self, fault: Fault) -> None:
        """Note what is wrong with a cell, once."""
        if fault not in self.faults:
            self.faults.append(fault)

    def text(self, column: str, *, most: int, needed: bool = False) -> str:
        """Give a cell's words, tidied; `Bad` where they are missing, too long or unprintable."""
        raw = self.by_name.get(column.casefold(), "")
        if isinstance(raw, Failed):
            raise Bad(column, str(raw), "formula")
        words = " ".join(unicodedata.normalize("NFC", raw).split())
        if needed and not words:
            raise Bad(column, raw, "missing")
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in words):
            raise Bad(column, ascii(raw)[1:-1], "control")
        if len(words) > most:
            raise Bad(column, raw, "too_long")
        return words

    def is_number(self, column: str) -> bool:
        """Say whether a cell of a workbook holds a number, and no text that looks like one."""
        return isinstance(self.by_name.get(column.casefold()), Number)

    def number(self, column: str) -> Decimal:
        """Give a cell as a number of zero or more."""
        raw = self.text(column, most=60, needed=True)
        try:
            found = Decimal(raw)
        except InvalidOperation as error:
            raise Bad(column, raw, "not_a_number") from error
        if not found.is_finite():
            raise Bad(column, raw, "not_a_number")
        if found < 0:
            raise Bad(column, raw, "negative")
        return found

    def amount(self, column: str, *, largest: Decimal) -> int:
        """Give a cell as minor units of the currency, up to `largest`."""
        found = self.number(column)
        if found > largest:
            raise Bad(column, str(found), "absurd")
        scaled = found.scaleb(exponent(self.currency))
        if scaled != scaled.to_integral_value():
            raise Bad(column, str(found), "too_fine")
        return int(scaled)

    def word(self, column: str, known: Mapping[str, Any]) -> Any:
        """Give what a cell's word stands for."""
        raw = self.text(column, most=60)
        if raw.casefold() not in known:
            raise Bad(column, raw, "unknown_word")
        return known[raw.casefold()]


@lru_cache
def _countries() -> dict[str, str]:
    """Know countries by code and by their English, French and Italian names."""
    known = {"usa": "US", "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB"}
    for language in ("en", "fr", "it"):
        for code, name in dict(Locale(language).territories).items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "QO", "ZZ"}:
                known[str(name).casefold()] = code
    known.update({code.casefold(): code for code in set(known.values())})
    return known


def country(words: str) -> str | None:
    """Give the ISO 3166 code of a country's code or name, None where we know none."""
    return _countries().get(words.strip().casefold())


def coded(cells: Cells, column: str) -> str | None:
    """Give the code of the country that a cell names; empty where it names none, None where it is
    bad.
    """
    named = cells.tried(cells.text, column, most=80)
    code = country(named) if named else named
    if named and code is None:
        cells.note(Fault(column, named, "unknown_country"))
    return code


def above(cells: Cells, column: str, *, external_id: str) -> str | None:
    """Give the number of the account above, in the other system; empty where a row names none, or
    itself, as some systems do for the topmost.
    """
    named = cells.tried(cells.text, column, most=120) if column else ""
    return "" if named and named == cells.by_name.get(external_id.casefold(), "").strip() else named


def read_salesforce(cells: Cells) -> Stage | None:
    """Give what a row of Salesforce says; None where it was deleted there."""
    if (cells.tried(cells.text, "ISDELETED", most=10) or "").casefold() == "true":
        return None
    kinds = {"customer": Lifecycle.ACTIVE, "prospect": Lifecycle.PROSPECT}
    kind = (cells.tried(cells.text, "TYPE", most=60) or "").casefold()
    return {
        "external_id": cells.tried(cells.text, "ID", most=120, needed=True),
        "name": cells.tried(cells.text, "NAME", most=200, needed=True),
        "above_external_id": above(cells, "PARENTID", external_id="ID"),
        "industry": cells.tried(cells.text, "INDUSTRY", most=80),
        "country": coded(cells, "BILLINGCOUNTRY"),
        "region": (cells.tried(cells.text, "BILLINGSTATE", most=60) or "").strip("?"),
        # CRM types are free words ("Partner"): only these two say where the relation stands.
        "lifecycle": kinds.get(kind, Lifecycle.ACTIVE).value,
        "natural_person": False,
        "segment": "",
    }


_TERMS = {"month-to-month": 0, "one year": 12, "two year": 24}
_YES_NO = {"yes": True, "no": False}


def read_subscriber(cells: Cells) -> Stage:
    """Give what a row of a subscriber with monthly charges says."""
    most = cells.limits.largest_arr
    external = cells.tried(cells.text, "customerID", most=120, needed=True)
    tenure = cells.tried(_months, cells, "tenure")
    monthly = cells.tried(cells.amount, "MonthlyCharges", largest=most / 12)
    # A customer of less than a month has not been charged yet: an empty total is zero.
    fresh = tenure == 0 and cells.tried(cells.text, "TotalCharges", most=60) == ""
    total = 0 if fresh else cells.tried(cells.amount, "TotalCharges", largest=most)
    term = cells.tried(cells.word, "Contract", _TERMS)
    gone = cells.tried(cells.word, "Churn", _YES_NO)
    online = cells.tried(cells.text, "InternetService", most=60) or ""
    return {
        "external_id": external,
        "name": external,
        "industry": "",
        "country": "",
        "region": "",
        "lifecycle": (Lifecycle.LOST if gone else Lifecycle.ACTIVE).value,
        "natural_person": True,
        "segment": "consumer",
        "months": tenure,
        "monthly_minor": monthly,
        "total_minor": total,
        "term_months": term,
        "product": "" if online.casefold() == "no" else online,
    }


def _months(cells: Cells, column: str) -> int:
    found = cells.number(column)
    if found != found.to_integral_value() or found > MOST_MONTHS:
        raise Bad(column, str(found), "not_whole")
    return int(found)


def shifted(month: date, months: int) -> date:
    """Give the first day of the month some months later (or, below zero, earlier)."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def spread(total: int, months: int, *, last: date, recent: int = 12) -> list[tuple[date, int]]:
    """Spread a total evenly over the months up to `last`: one line for each of the `recent` ones,
    and one at the first month for all that is older. The sum is exact.
    """
    if not total:
        return []
    months = max(1, months)
    each = total // months
    shown = min(months, recent)
    answer = [(shifted(last, -i), each) for i in reversed(range(shown))]
    rest = total - each * shown
    if months > shown:
        return [(shifted(last, 1 - months), rest), *answer]
    first, amount = answer[0]
    return [(first, amount + rest), *answer[1:]]


def term_ends(start: date, *, term_months: int, today: date) -> date | None:
    """Give the end of the running term of a contract that renews itself; None without a term."""
    if not term_months:
        return None
    passed = (today.year - start.year) * 12 + today.month - start.month
    terms = math.floor(passed / term_months) + 1
    return shifted(start, terms * term_months)
