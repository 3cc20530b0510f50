"""Answers to surveys, for programs."""

from apiflask import APIBlueprint
from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.web import require, viewer

from . import actions, queries, rules
from .models import SurveyAnswer
from .schemas import (
    AnswerList,
    AnswerOut,
    AnswersAsked,
    RecommendAsked,
    RecommendList,
    RecommendOut,
    ReplacedOut,
    ScheduleIn,
    ScheduleOut,
)

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
    before = queries.earlier([row.id for row in found.rows if row.answers > 1])
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
            earlier=_earlier(before.get(row.id, [])),
        )
        for row in found.rows
    ]
    return answer(AnswerList(items=items, after=found.after))


def _earlier(rows: list[SurveyAnswer]) -> list[ReplacedOut]:
    return [
        ReplacedOut(
            csat=row.csat,
            ces=row.ces,
            comment=row.comment,
            answered_at=row.at,
            replaced_at=row.replaced_at,
        )
        for row in rows
        if row.replaced_at is not None
    ]


@bp.get("/recommend")
@require(Permission.SURVEYS_READ)
@shapes(asks=RecommendAsked, gives=RecommendList)
def recommend() -> Response:
    """List who said whether they would recommend us, the newest first."""
    return call(_recommend)


def _recommend() -> Response:
    asked, now = read_query(RecommendAsked), clock.now()
    found = queries.nps_page(
        viewer(), now=now, account=asked.account, cursor=asked.after or None, limit=asked.limit
    )
    items = [
        RecommendOut(
            account=row.reference,
            score=row.score,
            comment=row.comment,
            held_by=row.owner,
            answered_at=row.answered_at,
        )
        for row in found.rows
    ]
    schedule = queries.schedule()
    net = rules.promoters_less_detractors(queries.nps_scores(viewer(), now=now))
    months = schedule.every_months if schedule else 0
    return answer(RecommendList(items=items, after=found.after, every_months=months, net=net))


@bp.put("/recommend/schedule")
@require(Permission.SURVEYS_MANAGE)
@shapes(takes=ScheduleIn, gives=ScheduleOut)
def set_schedule() -> Response:
    """Say how often each customer is asked."""

    def work() -> Response:
        months = read_body(ScheduleIn).every_months
        row = actions.set_schedule(months, by=viewer(), now=clock.now())
        return answer(ScheduleOut(every_months=row.every_months))

    return once(work)
