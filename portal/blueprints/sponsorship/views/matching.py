"""The door to the proposal for the waiting list."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.assigning.asking import NotAssigned
from portal.core.web import page, require, viewer

from .. import forms, queries
from ..models import LaneKind
from .blueprint import bp


@bp.get("/matching")
@require(Permission.SPONSORSHIP_DECIDE)
def matching() -> ResponseReturnValue:
    """Show who could sponsor whom, for the whole waiting list."""
    try:
        found, failed = queries.proposal(viewer(), now=clock.now()), False
    except NotAssigned:
        found, failed = [], True
    return page(
        "sponsorship/matching.html",
        lanes_of={lane: [one for one in found if one.lane is lane] for lane in LaneKind},
        lanes=forms.LANES,
        failed=failed,
        policy_number=queries.policy_in_force()[1],
    )
