"""Every write of the escalation room; the functions named here are its contract with others."""

from .asking import answer, ask
from .correcting import FIELDS, as_text, correct
from .declaring import NoticeGiven, approve, declare, submit
from .ending import Ending, close, decline, hold, merge, release, reopen, unmerge, void
from .grading import agree_lowering, ask_lowering, raise_severity, restore, serve_notice
from .handing import hand_over, name_executive
from .ladder import climb
from .lasting import (
    agree_long_track,
    ask_long_track,
    brief_by_word,
    end_long_track,
    set_legal_day,
)
from .pacing import note_briefed, pause, resume, set_date
from .promising import answer_raising, propose_raising
from .restricting import let_in, lift, restrict, shut_out
from .stakeholders import add_stakeholder, judge_stakeholder, remove_stakeholder, tell
from .talking import note_sent, take_back, write
from .tasks import add_task, drop_task, finish_task, give_task
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
    "NoticeGiven",
    "accept",
    "add_criterion",
    "add_stakeholder",
    "add_task",
    "agree_long_track",
    "agree_lowering",
    "answer",
    "answer_raising",
    "approve",
    "as_text",
    "ask",
    "ask_long_track",
    "ask_lowering",
    "brief_by_word",
    "climb",
    "close",
    "comment",
    "correct",
    "declare",
    "decline",
    "drop_task",
    "end_long_track",
    "finish_task",
    "give_task",
    "hand_over",
    "hold",
    "judge_stakeholder",
    "let_in",
    "lift",
    "merge",
    "name_executive",
    "note",
    "note_briefed",
    "note_sent",
    "pause",
    "propose_raising",
    "raise_severity",
    "release",
    "remove_stakeholder",
    "reopen",
    "restore",
    "restrict",
    "resume",
    "serve_notice",
    "set_date",
    "set_legal_day",
    "set_trend",
    "shut_out",
    "stabilise",
    "submit",
    "take_back",
    "tell",
    "tick_criterion",
    "unmerge",
    "void",
    "wait",
    "write",
]
