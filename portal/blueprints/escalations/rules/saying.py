"""When the customer is told by itself how far we are, and who approves what they are told."""

from datetime import datetime, timedelta
from enum import StrEnum

MOST_DAYS = 30


class Due(StrEnum):
    """What is due of a text that goes out by itself."""

    NOTHING = "nothing"
    NOTE = "note"
    ALERT = "alert"


def may_approve(author_id: int | None, by_id: int | None, *, executive: bool) -> bool:
    """Say whether somebody who works on a case may approve a text for the customer: in an executive
    escalation (the policy says which these are) it takes a second person.
    """
    return not executive or author_id != by_id


def next_note(last: datetime, *, every_days: int | None, now: datetime) -> datetime | None:
    """Give when the customer is next told by itself: so many days after they last heard from us,
    not before `now`; None where nothing goes out by itself.
    """
    return None if every_days is None else max(last + timedelta(days=every_days), now)


def due(
    *, next_at: datetime | None, noted_at: datetime | None, stopped: bool, now: datetime
) -> Due:
    """Say what is due: the text goes out once; after that its owner is told that a new one is
    missing, for the same words are never sent twice, and nothing is invented.
    """
    if stopped or next_at is None or next_at > now:
        return Due.NOTHING
    return Due.NOTE if noted_at is None else Due.ALERT
