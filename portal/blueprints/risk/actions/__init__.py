"""Every write of risk: scores, judgements, and the register."""

from .judging import judge, note_export
from .register import Wish, add_task, change, drop_task, finish_task, move, register, revalue
from .scoring import catch_up, reckon

__all__ = [
    "Wish",
    "add_task",
    "catch_up",
    "change",
    "drop_task",
    "finish_task",
    "judge",
    "move",
    "note_export",
    "reckon",
    "register",
    "revalue",
]
