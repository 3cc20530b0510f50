"""Reading briefings, and collecting the facts that go into one."""

from .collecting import account_facts, may_be_told
from .escalating import escalation_facts, may_be_told_of, reader_of
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
    subject_name,
    unread,
)

__all__ = [
    "Line",
    "account_facts",
    "by_digest",
    "by_reference",
    "cases_briefed",
    "escalation_facts",
    "get",
    "last_number",
    "last_read",
    "may_be_told",
    "may_be_told_of",
    "of_subject",
    "opens",
    "page",
    "pdf_of",
    "reader_of",
    "readings",
    "subject_name",
    "unread",
]
