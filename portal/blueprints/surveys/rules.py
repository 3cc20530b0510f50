"""Decisions about surveys: who is asked, when, and until when they can answer."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

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


DETRACTOR, PROMOTER, SATISFIED = 6, 9, 4
"""Of ten: up to six would not recommend, from nine on would; of five: from four on is satisfied.
Source: Reichheld, The One Number You Need to Grow (2003).
"""
LEAST_TO_TELL = 5
"""Of fewer answers no score is told: one customer would move it by more than 20."""
MONTHS = (0, 3, 6, 12)
SETTLED_IN = timedelta(days=90)
"""How long somebody is a customer before they are asked whether they would recommend us."""
AT_ONCE = 50
"""How many customers are asked in an hour: who answers unhappily can be called the same day."""


def promoters_less_detractors(scores: Iterable[int]) -> int | None:
    """Give the net promoter score of some answers, from -100 to 100, None without any."""
    found = list(scores)
    if not found:
        return None
    net = sum(one >= PROMOTER for one in found) - sum(one <= DETRACTOR for one in found)
    return round(100 * net / len(found))


def asked_before(now: datetime, *, every_months: int) -> datetime:
    """Give the instant before which somebody must have been asked to be asked again."""
    return now - timedelta(days=every_months * 365 // 12)


def joined_before(now: datetime) -> date:
    """Give the day until which somebody must have become a customer to be asked."""
    return (now - SETTLED_IN).date()
