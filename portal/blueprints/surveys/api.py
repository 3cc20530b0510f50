"""Answers to surveys, for programs."""

from apiflask import APIBlueprint
from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, read_query, shapes
from portal.core.web import require, viewer

from . import queries
from .schemas import AnswerList, AnswerOut, AnswersAsked

bp = APIBlueprint("surveys_api", __name__, url_prefix="/api/v1/surveys")


@bp.get("/")
@require(Permission.SURVEYS_READ)
@shapes(asks=AnswersAsked, gives=AnswerList)
def index() -> Response:
    """List what customers answered after closings, newest first."""
    return call(_index)


def _index() -> Response:
    asked = read_query(AnswersAsked)
    found = queries.page(
        viewer(),
        now=clock.now(),
        case=asked.case,
        account=asked.account,
        cursor=asked.after or None,
        limit=asked.limit,
    )
    items = [
        AnswerOut(
            case=row.record_ref,
            account=row.account,
            csat=row.csat,
            ces=row.ces,
            comment=row.comment,
            answers=row.answers,
            held_by=row.owner,
            closed_at=row.closed_at,
            answered_at=row.answered_at,
        )
        for row in found.rows
    ]
    return answer(AnswerList(items=items, after=found.after))
