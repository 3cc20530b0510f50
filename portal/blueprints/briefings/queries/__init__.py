"""Reading briefings, and collecting the facts that go into one."""

from .collecting import Collected, account_facts
from .escalating import delta_facts, escalation_facts
from .finding import (
    Line,
    by_digest,
    by_reference,
    cases_briefed,
    get,
    last_number,
    last_read,
    of_subject,
    opens,
    page,
    pdf_of,
    readings,
    standing,
    subject_name,
    unread,
)
from .following import (
    Sent,
    due,
    is_news,
    last_of,
    leave_path,
    leaving,
    subjects_of,
    subscription,
    subscription_of,
    subscriptions,
    subscriptions_of,
    to_deliver,
)
from .learning import postmortem_facts
from .portfolio import portfolio_facts, portfolio_named, regions
from .readers import reader_for, reader_of, sees
from .showing import Changed, asked_in, changed
from .sponsoring import (
    nomination_facts,
    sponsor_facts,
)
from .weighing import memo_facts

__all__ = [
    "Changed",
    "Collected",
    "Line",
    "Sent",
    "account_facts",
    "asked_in",
    "by_digest",
    "by_reference",
    "cases_briefed",
    "changed",
    "delta_facts",
    "due",
    "escalation_facts",
    "get",
    "is_news",
    "last_number",
    "last_of",
    "last_read",
    "leave_path",
    "leaving",
    "memo_facts",
    "nomination_facts",
    "of_subject",
    "opens",
    "page",
    "pdf_of",
    "portfolio_facts",
    "portfolio_named",
    "postmortem_facts",
    "reader_for",
    "reader_of",
    "readings",
    "regions",
    "sees",
    "sponsor_facts",
    "standing",
    "subject_name",
    "subjects_of",
    "subscription",
    "subscription_of",
    "subscriptions",
    "subscriptions_of",
    "to_deliver",
    "unread",
]
