"""Everything that can be done with compensation."""

from .deciding import approve, note_insurer, refuse, request
from .giving import accept, decline, deliver, lapse, offer, withdraw
from .proposing import (
    PartWish,
    Wish,
    add_part,
    change_part,
    describe,
    edit,
    propose,
    remove_part,
)

__all__ = [
    "PartWish",
    "Wish",
    "accept",
    "add_part",
    "approve",
    "change_part",
    "decline",
    "deliver",
    "describe",
    "edit",
    "lapse",
    "note_insurer",
    "offer",
    "propose",
    "refuse",
    "remove_part",
    "request",
    "withdraw",
]
