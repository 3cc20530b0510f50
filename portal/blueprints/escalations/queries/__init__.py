"""Every read of the escalation room."""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.core.access import Actor, Permission

from ..models import ClockKind
from .beside import Beside, Decided, decision_words, fact_rows, legal_day, notice_words
from .case import Case, case_page, seats, situation
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
from .facts import FACTS
from .finding import (
    LONG_TRACK,
    LONG_TRACK_ASKED,
    LOWERING_ASKED,
    RAISING_PROPOSED,
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
    long_track_asked,
    lowering_asked,
    notice,
    open_of_account,
    owner_choices,
    raising_proposed,
    raising_proposed_for,
    seen_by,
    sees_case,
    visible_account,
)
from .listing import COUNT_UP_TO, STATES, Line, Search, count, export, page, team_choices
from .naming import named_people, staying
from .proposing import Proposed, Wish, propose, wish_of
from .rights import rights, sees_value
from .stakeholders import name_of, stakeholder, stands_already
from .tasks import TaskLine, doers, readers_of, task, tasks_of

DECLARE = Permission.ESCALATIONS_DECLARE
SILENCE = ClockKind.SILENCE


def proposal(account: Account, wish: Wish, *, by: Actor, now: datetime) -> Proposed:
    """Give what the policies propose for a case of an account, with its open cases counted."""
    return propose(account, wish, by=by, open_cases=account.open_cases, now=now)


__all__ = [
    "COUNT_UP_TO",
    "DECLARE",
    "FACTS",
    "LONG_TRACK",
    "LONG_TRACK_ASKED",
    "LOWERING_ASKED",
    "RAISING_PROPOSED",
    "SEVERITY_DECIDED",
    "SILENCE",
    "STATES",
    "Beside",
    "Candidate",
    "Case",
    "Decided",
    "Ladders",
    "Line",
    "Proposed",
    "Search",
    "TaskLine",
    "Wish",
    "account_of",
    "by_reference",
    "calendar_for",
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
    "decision_words",
    "doers",
    "export",
    "fact_rows",
    "find_accounts",
    "former_state",
    "get",
    "has_open_promise",
    "holds",
    "leader_choices",
    "legal_day",
    "long_track_asked",
    "lowering_asked",
    "name_of",
    "named_people",
    "notice",
    "notice_words",
    "open_of_account",
    "owner_choices",
    "page",
    "policy_of",
    "proposal",
    "raising_proposed",
    "raising_proposed_for",
    "readers_of",
    "rights",
    "seats",
    "seen_by",
    "sees_case",
    "sees_value",
    "situation",
    "stakeholder",
    "stands_already",
    "staying",
    "task",
    "tasks_of",
    "team_choices",
    "today_of",
    "visible_account",
    "wish_of",
    "with_due_step",
]
