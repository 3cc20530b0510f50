"""Every read of the escalation room."""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.core.access import Actor, Permission

from ..models import ClockKind
from .alike import Alike, affected_of, hold_account, merged_into, open_for, similar
from .around import editing
from .beside import Beside, Decided, decision_words, fact_rows, hold_words, notice_words
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
from .filing import Attached, attached, entry_of, is_corrected, nameable
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
from .rehearsing import rehearse
from .rights import rights, sees_value
from .trying import Ruling, Trial, ruling_in_force, ruling_of, try_case, try_text
from .views import (
    ListTools,
    TeamLoad,
    View,
    by_team,
    chosen,
    count_views,
    own_change,
    own_view,
    tools,
    view_named,
)

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
    "Alike",
    "Attached",
    "Beside",
    "Candidate",
    "Case",
    "Decided",
    "DueCase",
    "Engine",
    "Kept",
    "Ladders",
    "Line",
    "ListTools",
    "Pass",
    "Person",
    "Proposed",
    "Ruling",
    "Search",
    "TeamLoad",
    "Trial",
    "Version",
    "View",
    "Wish",
    "account_of",
    "account_refs_using",
    "accounts_using",
    "affected_of",
    "attached",
    "by_reference",
    "by_team",
    "calendar_for",
    "calendar_named",
    "calendar_of",
    "calendars",
    "case_page",
    "chosen",
    "clock_events",
    "clocks",
    "clocks_of",
    "contact",
    "contacts",
    "count",
    "count_contacts",
    "count_views",
    "criteria",
    "criterion",
    "deaf_steps",
    "decision_words",
    "editing",
    "engine",
    "entry_of",
    "export",
    "fact_rows",
    "find_accounts",
    "former_state",
    "get",
    "get_calendar",
    "has_open_promise",
    "hold_account",
    "hold_words",
    "holds",
    "is_corrected",
    "is_withdrawn",
    "leader_choices",
    "longest_waiting",
    "lowering_asked",
    "merged_into",
    "nameable",
    "named_people",
    "notice_words",
    "open_cases_of",
    "open_for",
    "open_of_account",
    "own_change",
    "own_view",
    "owner_choices",
    "page",
    "policy_of",
    "policy_versions",
    "proposal",
    "rehearse",
    "rights",
    "ruling_in_force",
    "ruling_of",
    "seats",
    "seen_by",
    "sees_case",
    "sees_value",
    "similar",
    "situation",
    "team_choices",
    "today_of",
    "tools",
    "try_case",
    "try_text",
    "under_policy",
    "view_named",
    "visible_account",
    "wish_of",
    "with_due_step",
    "with_hand_dates",
]
