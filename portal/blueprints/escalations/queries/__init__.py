"""Every read of the escalation room."""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.core.access import Actor, Permission

from ..models import ClockKind
from .clocks import calendar_for, clock_events, clocks, policy_of, today_of
from .finding import (
    Candidate,
    account_of,
    by_reference,
    contact,
    contacts,
    find_accounts,
    get,
    holds,
    open_of_account,
    seen_by,
    visible_account,
)
from .proposing import Proposed, Wish, propose

DECLARE = Permission.ESCALATIONS_DECLARE
SILENCE = ClockKind.SILENCE


def proposal(account: Account, wish: Wish, *, by: Actor, now: datetime) -> Proposed:
    """Give what the policies propose for a case of an account, with its open cases counted."""
    return propose(account, wish, by=by, open_cases=account.open_cases, now=now)


__all__ = [
    "DECLARE",
    "SILENCE",
    "Candidate",
    "Proposed",
    "Wish",
    "account_of",
    "by_reference",
    "calendar_for",
    "clock_events",
    "clocks",
    "contact",
    "contacts",
    "find_accounts",
    "get",
    "holds",
    "open_of_account",
    "policy_of",
    "proposal",
    "seen_by",
    "today_of",
    "visible_account",
]
