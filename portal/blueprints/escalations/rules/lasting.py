"""The long track, for a litigation or a long repair: two people, a reason and a review date."""

from datetime import date, timedelta

from portal.blueprints.policies.rules import SeverityPolicy
from portal.blueprints.policies.rules.base import Unit
from portal.core.i18n import _

DAYS = {Unit.WEEKS: 7, Unit.MONTHS: 30}
"""How many days a unit of the policy counts for here, where it is not one."""


def long_track_objections(
    *,
    by_owner: bool,
    second_is_other: bool,
    reason: str,
    review: date,
    today: date,
    policy: SeverityPolicy,
) -> list[str]:
    """Say what stands against moving a case to the long track; days are the customer's."""
    missing = []
    if not by_owner:
        missing.append(_("Only the owner asks for the long track."))
    if not second_is_other:
        missing.append(_("The second person must be somebody else than the owner."))
    if not reason.strip():
        missing.append(_("Say why it takes so long."))
    if review <= today:
        missing.append(_("The review lies in the future."))
    if review > latest_review(today, policy):
        longest = str((latest_review(today, policy) - today).days)
        missing.append(_("The policy wants a review within %(days)s days.", days=longest))
    return missing


def latest_review(today: date, policy: SeverityPolicy) -> date:
    """Give the last day on which a case on the long track is looked at again."""
    span = policy.long_track_review
    return today + timedelta(days=span.count * DAYS.get(span.unit, 1))
