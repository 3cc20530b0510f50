"""Decisions about what comes in: how a mail is read, whose it is, what is a program's."""

from .letters import Attachment, Letter, Report, read
from .quoting import own_subject
from .sorting import MOST_AN_HOUR, Known, reason, verdict

__all__ = [
    "MOST_AN_HOUR",
    "Attachment",
    "Known",
    "Letter",
    "Report",
    "own_subject",
    "read",
    "reason",
    "verdict",
]
