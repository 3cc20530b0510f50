"""Everything that can be done with compensation."""

from .booking import close_period, note_export
from .chasing import chase_delivery, chase_lot, chase_signature, hand_on
from .deciding import approve, note_insurer, refuse, request
from .giving import accept, counter, decline, deliver, lapse, offer, reverse, withdraw
from .learning import note_outcome
from .lots import LotWish, make_lot, note_lot_insurer, refuse_lot, resume_lot, sign_lot
from .offering import (
    accept_offer,
    ask_offer_code,
    counter_offer,
    decline_offer,
    keep_letter,
    note_letter_left,
    note_offer_read,
    send_offer,
    unsend,
)
from .owing import Measurement, TermsWish, end_terms, measure, set_terms
from .passing import ask_stand_ins
from .paying import end_lot, end_lot_of, note_stuck, pay_line, release_line
from .proposing import (
    EDITABLE,
    TEXTS,
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
from .revenue import sign_revenue
from .warning import tell_finance

__all__ = [
    "EDITABLE",
    "TEXTS",
    "LotWish",
    "Measurement",
    "PartWish",
    "TermsWish",
    "Wish",
    "accept",
    "accept_offer",
    "add_part",
    "approve",
    "ask_offer_code",
    "ask_stand_ins",
    "change_part",
    "chase_delivery",
    "chase_lot",
    "chase_signature",
    "close_period",
    "counter",
    "counter_offer",
    "decline",
    "decline_offer",
    "deliver",
    "describe",
    "describe_part",
    "edit",
    "end_lot",
    "end_lot_of",
    "end_terms",
    "follow_case",
    "hand_on",
    "keep_letter",
    "lapse",
    "make_lot",
    "measure",
    "note_export",
    "note_insurer",
    "note_letter_left",
    "note_lot_insurer",
    "note_offer_read",
    "note_outcome",
    "note_stuck",
    "offer",
    "pay_line",
    "propose",
    "refuse",
    "refuse_lot",
    "release_line",
    "remove_part",
    "request",
    "resume_lot",
    "reverse",
    "send_offer",
    "set_terms",
    "sign_lot",
    "sign_revenue",
    "tell_finance",
    "unsend",
    "withdraw",
]
