"""Reading briefings, and collecting the facts that go into one."""

from .collecting import account_facts, may_be_told
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
    "get",
    "last_number",
    "last_read",
    "may_be_told",
    "of_subject",
    "opens",
    "page",
    "pdf_of",
    "readings",
    "subject_name",
    "unread",
]
