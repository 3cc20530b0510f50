"""The door to how the programme does, and whether it works."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.web import page, require

from .. import forms, queries, rules
from ..models import LaneKind
from .blueprint import bp


@bp.get("/health")
@require(Permission.SPONSORSHIP_DECIDE)
def health() -> ResponseReturnValue:
    """Show the programme's figures, and what can be said about its effect."""
    policy, now = queries.policy_in_force()[0], clock.now()
    return page(
        "sponsorship/health.html",
        health=queries.health(policy, now=now),
        effects=queries.effects(now=now),
        places={lane.value: queries.places(lane, policy) for lane in LaneKind},
        lanes=forms.LANES,
        horizon=rules.effect.HORIZON_DAYS,
        near=rules.effect.NEAR,
        least_accounts=rules.effect.LEAST_ACCOUNTS,
        least_events=rules.effect.LEAST_EVENTS,
    )
