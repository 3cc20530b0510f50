"""What a cell's number says: a number, a date, a time."""

import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from .archive import elements

DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
SHARE_FORMATS = frozenset((9, 10))
TIME_FORMATS = frozenset((*range(18, 22), *range(45, 48)))
# Quoted words, escaped signs and what stands in brackets say nothing of dates.
BESIDE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC)
LAST_SERIAL = 2_958_465
DAYS_TO_1904 = 1_462
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Styles:
    """Which cell formats show dates, which a time alone, which a share of a hundred, and where the
    days begin.
    """

    dates: frozenset[int]
    times: frozenset[int]
    shares: frozenset[int]
    since_1904: bool


def styles_of(archive: zipfile.ZipFile, path: str | None, *, since_1904: bool) -> Styles:
    """Read which cell formats of a workbook show dates."""
    codes: dict[int, str] = {}
    formats: list[int] = []
    inside = False
    for tag, said in elements(archive, path) if path else []:
        if tag == "numFmt":
            codes[whole(said.get("numFmtId"))] = said.get("formatCode", "")
        elif tag in {"cellXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            formats.append(whole(said.get("numFmtId")))
    dates = {i for i, f in enumerate(formats) if _shows(f, codes, "dmyhs", DATE_FORMATS)}
    days = {i for i in dates if _shows(formats[i], codes, "dy", DATE_FORMATS - TIME_FORMATS)}
    shares = {i for i, f in enumerate(formats) if _shows(f, codes, "%", SHARE_FORMATS)}
    return Styles(frozenset(dates), frozenset(dates - days), frozenset(shares - dates), since_1904)


def _shows(number: int, codes: dict[int, str], signs: str, known: frozenset[int]) -> bool:
    """Say whether a format shows any of some parts of a date, or another sign."""
    if number in codes:
        plain = BESIDE.sub("", codes[number].partition(";")[0]).lower()
        return "general" not in plain and any(sign in plain for sign in signs)
    return number in known


def whole(text: str | None) -> int:
    """Give a whole number of at most nine digits, 0 where it is none."""
    return int(text) if text and text.isdecimal() and len(text) <= MOST_DIGITS else 0


@lru_cache(4096)
def column_of(letters: str) -> int:
    """Give the number of a column, 0 for A."""
    found = 0
    for sign in letters:
        found = found * 26 + ord(sign) - 64
    return found - 1


def number_of(text: str) -> str:
    """Give a number as a sheet shows it: 15 digits at most, without an exponent."""
    if len(text) <= 15 and "E" not in text and "e" not in text:
        return text
    try:
        short = format(float(text), ".15g")
    except ValueError:
        return text
    if "e" not in short:
        return short
    plain = format(float(text), ".20f") if abs(float(text)) < 1 else format(float(text), ".0f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def share_of(text: str) -> str:
    """Give a share of one as a share of a hundred: 15% for 0.15; as it stands where it is none."""
    try:
        hundred = Decimal(number_of(text)) * 100
    except InvalidOperation:
        return text
    return f"{hundred.normalize():f}%"


def date_of(text: str, *, since_1904: bool, time_alone: bool) -> str:
    """Give a day's number as ISO 8601: a date, with its time where it has one, or a time alone; as
    it stands where it is no day.
    """
    try:
        serial = float(text)
    except ValueError:
        return text
    if not 0 <= serial <= LAST_SERIAL - since_1904 * DAYS_TO_1904:
        return number_of(text)
    if time_alone and serial < 1:
        return (EPOCH + timedelta(seconds=round(serial * 86_400))).time().isoformat()
    # The first day is 1; 1900 was counted as a leap year, which it was not.
    first = EPOCH_1904 if since_1904 else EPOCH + timedelta(days=serial < 60)
    found = first + timedelta(days=int(serial), seconds=round(serial % 1 * 86_400))
    whole_day = not (found.hour or found.minute or found.second)
    return found.date().isoformat() if whole_day else found.replace(tzinfo=None).isoformat()
