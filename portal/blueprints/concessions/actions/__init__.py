"""Everything that can be done with compensation."""

from .deciding import approve, note_insurer, refuse, request
from .giving import accept, decline, deliver, lapse, offer, withdraw
from .owing import Measurement, TermsWish, end_terms, measure, set_terms
from .proposing import (
    EDITABLE,
    PartWish,
    Wish,
    add_part,
    change_part,
    describe,
    describe_part,
    edit,
    follow_case,
    propose,
    remove_part,
)
from .warning import tell_finance

__all__ = [
    "EDITABLE",
    "Measurement",
    "PartWish",
    "TermsWish",
    "Wish",
    "accept",
    "add_part",
    "approve",
    "change_part",
    "decline",
    "deliver",
    "describe",
    "describe_part",
    "edit",
    "end_terms",
    "follow_case",
    "lapse",
    "measure",
    "note_insurer",
    "offer",
    "propose",
    "refuse",
    "remove_part",
    "request",
    "set_terms",
    "tell_finance",
    "withdraw",
]
