"""Every write of the escalation room; the functions named here are its contract with others."""

from .affecting import add_affected, remove_affected
from .amending import amend
from .apart import refuse_double, set_apart
from .asking import answer, ask
from .bulk import change_many, undo
from .correcting import FIELDS, as_text, correct
from .declaring import NoticeGiven, approve, declare, submit
from .ending import Ending, close, decline, hold, merge, release, reopen, unmerge, void
from .filing import attach, note_read
from .grading import agree_lowering, ask_lowering, raise_severity, restore, serve_notice
from .handing import hand_over, name_executive
from .keeping import Hours, keep_calendar, recount_some
from .ladder import Plan, climb, plan
from .pacing import clear_date, note_briefed, pause, resume, set_date, take_up
from .present import be_present, forget_presence, leave
from .talking import note_sent, take_back, write
from .viewing import drop_view, note_export, save_view
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
    "add_affected",
    "add_criterion",
    "adopt_all",
    "adopt_policy",
    "adopt_some",
    "agree_lowering",
    "amend",
    "answer",
    "approve",
    "as_text",
    "ask",
    "ask_lowering",
    "attach",
    "be_present",
    "change_many",
    "clear_date",
    "climb",
    "close",
    "comment",
    "correct",
    "declare",
    "decline",
    "drop_view",
    "forget_presence",
    "hand_over",
    "hold",
    "keep_calendar",
    "leave",
    "merge",
    "name_executive",
    "note",
    "note_briefed",
    "note_export",
    "note_read",
    "note_sent",
    "pause",
    "plan",
    "raise_severity",
    "recount_some",
    "refuse_double",
    "release",
    "remove_affected",
    "reopen",
    "restore",
    "resume",
    "save_view",
    "serve_notice",
    "set_apart",
    "set_date",
    "set_trend",
    "stabilise",
    "submit",
    "take_back",
    "take_up",
    "tick_criterion",
    "undo",
    "unmerge",
    "void",
    "wait",
    "warn_late",
    "withdraw_policy",
    "write",
]
