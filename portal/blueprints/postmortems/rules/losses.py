"""Which losses get a note, and when a customer counts as lost."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portal.blueprints.postmortems.models import DueReason

OLD = timedelta(days=90)
"""Somebody who left longer ago was lost before anybody here could learn of it: such come in by
imports of whole histories.
"""
LOSS_PREFIX = "LN"


def lost_on(last_contract_end: date | None, *, today: date) -> date:
    """Give the day on which a customer was lost: when their last contract ended, where it has."""
    ended = last_contract_end is not None and last_contract_end <= today
    return last_contract_end if ended and last_contract_end is not None else today


def is_old(lost: date, *, today: date) -> bool:
    """Say whether a loss lies too far back to be looked into."""
    return lost < today - OLD


def is_about_loss(reasons: Sequence[str], created_at: datetime, *, day: date) -> bool:
    """Say whether a post-mortem is about the loss of a day: it became due by one since then, or
    not long before.
    """
    return DueReason.LOST_ACCOUNT.value in reasons and created_at.date() >= day - OLD
