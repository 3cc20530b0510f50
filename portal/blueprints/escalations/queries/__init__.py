"""Every read of the escalation room."""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.core.access import Actor, Permission

from ..models import ClockKind
from .clocks import (
    Ladders,
    calendar_for,
    clock_events,
    clocks,
    clocks_of,
    count_contacts,
    former_state,
    policy_of,
    today_of,
    with_due_step,
)
from .finding import (
    LOWERING_ASKED,
    SEVERITY_DECIDED,
    Candidate,
    account_of,
    by_reference,
    contact,
    contacts,
    criteria,
    criterion,
    find_accounts,
    get,
    has_open_promise,
    holds,
    lowering_asked,
    open_of_account,
    seen_by,
    sees_case,
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
    "LOWERING_ASKED",
    "SEVERITY_DECIDED",
    "SILENCE",
    "Candidate",
    "Ladders",
    "Proposed",
    "Wish",
    "account_of",
    "by_reference",
    "calendar_for",
    "clock_events",
    "clocks",
    "clocks_of",
    "contact",
    "contacts",
    "count_contacts",
    "criteria",
    "criterion",
    "find_accounts",
    "former_state",
    "get",
    "has_open_promise",
    "holds",
    "lowering_asked",
    "open_of_account",
    "policy_of",
    "proposal",
    "seen_by",
    "sees_case",
    "today_of",
    "visible_account",
    "with_due_step",
]
