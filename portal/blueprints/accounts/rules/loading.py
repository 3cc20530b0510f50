"""Reading a table of exchange rates: line by line, or a day a line as the ECB publishes it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from portal.core.i18n import _
from portal.core.money import is_currency

from .signals import Misread, Wrong

COLUMNS = ("currency", "target", "day", "rate")
ECB_BASE, ECB_DAY = "EUR", "date"
NONE = ("", "n/a", "-")
MOST_RATES, MOST_WRONG = 60_000, 200
FINEST, MOST = Decimal("0.00000001"), Decimal(10**9)
Line = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class DayRate:
    """What one unit of a currency was worth in another on a day."""

    currency: str
    target: str
    day: date
    rate: Decimal


def shape_of(names: Iterable[str]) -> str:
    """Say how a table is laid out by its header: `plain`, `ecb`, or nothing that we read."""
    known = {name.casefold() for name in names}
    if known.issuperset(COLUMNS):
        return "plain"
    return "ecb" if ECB_DAY in known and any(is_currency(name.upper()) for name in known) else ""


def read(
    lines: Iterable[Line], *, shape: str, house: str, since: date, today: date
) -> tuple[list[DayRate], list[Wrong]]:
    """Give the rates since a day, each pair once a day, and what is wrong. A table of the ECB says
    what a euro was worth: of each line the rates to and from the currency of the house are made.
    Ends with the first line too many, of rates or of what is wrong.
    """
    found: dict[tuple[str, str, date], DayRate] = {}
    wrong: list[Wrong] = []
    for line, cells in lines:
        if len(found) > MOST_RATES or len(wrong) > MOST_WRONG:
            break
        try:
            day = _day(cells.get("day" if shape == "plain" else ECB_DAY, ""), today=today)
            if day < since:
                continue
            made = _plain(cells, day) if shape == "plain" else _ecb(cells, day, house=house)
            for one in made:
                known = found.setdefault((one.currency, one.target, one.day), one)
                if known.rate != one.rate:
                    why = _("This pair has two rates on one day.")
                    wrong.append(Wrong(line, "day", day.isoformat(), why))
        except Misread as error:
            wrong.append(Wrong(line, error.column, error.value[:80], error.why))
    return list(found.values()), wrong


def _day(given: str, *, today: date) -> date:
    word = given.strip()
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            day = datetime.strptime(word, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if day > today:
            raise Misread("day", word, _("This day is still to come."))
        if day.year < 1990:
            raise Misread("day", word, _("This is before 1990."))
        return day
    raise Misread("day", word, _("Write the day like 2026-06-17."))


def _rate(column: str, given: str) -> Decimal:
    try:
        rate = Decimal(given.strip())
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not FINEST <= rate <= MOST:
        raise Misread(column, given, _("A rate is a number above zero, with a point."))
    return rate.quantize(FINEST)


def _plain(cells: dict[str, str], day: date) -> Sequence[DayRate]:
    pair = []
    for name in COLUMNS[:2]:
        code = cells.get(name, "").strip().upper()
        if not is_currency(code):
            raise Misread(name, cells.get(name, ""), _("There is no such currency."))
        pair.append(code)
    if pair[0] == pair[1]:
        raise Misread("target", pair[1], _("A currency has no rate to itself."))
    return [DayRate(pair[0], pair[1], day, _rate("rate", cells.get("rate", "")))]


def _ecb(cells: dict[str, str], day: date, *, house: str) -> Iterator[DayRate]:
    a_euro: dict[str, Decimal] = {ECB_BASE: Decimal(1)}
    for name, given in cells.items():
        code = name.upper()
        if is_currency(code) and given.strip().casefold() not in NONE:
            a_euro[code] = _rate(code, given)
    if house not in a_euro:
        raise Misread(house, "", _("The line has no rate of our reporting currency."))
    for code, many in a_euro.items():
        if code != house:
            yield DayRate(house, code, day, (many / a_euro[house]).quantize(FINEST))
            turned = (a_euro[house] / many).quantize(FINEST)
            if turned:
                yield DayRate(code, house, day, turned)
