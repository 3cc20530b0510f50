"""Decisions about people and their tokens."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.i18n import _, get_locale
from portal.core.quarters import USUAL

ROOMS = {"mail": "admin", "jobs": "admin", "notices": "home"}
"""Scopes that are shown with those of another room."""
NAME = 8
"""Characters of the name of a quarter: charts and narrow cells hold it."""
USE_NOTED = timedelta(hours=1)
"""How exactly the last use of a token is known: a program that calls each second writes once."""


def is_away(begins: datetime | None, ends: datetime | None, *, now: datetime) -> bool:
    """Say whether somebody is absent: from the first instant until just before the second; without
    an end for as long as nobody says otherwise.
    """
    return begins is not None and begins <= now and (ends is None or now < ends)


def is_use_due(last: datetime | None, *, now: datetime) -> bool:
    """Say whether the use of a token is to be written down, last written at `last`."""
    return last is None or now - last >= USE_NOTED


def by_room(scopes: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Put scopes together by the room they open, in the order of the rooms; a scope that is none
    any more stands last, in a room of its own name.
    """
    order = {scope.value: place for place, scope in enumerate(Permission)}
    found: dict[str, list[str]] = {}
    for scope in sorted(map(str, scopes), key=lambda one: (order.get(one, len(order)), one)):
        room = scope.partition(":")[0]
        found.setdefault(ROOMS.get(room, room), []).append(scope)
    return list(found.items())


def countries(codes: Iterable[str]) -> list[str]:
    """Give codes of countries in order, each once; refused for one that is no country."""
    found = sorted({code.strip().upper() for code in codes if code.strip()})
    for code in found:
        if not is_country(code):
            raise Refused(
                _("“%(code)s” is no country that we know.", code=code[:20]), field="jurisdictions"
            )
    return found


def quarter_names(text: str) -> str:
    """Give the names of the four quarters with one space between them; refused where they are not
    four different words of at most eight characters.
    """
    found = text.replace(",", " ").split()
    if len(set(found)) != len(USUAL) or len(found) != len(USUAL) or max(map(len, found)) > NAME:
        raise Refused(
            _("Four different words of at most eight characters, as in Q1 Q2 Q3 Q4."),
            field="quarter_names",
        )
    return " ".join(found)


def is_country(code: str) -> bool:
    """Say whether two letters are the code of a country."""
    return len(code) == 2 and code.isalpha() and code in get_locale().territories
