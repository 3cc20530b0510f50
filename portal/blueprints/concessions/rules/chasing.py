"""When somebody is reminded of a signature or a delivery, and when others are told."""

from datetime import datetime, timedelta
from enum import StrEnum

from portal.blueprints.policies.rules.compensation import CompensationPolicy


class Chase(StrEnum):
    """What a late signature asks for."""

    REMIND = "remind"
    ESCALATE = "escalate"


def chase(
    asked_at: datetime, *, chased_at: datetime | None, now: datetime, policy: CompensationPolicy
) -> Chase | None:
    """Say what is due of a signature that was asked for: a reminder every so many days, and from a
    day on everybody told who could sign instead; None: nothing yet.
    """
    last = max(asked_at, chased_at or asked_at)
    if now < last + timedelta(days=policy.remind_days):
        return None
    late = now >= asked_at + timedelta(days=policy.escalate_days)
    return Chase.ESCALATE if late else Chase.REMIND


def delivery_is_late(
    accepted_at: datetime,
    *,
    chased_at: datetime | None,
    now: datetime,
    policy: CompensationPolicy,
) -> bool:
    """Say whether finance is reminded of what was accepted and not delivered."""
    last = max(accepted_at, chased_at or accepted_at)
    return now >= last + timedelta(days=policy.deliver_days)
