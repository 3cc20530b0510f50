"""Every read of the escalation room."""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.core.access import Actor, Permission

from ..models import ClockKind
from .beside import Beside, Decided, decision_words, fact_rows, notice_words
from .case import Case, case_page, seats, situation
from .clocks import (
    calendar_for,
    calendar_of,
    clock_events,
    clocks,
    clocks_of,
    count_contacts,
    former_state,
    policy_of,
    today_of,
)
from .facts import FACTS
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
    leader_choices,
    lowering_asked,
    open_of_account,
    owner_choices,
    seen_by,
    sees_case,
    visible_account,
)
from .keeping import (
    Engine,
    Kept,
    Version,
    account_refs_using,
    accounts_using,
    calendar_named,
    calendars,
    deaf_steps,
    engine,
    get_calendar,
    is_withdrawn,
    open_cases_of,
    policy_versions,
    under_policy,
    with_hand_dates,
)
from .ladders import (
    DueCase,
    Ladders,
    Pass,
    Person,
    longest_waiting,
    named_people,
    with_due_step,
)
from .listing import COUNT_UP_TO, STATES, Line, Search, count, export, page, team_choices
from .proposing import Proposed, Wish, propose, wish_of
from .rights import rights, sees_value

DECLARE = Permission.ESCALATIONS_DECLARE
SILENCE = ClockKind.SILENCE


def proposal(account: Account, wish: Wish, *, by: Actor, now: datetime) -> Proposed:
    """Give what the policies propose for a case of an account, with its open cases counted."""
    return propose(account, wish, by=by, open_cases=account.open_cases, now=now)


__all__ = [
    "COUNT_UP_TO",
    "DECLARE",
    "FACTS",
    "LOWERING_ASKED",
    "SEVERITY_DECIDED",
    "SILENCE",
    "STATES",
    "Beside",
    "Candidate",
    "Case",
    "Decided",
    "DueCase",
    "Engine",
    "Kept",
    "Ladders",
    "Line",
    "Pass",
    "Person",
    "Proposed",
    "Search",
    "Version",
    "Wish",
    "account_of",
    "account_refs_using",
    "accounts_using",
    "by_reference",
    "calendar_for",
    "calendar_named",
    "calendar_of",
    "calendars",
    "case_page",
    "clock_events",
    "clocks",
    "clocks_of",
    "contact",
    "contacts",
    "count",
    "count_contacts",
    "criteria",
    "criterion",
    "deaf_steps",
    "decision_words",
    "engine",
    "export",
    "fact_rows",
    "find_accounts",
    "former_state",
    "get",
    "get_calendar",
    "has_open_promise",
    "holds",
    "is_withdrawn",
    "leader_choices",
    "longest_waiting",
    "lowering_asked",
    "named_people",
    "notice_words",
    "open_cases_of",
    "open_of_account",
    "owner_choices",
    "page",
    "policy_of",
    "policy_versions",
    "proposal",
    "rights",
    "seats",
    "seen_by",
    "sees_case",
    "sees_value",
    "situation",
    "team_choices",
    "today_of",
    "under_policy",
    "visible_account",
    "wish_of",
    "with_due_step",
    "with_hand_dates",
]
