"""Moves between levels, for programs."""

from flask import Response

from portal.core.access import Permission
from portal.core.api import shapes
from portal.core.web import require

from .. import actions
from ..models import Escalation
from ..schemas import CaseOut
from ..schemas.acts import Move
from .blueprint import acting, bp, do, person, take, team


@bp.post("/<reference>/level")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Move, gives=CaseOut)
def level(reference: str) -> Response:
    """Take a case to another level, and with it to another owner or team if they are named."""
    return take(reference, Move, _move)


def _move(case: Escalation, given: Move) -> None:
    actions.move_level(
        case,
        given.level,
        kind=given.kind,
        why=given.why,
        summary=given.summary,
        to_id=person(given.to, field="to") if given.to else None,
        team_id=team(given.team) if given.team else None,
        **acting(),
    )


@bp.post("/<reference>/level/restore")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def restore_level(reference: str) -> Response:
    """Take a case back to the executive level while leaving it cools off."""
    return do(reference, lambda case: actions.restore_level(case, **acting()))
