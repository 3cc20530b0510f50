"""Every write of the briefings room."""

from .following import Wish, deliver, stop, subscribe
from .keeping import give_up, keep_pdf, mark_read, revoke
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
    "Unchanged",
    "Wish",
    "deliver",
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
    "revoke",
    "share",
    "stop",
    "subscribe",
]
