"""How often each routing rule took a case, and which cases those were."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.core import records
from portal.core.access import Actor
from portal.core.db import db

from ..models import Decision

ROUTE = "escalations.route"
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class RoutedCase:
    """A case that a rule took, under which version, and when."""

    record_ref: str
    policy_number: int
    decided_at: datetime


def _seen(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    return records.visible(
        viewer,
        account_id=Decision.account_id,
        record_ref=Decision.record_ref,
        klass=Decision.klass,
        now=now,
    )


def count_fired(viewer: Actor, names: Iterable[str], *, now: datetime) -> dict[str, int]:
    """Count the cases of the last 12 months that each rule took, among those the viewer may see."""
    query = (
        sa.select(Decision.rule, sa.func.count())
        .where(
            Decision.kind == ROUTE,
            Decision.rule.is_not(None),
            Decision.decided_at > now - YEAR,
            _seen(viewer, now=now),
        )
        .group_by(Decision.rule)
    )
    counts = {rule: int(count) for rule, count in db.session.execute(query)}
    return {name: counts.get(name, 0) for name in names}


def last_cases(viewer: Actor, rule: str, *, now: datetime, limit: int = 10) -> list[RoutedCase]:
    """Give the last cases that a rule took, newest first, as far as the viewer may see them."""
    query = (
        sa.select(Decision.record_ref, Decision.policy_number, Decision.decided_at)
        .where(Decision.kind == ROUTE, Decision.rule == rule, _seen(viewer, now=now))
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(limit)
    )
    return [RoutedCase(*row) for row in db.session.execute(query)]


def seen_of(viewer: Actor, references: Iterable[str], *, now: datetime) -> set[str]:
    """Give those of some references whose route the viewer may see."""
    query = sa.select(Decision.record_ref).where(
        Decision.record_ref.in_(list(references)), Decision.kind == ROUTE, _seen(viewer, now=now)
    )
    return set(db.session.scalars(query))
