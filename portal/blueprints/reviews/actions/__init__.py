"""Every write of the room of quarterly reviews."""

from .meeting import begin, capture, decide, draft_policy, finish, move_to, sign
from .planning import set_plan
from .preparing import call, mark_read, open_, say_none, seek, withdraw
from .printing import header, make_book
from .recording import note_export

__all__ = [
    "begin",
    "call",
    "capture",
    "decide",
    "draft_policy",
    "finish",
    "header",
    "make_book",
    "mark_read",
    "move_to",
    "note_export",
    "open_",
    "say_none",
    "seek",
    "set_plan",
    "sign",
    "withdraw",
]
