"""Decisions about surveys: who is asked, when, and until when they can answer."""

from datetime import timedelta

ASKED_AFTER = timedelta(days=1)
"""After a closing: soon enough to remember, late enough for the solution to have been tried."""
OPEN_FOR = timedelta(days=30)
LONGEST_COMMENT = 2_000
UNHAPPY = 2
"""Of five: from here down whoever held the case is told at once."""


def is_asked(*, closed: bool, legal_mode: bool, stopped: bool, opportunity: bool) -> bool:
    """Say whether the customer of a case is asked how it went: only after a closing (a merged or
    void case has none), not while counsel speaks to them or what is automatic is stopped, and not
    about good news.
    """
    return closed and not legal_mode and not stopped and not opportunity
