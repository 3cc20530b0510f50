"""The same post-mortem for three readers: ourselves, the customer, and counsel."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from portal.core.i18n import _

from .writing import Moment, without_names

SIGNS = "€$£¥"
NUMBER = r"(?<!\d)\d++(?:[\s.,’']{1,3}\d++){0,12}(?:[.,][-–—]{1,2}(?!\w))?"
"""Digits in at most thirteen groups, never given back: long rows of them are read once."""
CODES = "(?:(?i:EUR|USD|GBP|CHF|JPY|NOK|DKK|PLN|CZK)|SEK|CAD|AUD)"
"""Codes in small letters too, but for those that are words: 30 sek."""
SCALE = (
    r"(?:\s{0,3}(?:[kKmMT]|(?i:Mio\.?|Mrd\.?|Mds?|mn|bn|millions?|Millionen|milion[ei]|"
    r"milliards?|Milliarden?|miliard[oi]|billions?|thousand|Tausend|mille|mila))(?!\w))?"
)
WORDS = (
    r"(?i:(?:(?:Schweizer|Swiss|British|US)[\s-])?"
    r"(?:euros?|dollars?|dollar[io]|francs?|Franken|franchi|franco|livres?|sterline|pounds?)\b"
    r"|Fr\.(?!\w))"
)
AMOUNT = re.compile(
    rf"(?:[{SIGNS}]\s?|\b[kKMT]?{CODES}\s?|\bFr\.\s?(?!\d{{1,2}}\.\s?\d{{1,2}}\.))"
    rf"{NUMBER}{SCALE}"
    rf"|{NUMBER}{SCALE}\s{{0,3}}(?i:d['’]|d[ei]\s{{1,3}})?"
    rf"(?:[{SIGNS}]|[kKMT]?{CODES}\b|{WORDS})"
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
