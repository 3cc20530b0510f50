"""Every write of the briefings room."""

from .keeping import give_up, keep_pdf, mark_read, revoke
from .making import (
    About,
    issue,
    make,
    make_account_briefing,
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
    "give_up",
    "issue",
    "keep_pdf",
    "make",
    "make_account_briefing",
    "make_dossier",
    "make_escalation_briefing",
    "make_memo",
    "make_portfolio",
    "make_report",
    "make_sponsor_brief",
    "mark_read",
    "revoke",
    "share",
]
