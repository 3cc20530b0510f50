"""Mappings of columns that people make and share: which column of a file is which field, and how
its days and amounts are written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.core.i18n import lazy_gettext as _
from portal.core.money import exponent, is_currency
from portal.core.plain import plain

from ..models import ImportMapping, Lifecycle
from .mapping import Bad, Cells, Fault, Shape, Stage, above, coded

MOST_TITLE, MOST_SOURCE = 60, 34
MOST_GROWTH = 100
NEEDED = ("external_id", "name")
FIELDS = {
    "external_id": _("Number in the other system"),
    "name": _("Name"),
    "parent": _("Number of the account above"),
    "segment": _("Segment"),
    "industry": _("Industry"),
    "country": _("Country"),
    "region": _("Region"),
    "lifecycle": _("Where the relation stands"),
    "customer_since": _("Customer since"),
    "renewal_on": _("Renewal: first day without it"),
    "arr": _("Contract amount"),
    "currency": _("Currency"),
    "product": _("Product"),
    "growth_potential": _("Growth potential in %"),
}
DATES = {
    "iso": _("2026-12-31"),
    "dmy": _("31/12/2026, 31.12.2026 or 31-12-2026"),
    "mdy": _("12/31/2026"),
    "ymd": _("2026/12/31"),
}
UNITS = {
    "one": _("whole units"),
    "minor": _("smallest units, such as cents"),
    "thousand": _("thousands"),
    "million": _("millions"),
}
PERIODS = {"year": _("for a year"), "month": _("for a month (times twelve)")}
DECIMALS = {"point": _("1,234.50"), "comma": _("1.234,50")}

_TIMES = {"one": Decimal(1), "thousand": Decimal(1000), "million": Decimal(10**6)}
_DAYS = {
    "iso": re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?"),
    "dmy": re.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"),
    "mdy": re.compile(r"(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4})"),
    "ymd": re.compile(r"(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})"),
}
_NUMBERS = {
    "point": re.compile(r"-?(?:\d+|\d{1,3}(?:[, '’]\d{3})+)(?:\.\d+)?"),
    "comma": re.compile(r"-?(?:\d+|\d{1,3}(?:[. '’]\d{3})+)(?:,\d+)?"),
}
_STAGES = {
    Lifecycle.PROSPECT: "prospect lead subscriber opportunity marketingqualifiedlead"
    " salesqualifiedlead prospetto suspect",
    Lifecycle.ONBOARDING: "onboarding starting demarrage avviamento",
    Lifecycle.ACTIVE: "active customer client cliente attivo actif evangelist",
    Lifecycle.RENEWAL: "renewal renouvellement rinnovo",
    Lifecycle.NOTICE_GIVEN: "noticegiven resilie disdetta",
    Lifecycle.LOST: "lost former churned perdu perso ancienclient formercustomer",
}
_STAGE_OF = {word: stage for stage, words in _STAGES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds which field (`fields`: field to column), and how days and amounts are
    written. `source` names the system whose numbers the accounts bear; no `currency`: that of the
    house, where no column says it.
    """

    fields: Mapping[str, str]
    source: str
    dates: str = "iso"
    decimal: str = "point"
    unit: str = "one"
    period: str = "year"
    currency: str = ""

    def document(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        names = ("source", "dates", "decimal", "unit", "period", "currency")
        return {"fields": dict(self.fields)} | {name: getattr(self, name) for name in names}


def objections(columns: Columns) -> dict[str, str]:
    """Say what is wrong with a mapping, by the field of the form that it concerns."""
    wrong: dict[str, str] = {}
    for name in NEEDED:
        if not columns.fields.get(name):
            wrong[name] = str(_("Say which column holds this: every account needs it."))
    if set(columns.fields) - set(FIELDS):
        wrong["fields"] = str(_("There is no such field."))
    if columns.currency and not is_currency(columns.currency):
        wrong["currency_code"] = str(_("There is no such currency."))
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", columns.source) or columns.source == "portal":
        wrong["source"] = str(_("Small letters, digits, full stops and dashes, such as crm-emea."))
    elif len(columns.source) > MOST_SOURCE:
        wrong["source"] = str(_("The text is too long."))
    for name, known in (("dates", DATES), ("decimal", DECIMALS), ("unit", UNITS)):
        if getattr(columns, name) not in known:
            wrong[name] = str(_("This is none of the words that the column may hold."))
    if columns.period not in PERIODS:
        wrong["period"] = str(_("This is none of the words that the column may hold."))
    return wrong


def key_of(title: str) -> str:
    """Give the name by which a mapping is found: its title in small letters and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", plain(title)).strip("-")[:MOST_TITLE]


def day_of(cells: Cells, column: str, *, dates: str) -> date | None:
    """Give a cell as a day, None where it is empty; a cell of a workbook says it as ISO 8601, so
    that is read whatever the file's own way is. `Bad` where it is none.
    """
    raw = cells.text(column, most=60)
    if not raw:
        return None
    found = _DAYS[dates].fullmatch(raw) or _DAYS["iso"].fullmatch(raw)
    if found is None:
        raise Bad(column, raw, "not_a_day")
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError as error:
        raise Bad(column, raw, "not_a_day") from error
    if not 1900 <= day.year <= 2200:
        raise Bad(column, raw, "not_a_day")
    return day


def amount_of(cells: Cells, column: str, *, columns: Columns, currency: str) -> int | None:
    """Give a cell as minor units of `currency` for a year, None where it is empty. `Bad` where it
    is no number as the file writes them, below zero, too large or too fine. A number of a workbook
    is one, whatever the file's own way is.
    """
    raw = cells.text(column, most=60)
    if not raw:
        return None
    way = "point" if cells.is_number(column) else columns.decimal
    if not _NUMBERS[way].fullmatch(raw):
        raise Bad(column, raw, "not_a_number")
    between, point = (".", ",") if way == "comma" else (",", ".")
    bare = re.sub(f"[ '’{between}]", "", raw).replace(point, ".")
    found = Decimal(bare) * (12 if columns.period == "month" else 1)
    if found < 0:
        raise Bad(column, raw, "negative")
    places = exponent(currency)
    units = found.scaleb(-places) if columns.unit == "minor" else found * _TIMES[columns.unit]
    if units > cells.limits.largest_arr:
        raise Bad(column, raw, "absurd")
    scaled = units.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise Bad(column, raw, "too_fine")
    return int(scaled)


def _currency(cells: Cells, columns: Columns) -> str:
    column = columns.fields.get("currency", "")
    code = cells.text(column, most=60).upper() if column else ""
    code = code or columns.currency
    if code and not is_currency(code):
        raise Bad(column, code, "unknown_currency")
    return code or cells.currency


def _stage_of(cells: Cells, column: str) -> str:
    """Give where the relation stands; nothing where the file does not say it."""
    raw = cells.text(column, most=60) if column else ""
    if not raw:
        return ""
    found = _STAGE_OF.get(re.sub(r"[^a-z]", "", plain(raw)))
    if found is None:
        raise Bad(column, raw, "unknown_word")
    return found.value


def _arr(cells: Cells, columns: Columns, currency: str | None) -> int | None:
    """Give the amount of a year; in a currency that is none it is only read as a number."""
    column = columns.fields.get("arr", "")
    if not column:
        return None
    known = currency or cells.currency
    return cells.tried(amount_of, cells, column, columns=columns, currency=known)


def _growth(cells: Cells, column: str) -> int | None:
    """Give a growth potential in whole percent, None where the file or the cell says none."""
    raw = cells.text(column, most=60).removesuffix("%").strip() if column else ""
    if not raw:
        return None
    if not re.fullmatch(r"\d{1,3}", raw, re.ASCII) or int(raw) > MOST_GROWTH:
        raise Bad(column, raw, "not_percent")
    return int(raw)


def _read(cells: Cells, columns: Columns) -> Stage:
    at = {name: columns.fields.get(name, "") for name in FIELDS}

    def text(name: str, most: int) -> str | None:
        if not at[name]:
            return ""
        return cells.tried(cells.text, at[name], most=most, needed=name in NEEDED)

    def day(name: str) -> date | None:
        return cells.tried(day_of, cells, at[name], dates=columns.dates) if at[name] else None

    currency = cells.tried(_currency, cells, columns)
    since, until = day("customer_since"), day("renewal_on")
    if since and since > cells.today:
        cells.note(Fault(at["customer_since"], since.isoformat(), "future"))
    if since and until and until < since:
        cells.note(Fault(at["renewal_on"], until.isoformat(), "before_start"))
    arr = _arr(cells, columns, currency)
    stage: Stage = {
        "external_id": text("external_id", 120),
        "above_external_id": above(cells, at["parent"], external_id=at["external_id"]),
        "name": text("name", 200),
        "industry": text("industry", 80),
        "country": coded(cells, at["country"]) if at["country"] else "",
        "region": text("region", 60),
        "segment": text("segment", 60),
        "lifecycle": cells.tried(_stage_of, cells, at["lifecycle"]),
        "natural_person": False,
        "currency": currency,
        "product": text("product", 120),
    }
    if since:
        stage["customer_since"] = since.isoformat()
    if until:
        stage["renewal_on"] = until.isoformat()
    if arr is not None:
        stage["arr_minor"] = arr
    growth = cells.tried(_growth, cells, at["growth_potential"])
    if growth is not None:
        stage["growth_potential"] = growth
    return stage


def shape_of(columns: Columns, mapping: ImportMapping = ImportMapping.OWN) -> Shape:
    """Give the shape of the files that a mapping reads. A mapping of people reads the columns that
    it names; of one that ships, only what every account needs must be there. The number in the
    other system comes first, in whatever order the database kept the fields.
    """
    named = list(dict.fromkeys(at for name in FIELDS if (at := columns.fields.get(name))))
    own = mapping is ImportMapping.OWN
    needs = named if own else [columns.fields[name] for name in NEEDED]
    return Shape(
        mapping,
        needs=tuple(needs),
        reads=tuple(name for name in named if name not in needs),
        basis=None,
        read=lambda cells: _read(cells, columns),
        source=columns.source,
    )


SHIPPED = {
    ImportMapping.HUBSPOT: Columns(
        # The customer's own annual revenue is not read: it is not what they pay us.
        {
            "external_id": "Record ID",
            "name": "Company name",
            "industry": "Industry",
            "country": "Country/Region",
            "region": "State/Region",
            "lifecycle": "Lifecycle Stage",
        },
        source="hubspot",
    ),
    ImportMapping.GENERIC: Columns({name: name for name in FIELDS}, source="generic"),
}
"""What ships, beside the shapes with rules of their own: a start for mappings of one's own."""

_START = {
    ImportMapping.SALESFORCE.value: Columns(
        {
            "external_id": "ID",
            "name": "NAME",
            "parent": "PARENTID",
            "industry": "INDUSTRY",
            "country": "BILLINGCOUNTRY",
            "region": "BILLINGSTATE",
        },
        source="salesforce",
    ),
    **{mapping.value: columns for mapping, columns in SHIPPED.items()},
}
STARTS = tuple(_START)
RESERVED = frozenset(mapping.value for mapping in ImportMapping)
"""Names of what ships: a saved mapping of such a name could not be told from it."""
_KNOWN_AS = {
    "external_id": "id accountid customerid customernumber number recordid kundennummer"
    " numeroclient nclient noclient codeclient refclient codicecliente ncliente",
    "name": "name account accountname company companyname customer nom cliente client societe"
    " raisonsociale ragionesociale kunde",
    "parent": "parent parentid parentaccount parentaccountid parentcompany parentcompanyid above"
    " societemere comptemere capogruppo muttergesellschaft",
    "segment": "segment segmento",
    "industry": "industry sector secteur settore branche",
    "country": "country countryregion billingcountry pays paese land nazione",
    "region": "region stateregion billingstate regione",
    "lifecycle": "lifecycle lifecyclestage status stage stato statut",
    "customer_since": "customersince since startdate start clientdepuis clientedal",
    "renewal_on": "renewalon renewal renewaldate enddate contractend echeance renouvellement"
    " rinnovo scadenza",
    "arr": "arr mrr annualamount amount contractvalue montant montantannuel importo canone",
    "currency": "currency currencyisocode devise valuta wahrung",
    "product": "product plan produit prodotto",
    "growth_potential": "growthpotential growth potential potentieldecroissance potentiel"
    " potenzialedicrescita potenziale whitespace",
}


def started(start: str, header: Sequence[str]) -> Columns | None:
    """Give a shipped mapping with those of its columns that a header has; None where `start` names
    none.
    """
    found = _START.get(start)
    return None if found is None else fitted(found, header)


def fitted(columns: Columns, header: Sequence[str]) -> Columns:
    """Give a mapping without the columns that a header has not, in the header's own spelling."""
    there = {name.casefold(): name for name in header}
    fields = {
        name: there[column.casefold()]
        for name, column in columns.fields.items()
        if column.casefold() in there
    }
    return from_document(columns.document() | {"fields": fields})


def suggested(header: Sequence[str]) -> Columns:
    """Guess from the names of the columns which field each holds; a person looks at it."""
    fields: dict[str, str] = {}
    for name, words in _KNOWN_AS.items():
        known = set(words.split())
        for column in header:
            bare = re.sub(r"[^a-z0-9]", "", plain(column))
            if bare in known and column not in fields.values():
                fields[name] = column
                break
    monthly = re.sub(r"[^a-z]", "", plain(fields.get("arr", ""))) == "mrr"
    return Columns(fields, source="", period="month" if monthly else "year")


def from_document(given: Mapping[str, Any]) -> Columns:
    """Give a mapping from plain JSON, as `Columns.document` makes it."""
    return Columns(**given)
