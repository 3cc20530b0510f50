"""Every write of the briefings room."""

from .binding import (
    CANCELLED,
    BookWish,
    ask_for_book,
    bind,
    cancel_book,
    keep_done,
    share_book,
)
from .calling import CallWish, Promised, answer, ask_after, drop, plan, renew
from .following import Wish, deliver, stop, subscribe
from .keeping import give_up, keep_pdf, mark_read, note_export, revoke
from .linking import DAYS, make_link, revoke_link, use_link
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
)
from .sharing import share

__all__ = [
    "CANCELLED",
    "DAYS",
    "About",
    "BookWish",
    "CallWish",
    "Promised",
    "Unchanged",
    "Wish",
    "answer",
    "ask_after",
    "ask_for_book",
    "bind",
    "cancel_book",
    "deliver",
    "drop",
    "give_up",
    "issue",
    "keep_done",
    "keep_pdf",
    "make",
    "make_account_briefing",
    "make_delta",
    "make_dossier",
    "make_escalation_briefing",
    "make_link",
    "make_memo",
    "make_portfolio",
    "make_report",
    "make_sponsor_brief",
    "mark_read",
    "note_export",
    "plan",
    "renew",
    "revoke",
    "revoke_link",
    "share",
    "share_book",
    "stop",
    "subscribe",
    "use_link",
]
