"""The public holidays of countries, from a library's data."""

import sys
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import holidays as public_holidays
from holidays.registry import COUNTRIES

from portal.core.i18n import _

CODES = frozenset(names[1] for names in COUNTRIES.values())


def _load_countries_singly() -> None:
    """Let the library load the countries that are asked for: else the first one brings all 250
    with it, 16 MB and a third of a second, because their package imports every one of them.
    """
    if "holidays.countries" not in sys.modules:
        package = ModuleType("holidays.countries")
        package.__path__ = [str(Path(public_holidays.__file__).parent / "countries")]
        sys.modules[package.__name__] = package


_load_countries_singly()


def knows_holidays(country: str) -> bool:
    """Say whether the public holidays of a country are known, by its ISO 3166 code in capitals."""
    return country in CODES


@lru_cache(maxsize=2048)
def country_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """Give the public holidays of a country in a year; ValueError where none are known."""
    try:
        found = public_holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError as error:
        raise ValueError(
            _("No public holidays are known for %(country)s.", country=repr(country))
        ) from error
    return frozenset(day for day in found if day.year == year)
