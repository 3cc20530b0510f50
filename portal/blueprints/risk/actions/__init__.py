"""Every write of risk: scores, judgements, and the register."""

from .cards import ask_for_card, keep_card, learned, propose_card, propose_none, read_card
from .judging import judge, note_export
from .predicting import predict, settle
from .register import Wish, add_task, change, drop_task, finish_task, move, register, revalue
from .scoring import catch_up, reckon

__all__ = [
    "Wish",
    "add_task",
    "ask_for_card",
    "catch_up",
    "change",
    "drop_task",
    "finish_task",
    "judge",
    "keep_card",
    "learned",
    "move",
    "note_export",
    "predict",
    "propose_card",
    "propose_none",
    "read_card",
    "reckon",
    "register",
    "revalue",
    "settle",
]
