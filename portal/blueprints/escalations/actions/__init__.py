"""Every write of the escalation room; the functions named here are its contract with others."""

from .asking import answer, ask
from .correcting import FIELDS, as_text, correct
from .declaring import NoticeGiven, approve, declare, submit
from .ending import Ending, close, decline, hold, merge, release, reopen, unmerge, void
from .grading import agree_lowering, ask_lowering, raise_severity, restore, serve_notice
from .handing import hand_over, name_executive
from .keeping import Hours, keep_calendar, recount_some
from .ladder import Plan, climb, plan
from .pacing import clear_date, note_briefed, pause, resume, set_date, take_up
from .talking import note_sent, take_back, write
from .watching import warn_late
from .withdrawing import adopt_all, adopt_policy, adopt_some, withdraw_policy
from .working import (
    accept,
    add_criterion,
    comment,
    note,
    set_trend,
    stabilise,
    tick_criterion,
    wait,
)

__all__ = [
    "FIELDS",
    "Ending",
    "Hours",
    "NoticeGiven",
    "Plan",
    "accept",
    "add_criterion",
    "adopt_all",
    "adopt_policy",
    "adopt_some",
    "agree_lowering",
    "answer",
    "approve",
    "as_text",
    "ask",
    "ask_lowering",
    "clear_date",
    "climb",
    "close",
    "comment",
    "correct",
    "declare",
    "decline",
    "hand_over",
    "hold",
    "keep_calendar",
    "merge",
    "name_executive",
    "note",
    "note_briefed",
    "note_sent",
    "pause",
    "plan",
    "raise_severity",
    "recount_some",
    "release",
    "reopen",
    "restore",
    "resume",
    "serve_notice",
    "set_date",
    "set_trend",
    "stabilise",
    "submit",
    "take_back",
    "take_up",
    "tick_criterion",
    "unmerge",
    "void",
    "wait",
    "warn_late",
    "withdraw_policy",
    "write",
]
