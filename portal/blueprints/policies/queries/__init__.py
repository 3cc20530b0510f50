"""Reading policies, drafts of them, and decisions."""

from .desk import Desk, desk, kinds_of
from .drafts import (
    company,
    gaps,
    get_draft,
    lists,
    may_sign,
    open_drafts,
    signed_in_history,
    submitted,
    waiting_for,
)
from .firing import RoutedCase, count_fired, last_cases, seen_of
from .reading import (
    all_published,
    decisions,
    get,
    in_force,
    in_force_of,
    numbered,
    published,
    rate,
    rates,
    versions,
)

__all__ = [
    "Desk",
    "RoutedCase",
    "all_published",
    "company",
    "count_fired",
    "decisions",
    "desk",
    "gaps",
    "get",
    "get_draft",
    "in_force",
    "in_force_of",
    "kinds_of",
    "last_cases",
    "lists",
    "may_sign",
    "numbered",
    "open_drafts",
    "published",
    "rate",
    "rates",
    "seen_of",
    "signed_in_history",
    "submitted",
    "versions",
    "waiting_for",
]
