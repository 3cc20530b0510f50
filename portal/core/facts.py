"""Facts: a typed, read-only view of what is known of accounts at a moment; rooms export them,
anybody above core asks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.core.access import Actor, K, Subject, sees
from portal.core.db import db

Value = str | int | bool | Decimal | datetime | None
Source = Callable[[datetime], sa.Select[Any]]


@dataclass(frozen=True)
class Fact:
    """A definition: one select gives (account_id, value, source_ref, observed_at) as it was at a
    moment.
    """

    name: str
    type: type
    unit: str
    klass: K
    select: Source
    subject: Subject = Subject.ACCOUNT

    def __post_init__(self) -> None:
        """Refuse facts of the counsel lane by construction."""
        if self.klass >= K.COUNSEL:
            raise ValueError(f"{self.name}: a fact never holds what counsel wrote")


@dataclass(frozen=True)
class Known:
    """One fact of one account, with where it comes from and when it was observed."""

    name: str
    value: Any
    unit: str
    source_ref: str | None
    observed_at: datetime | None


REGISTRY: dict[str, Fact] = {}


def register(facts: Iterable[Fact]) -> None:
    """Plug a room's facts into the socket; the same name twice is a mistake."""
    for fact in facts:
        if REGISTRY.get(fact.name, fact) is not fact:
            raise ValueError(f"the fact {fact.name} is defined twice")
        REGISTRY[fact.name] = fact


def of(
    account_ids: Sequence[int], names: Sequence[str], *, at: datetime, viewer: Actor
) -> dict[int, dict[str, Known]]:
    """Give the named facts of accounts (already filtered by what the viewer may see) as they were
    at `at`.

    A fact of a class that the viewer may not read is left out.
    """
    found: dict[int, dict[str, Known]] = {account_id: {} for account_id in account_ids}
    for name in names:
        fact = REGISTRY[name]
        if not sees(viewer, fact.subject, klass=fact.klass, related=True):
            continue
        inner = fact.select(at).subquery()
        rows = sa.select(inner).where(inner.c.account_id.in_(account_ids))
        for account_id, value, source_ref, observed_at in db.session.execute(rows):
            found[account_id][name] = Known(name, value, fact.unit, source_ref, observed_at)
    return found
