"""Promises of a case held against each other, and what a broken one says of its severity."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from portal.blueprints.policies.rules import SeverityPolicy

from ..models import Severity, Trigger
from .overdue import Rung
from .severity import ORDER

WORD = re.compile(r"\w{5,}")
DUE = "escalations/promise_due"
"""How notices of a promise that falls due are worded."""
ALIKE = 2
"""How many words of five letters or more two promises share before they speak of one thing."""


def rungs(policy: SeverityPolicy, made_at: datetime, due_at: datetime) -> list[Rung]:
    """Give whom a promise is told to until it is settled, in the order of their times: the ladder
    of clocks, from when it was made until it is due, and after.
    """
    span, found = due_at - made_at, []
    for step in policy.ladder:
        late = timedelta(minutes=step.minutes_after)
        found.append(Rung(step, made_at + span * step.share_percent / 100 + late))
    return sorted(found, key=lambda rung: rung.at)


@dataclass(frozen=True)
class Promised:
    """An open promise: its number, who made it, what it says, and until when."""

    id: int
    by_id: int | None
    what: str
    due_at: datetime


def contradictions(promises: Iterable[Promised], *, zone: str) -> dict[int, frozenset[int]]:
    """Give which open promises of a case a person should hold against each other: made by two
    people, about one thing or for one day of the customer's zone; the same words for the same day
    say the same.
    """
    found: dict[int, set[int]] = {}
    for one, other in combinations(promises, 2):
        same_day = _day(one, zone) == _day(other, zone)
        if one.by_id == other.by_id or (same_day and _words(one.what) == _words(other.what)):
            continue
        if same_day or _one_thing(one.what, other.what):
            found.setdefault(one.id, set()).add(other.id)
            found.setdefault(other.id, set()).add(one.id)
    return {promise: frozenset(others) for promise, others in found.items()}


def graver_after_broken(
    severity: Severity, trigger: Trigger, policy: SeverityPolicy
) -> Severity | None:
    """Give the severity that a broken promise proposes: one step graver; None where there is none,
    or where the policy keeps such a case as it is.
    """
    if severity is ORDER[0] or trigger in policy.never_above_e4:
        return None
    return ORDER[ORDER.index(severity) - 1]


def _one_thing(one: str, other: str) -> bool:
    mine, theirs = set(_words(one)), set(_words(other))
    return len(mine & theirs) >= min(ALIKE, len(mine), len(theirs)) > 0


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def _day(promise: Promised, zone: str) -> date:
    return promise.due_at.astimezone(ZoneInfo(zone)).date()
