"""What is wrong with a policy document, in words, at the place where it is."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.core.i18n import _

from .base import Document


@dataclass(frozen=True)
class Problem:
    """What must be put right before a version can be submitted; `path` is where, "" is all of
    it.
    """

    path: str
    text: str


def read(shape: type[Document], body: Mapping[str, Any]) -> tuple[Document | None, list[Problem]]:
    """Read a draft: the document, or what is wrong with it, each place named once."""
    try:
        return shape.model_validate_json(json.dumps(body)), []
    except ValidationError as error:
        found: dict[str, Problem] = {}
        for detail in error.errors():
            path = _path(detail["loc"], body)
            found.setdefault(path, Problem(path, _words(detail)))
        return None, list(found.values())


def _path(loc: tuple[int | str, ...], body: Any) -> str:
    """Give the place in the document; what pydantic adds for a choice of types is left out."""
    steps: list[str] = []
    here = body
    for step in loc:
        if isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        elif isinstance(here, Mapping) and isinstance(step, str):
            here = here.get(step)
        else:
            break
        steps.append(str(step))
    return ".".join(steps)


def _words(detail: ErrorDetails) -> str:
    """Say a problem in the reader's language."""
    given = detail.get("ctx", {})
    found = _SAYS.get(detail["type"])
    return found(given) if found else str(_("This does not fit here."))


def _own(given: Mapping[str, Any]) -> str:
    """Give the words of a rule of ours."""
    return str(given["error"])


def _pattern(given: Mapping[str, Any]) -> str:
    pattern = str(given.get("pattern", ""))
    if re.fullmatch(r"\^\[a-z\].*", pattern):
        return _("Write it in small letters, digits and underscores, a letter first.")
    if "{3}" in pattern:
        return _("Write the three letters of a currency, such as EUR.")
    return _("Write the two letters of a country, such as FR.")


def _empty(given: Mapping[str, Any]) -> str:
    return _("Fill this in.")


def _choose(given: Mapping[str, Any]) -> str:
    return _("Choose one of the list.")


def _whole(given: Mapping[str, Any]) -> str:
    return _("Write a whole number.")


def _exact(given: Mapping[str, Any]) -> str:
    return _("Write a number like 25000 or 0.5, with at most eight decimals.")


def _day(given: Mapping[str, Any]) -> str:
    return _("Write a date.")


def _least(given: Mapping[str, Any]) -> str:
    return _("At least %(number)s.", number=str(given["ge"]))


def _most(given: Mapping[str, Any]) -> str:
    return _("At most %(number)s.", number=str(given["le"]))


def _more(given: Mapping[str, Any]) -> str:
    return _("More than %(number)s.", number=str(given["gt"]))


def _less(given: Mapping[str, Any]) -> str:
    return _("Less than %(number)s.", number=str(given["lt"]))


def _long(given: Mapping[str, Any]) -> str:
    return _("At most %(number)s characters.", number=str(given["max_length"]))


def _few(given: Mapping[str, Any]) -> str:
    return _("Name at least %(number)s.", number=str(given["min_length"]))


def _many(given: Mapping[str, Any]) -> str:
    return _("Name at most %(number)s.", number=str(given["max_length"]))


_SAYS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "value_error": _own,
    "missing": _empty,
    "string_type": _empty,
    "string_too_short": _empty,
    "string_too_long": _long,
    "string_pattern_mismatch": _pattern,
    "literal_error": _choose,
    "enum": _choose,
    "int_type": _whole,
    "int_parsing": _whole,
    "int_from_float": _whole,
    "decimal_type": _exact,
    "decimal_parsing": _exact,
    "decimal_max_digits": _exact,
    "decimal_max_places": _exact,
    "decimal_whole_digits": _exact,
    "date_type": _day,
    "date_parsing": _day,
    "date_from_datetime_parsing": _day,
    "greater_than_equal": _least,
    "less_than_equal": _most,
    "greater_than": _more,
    "less_than": _less,
    "too_short": _few,
    "too_long": _many,
}
