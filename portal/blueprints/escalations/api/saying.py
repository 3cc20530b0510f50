"""What customers are told, for programs: the texts they read, written and approved."""

from typing import Any

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation
from ..schemas.saying import StatusIn, StatusList, StatusOut
from .blueprint import acting, bp, held


@bp.get("/<reference>/statuses")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=StatusList)
def statuses(reference: str) -> Response:
    """List the texts that the customer reads, or shall read, newest first."""
    return call(lambda: _statuses(queries.get(viewer(), reference, now=clock.now())))


def _statuses(case: Escalation, *, status: int = 200) -> Response:
    return answer(StatusList(items=[_out(one) for one in queries.statuses(case)]), status=status)


def _out(line: Any) -> StatusOut:
    row = line.CustomerStatus
    return StatusOut(
        id=row.id,
        text=row.text,
        language=row.language,
        written_by=line.writer,
        approved_by=line.approver,
        approved_at=row.approved_at,
        noted_at=row.noted_at,
        next_at=row.next_at,
    )


@bp.post("/<reference>/statuses")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=StatusIn, gives=StatusList, status=201)
def write_status(reference: str) -> Response:
    """Write where a case stands, in words for the customer."""

    def work() -> Response:
        given, case = read_body(StatusIn), held(reference)
        contact = queries.contact(case, given.contact) if given.contact is not None else None
        days = given.every_days
        actions.write_status(case, given.text, contact=contact, every_days=days, **acting())
        return _statuses(case, status=201)

    return once(work)


@bp.post("/<reference>/statuses/<int:status_id>/approve")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=StatusList)
def approve_status(reference: str, status_id: int) -> Response:
    """Approve a text: the customer reads it from now on."""

    def work() -> Response:
        case = held(reference)
        actions.approve_status(case, queries.status(case, status_id), **acting())
        return _statuses(case)

    return once(work)
