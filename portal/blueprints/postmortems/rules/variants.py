"""The same post-mortem for three readers: ourselves, the customer, and counsel."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from portal.core.i18n import _

from .writing import Moment, without_names

SIGNS = "€$£¥"
NUMBER = r"\d[\d\s.,’'\u00a0\u202f]*\d|\d"
CODES = "EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|CAD|AUD"
SCALE = r"(?:\s*(?:k|K|M|m|million|millions|milioni|thousand|mille|mila|bn|Mrd)\b)?"
AMOUNT = re.compile(
    rf"(?:[{SIGNS}]\s?|\b(?:{CODES})\s)(?:{NUMBER}){SCALE}"
    rf"|(?:{NUMBER}){SCALE}\s?(?:[{SIGNS}]|(?:{CODES})\b|euros?\b|dollars?\b)"
)
"""An amount of money as people write it: none leaves the house in what a customer reads."""


class Variant(StrEnum):
    """For whom a post-mortem is shown."""

    INTERNAL = "internal"
    CUSTOMER = "customer"
    COUNSEL = "counsel"


def for_customer(text: str, roles: Mapping[str, str]) -> str:
    """Give words as the customer reads them: without names of people (name → role) and amounts."""
    return AMOUNT.sub(str(_("[amount]")), without_names(text, roles))


def moments_for_customer(moments: Iterable[Moment], roles: Mapping[str, str]) -> list[Moment]:
    """Give what the customer heard and what we promised them, as they read it; the other two
    timelines begin from our own notes. Rows left empty are left out.
    """
    found = []
    for moment in moments:
        _happened, heard, promised, _decided = moment.lanes
        told = [tuple(for_customer(text, roles) for text in lane) for lane in (heard, promised)]
        if any(told):
            found.append(Moment(moment.stamp, ((), told[0], told[1], ())))
    return found
