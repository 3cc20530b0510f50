"""Every write of the briefings room."""

from .calling import CallWish, Promised, answer, ask_after, drop, plan, renew
from .following import Wish, deliver, stop, subscribe
from .keeping import give_up, keep_pdf, mark_read, note_export, revoke
from .making import (
    About,
    Unchanged,
    issue,
    make,
    make_account_briefing,
    make_delta,
    make_dossier,
    make_escalation_briefing,
    make_memo,
    make_portfolio,
    make_report,
    make_sponsor_brief,
    share,
)

__all__ = [
    "About",
    "CallWish",
    "Promised",
    "Unchanged",
    "Wish",
    "answer",
    "ask_after",
    "deliver",
    "drop",
    "give_up",
    "issue",
    "keep_pdf",
    "make",
    "make_account_briefing",
    "make_delta",
    "make_dossier",
    "make_escalation_briefing",
    "make_memo",
    "make_portfolio",
    "make_report",
    "make_sponsor_brief",
    "mark_read",
    "note_export",
    "plan",
    "renew",
    "revoke",
    "share",
    "stop",
    "subscribe",
]
