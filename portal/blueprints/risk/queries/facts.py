"""What other rooms and policies may know of a risk as it was at a moment."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.core.access import K
from portal.core.facts import Fact

from ..models import Snapshot
from .portfolio import today


def _then(at: datetime) -> Any:
    """Give the last score that was kept until a day; an account without one has none."""
    last = (
        sa.select(Snapshot.account_id, sa.func.max(Snapshot.day).label("day"))
        .where(Snapshot.day <= today(at))
        .group_by(Snapshot.account_id)
        .subquery()
    )
    return sa.select(
        Snapshot.account_id.label("account_id"),
        Snapshot.score.label("value"),
        sa.null().label("source_ref"),
        Snapshot.day.label("observed_at"),
    ).join(last, sa.and_(last.c.account_id == Snapshot.account_id, last.c.day == Snapshot.day))


FACTS = (Fact("risk_score_then", int, "points", K.CONFIDENTIAL, _then),)
