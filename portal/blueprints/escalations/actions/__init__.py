"""Every write of the escalation room; the functions named here are its contract with others."""

from .affecting import add_affected, remove_affected
from .amending import amend
from .apart import refuse_double, set_apart
from .asking import answer, ask
from .bulk import change_many, undo
from .chasing import chase
from .correcting import FIELDS, as_text, correct
from .declaring import declare, introduce
from .ending import Ending, close, decline, hold, release, reopen, void
from .filing import attach, note_read
from .following import unwatch, watch
from .grading import agree_lowering, ask_lowering, raise_severity, restore, serve_notice
from .halting import resume_automatic, stop_automatic
from .handing import hand_over, move_level, name_executive, restore_level
from .keeping import Hours, keep_calendar, recount_some
from .ladder import Plan, climb, plan
from .lasting import (
    agree_long_track,
    ask_long_track,
    brief_by_word,
    end_long_track,
    set_legal_day,
)
from .leaving import (
    take_over,
    take_over_as_executive,
    take_over_as_team,
    take_promise_over,
    take_task_over,
)
from .mailing import (
    MAILED,
    approve_mailing,
    drop_mailing,
    note_answer,
    note_mailed,
    pick_affected,
    send_some,
    write_mailing,
)
from .merging import merge, unmerge
from .noticing import NoticeGiven
from .pacing import clear_date, note_briefed, pause, resume, set_date, take_up
from .playing import lay_out, play_on, take_playbook, tick_step
from .present import be_present, forget_presence, leave
from .promising import answer_raising, propose_raising
from .receiving import Answer, note_bounced, receive
from .recording import count_open, seek_approval
from .reminding import forget_promise, remind, show_promises
from .restricting import let_in, lift, restrict, shut_out
from .saying import (
    acknowledge,
    approve_status,
    is_automatic,
    note_automatic,
    note_progress,
    write_status,
)
from .stakeholders import add_stakeholder, judge_stakeholder, remove_stakeholder, tell
from .submitting import approve, submit
from .talking import note_sent, take_back, write
from .tasks import add_task, chase_reply, drop_task, finish_task, give_task, reply_task
from .viewing import drop_view, note_export, save_view
from .watching import warn_late, warn_of_empty_nights, warn_of_gaps
from .weighing import answer_trigger, propose_trigger
from .withdrawing import adopt_all, adopt_policy, adopt_some, withdraw_policy
from .working import (
    accept,
    add_criterion,
    comment,
    note,
    note_agreed,
    set_trend,
    stabilise,
    tick_criterion,
    wait,
)

__all__ = [
    "FIELDS",
    "MAILED",
    "Answer",
    "Ending",
    "Hours",
    "NoticeGiven",
    "Plan",
    "accept",
    "acknowledge",
    "add_affected",
    "add_criterion",
    "add_stakeholder",
    "add_task",
    "adopt_all",
    "adopt_policy",
    "adopt_some",
    "agree_long_track",
    "agree_lowering",
    "amend",
    "answer",
    "answer_raising",
    "answer_trigger",
    "approve",
    "approve_mailing",
    "approve_status",
    "as_text",
    "ask",
    "ask_long_track",
    "ask_lowering",
    "attach",
    "be_present",
    "brief_by_word",
    "change_many",
    "chase",
    "chase_reply",
    "clear_date",
    "climb",
    "close",
    "comment",
    "correct",
    "count_open",
    "declare",
    "decline",
    "drop_mailing",
    "drop_task",
    "drop_view",
    "end_long_track",
    "finish_task",
    "forget_presence",
    "forget_promise",
    "give_task",
    "hand_over",
    "hold",
    "introduce",
    "is_automatic",
    "judge_stakeholder",
    "keep_calendar",
    "lay_out",
    "leave",
    "let_in",
    "lift",
    "merge",
    "move_level",
    "name_executive",
    "note",
    "note_agreed",
    "note_answer",
    "note_automatic",
    "note_bounced",
    "note_briefed",
    "note_export",
    "note_mailed",
    "note_progress",
    "note_read",
    "note_sent",
    "pause",
    "pick_affected",
    "plan",
    "play_on",
    "propose_raising",
    "propose_trigger",
    "raise_severity",
    "receive",
    "recount_some",
    "refuse_double",
    "release",
    "remind",
    "remove_affected",
    "remove_stakeholder",
    "reopen",
    "reply_task",
    "restore",
    "restore_level",
    "restrict",
    "resume",
    "resume_automatic",
    "save_view",
    "seek_approval",
    "send_some",
    "serve_notice",
    "set_apart",
    "set_date",
    "set_legal_day",
    "set_trend",
    "show_promises",
    "shut_out",
    "stabilise",
    "stop_automatic",
    "submit",
    "take_back",
    "take_over",
    "take_over_as_executive",
    "take_over_as_team",
    "take_playbook",
    "take_promise_over",
    "take_task_over",
    "take_up",
    "tell",
    "tick_criterion",
    "tick_step",
    "undo",
    "unmerge",
    "unwatch",
    "void",
    "wait",
    "warn_late",
    "warn_of_empty_nights",
    "warn_of_gaps",
    "watch",
    "withdraw_policy",
    "write",
    "write_mailing",
    "write_status",
]
