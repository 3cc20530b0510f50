"""Decisions about the room of a customer: its address, when it is open, when the pulse is taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WEEK = timedelta(days=7)
UPDATES = 2
LONGEST_DAYS, USUAL_DAYS = 90, 30
LONGEST_MESSAGE, MOST_A_DAY = 5_000, 20
MOST_FILES, LARGEST_FILE = 3, 10 << 20
NO_IN_A_ROW = 2


def is_open(
    *, now: datetime, expires_at: datetime, revoked_at: datetime | None, legal_mode: bool
) -> bool:
    """Say whether a link opens its room: until it ends or is taken back, and not while counsel
    speaks to the customer.
    """
    return revoked_at is None and now < expires_at and not legal_mode


def pulse_round(*, updates: int, opened_at: datetime, now: datetime) -> int:
    """Give how often the pulse was to be taken so far: after every second update, and every week of
    a case.
    """
    return updates // UPDATES + max(0, (now - opened_at) // WEEK)


def is_asked(*, round_now: int, last_round: int | None) -> bool:
    """Say whether the customer is asked now: each time once."""
    return round_now > (last_round or 0)


def is_off_track(answers: Sequence[bool]) -> bool:
    """Say whether the last two answers (in their order) were both no."""
    return len(answers) >= NO_IN_A_ROW and not any(answers[-NO_IN_A_ROW:])
