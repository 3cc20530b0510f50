"""Noting what became of those who were given something."""

from datetime import datetime, timedelta

from portal.blueprints.accounts import queries as account_queries
from portal.core.access import Actor

from .. import queries, rules
from ..models import Concession
from .recording import log


def note_outcome(row: Concession, *, days: int, by: Actor, now: datetime) -> None:
    """Note whether the customer was still under contract so many days after the decision."""
    if row.approved_at is None:
        raise ValueError(f"{row.reference} was never granted")
    contracts = account_queries.contracts([row.account_id])
    spans = [(one.starts_on, one.ends_on) for one in contracts]
    day = queries.today(row.approved_at + timedelta(days=days))
    stayed = rules.paying_on(day, spans)
    if stayed is None:
        return
    setattr(row, f"retained_{days}", stayed)
    log(row, "outcome_noted", by=by, now=now, data={"days": days, "stayed": stayed})
