"""What a letter to the customer may not say by itself, and how its offer stands for them."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from portal.blueprints.concessions.models import State

READABLE = timedelta(days=90)
"""How long after its last day the address of an offer still says what became of it."""


class Standing(StrEnum):
    """How the offer of a letter stands for the one it was written to."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    COUNTERED = "countered"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"
    REVERSED = "reversed"
    SUPERSEDED = "superseded"


ANSWERED = {
    State.ACCEPTED: Standing.ACCEPTED,
    State.DELIVERED: Standing.ACCEPTED,
    State.DECLINED: Standing.DECLINED,
    State.LAPSED: Standing.LAPSED,
}


def standing(
    state: State,
    *,
    sent_at: datetime,
    offered_at: datetime | None,
    countered: bool,
    lapses_at: datetime,
    now: datetime,
    reversed_at: datetime | None = None,
) -> Standing:
    """Say how the offer of a letter stands; `offered_at` is when the compensation was offered last:
    another moment than that of the letter means that another offer took its place; `reversed_at`
    when what was accepted was taken back after all.
    """
    if offered_at is None:
        return Standing.COUNTERED if countered else Standing.TAKEN_BACK
    if offered_at != sent_at:
        return Standing.SUPERSEDED
    if state is State.OFFERED:
        return Standing.OPEN if now < lapses_at else Standing.LAPSED
    if reversed_at is not None:
        return Standing.REVERSED
    return ANSWERED.get(state, Standing.TAKEN_BACK)


def admissions(texts: Iterable[str], *, words: Iterable[str]) -> tuple[str, ...]:
    """Give the words that admit liability and stand in a text, whole and however they are spelt;
    they are counsel's to write.
    """
    said = [" ".join(text.casefold().replace("’", "'").split()) for text in texts]
    found = []
    for word in words:
        plain = " ".join(word.casefold().replace("’", "'").split())
        if any(re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text) for text in said):
            found.append(word)
    return tuple(found)
