"""Rounds, for programs: a tool of the engineers reads what is asked, and answers."""

from collections.abc import Callable, Sequence
from datetime import datetime

from apiflask import APIBlueprint
from flask import Response

from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import Escalation
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from . import actions, queries, rules
from .models import Round
from .schemas import (
    RoundAnswerIn,
    RoundCallOut,
    RoundCaseIn,
    RoundIn,
    RoundList,
    RoundOut,
    RoundsAsked,
    RoundStopIn,
    RoundWhomIn,
)

bp = APIBlueprint("rounds_api", __name__, url_prefix="/api/v1/rounds")


def _out(line: queries.Line, calls: Sequence[queries.Told] = ()) -> RoundOut:
    row = line.row
    return RoundOut(
        id=row.id,
        question=row.question,
        asked=line.asked,
        times=rules.written(row.times).split(", "),
        zone=row.zone,
        workdays=row.workdays,
        within_minutes=row.within_minutes,
        next_at=row.next_at,
        stopped_at=row.stopped_at,
        stopped_because=row.stopped_because,
        cases=[reference for reference, _name in line.cases],
        calls=[
            RoundCallOut(
                due_at=one.row.due_at,
                asked=one.asked,
                asked_at=one.row.asked_at,
                answer_by=one.row.answer_by,
                reminded_at=one.row.reminded_at,
                answered_at=one.row.answered_at,
                answered_by=one.answered_by,
                answer=one.row.answer,
            )
            for one in calls
        ],
    )


def _whole(row: Round, *, status: int = 200) -> Response:
    line = queries.line(row, viewer(), now=clock.now())
    return answer(_out(line, queries.calls(row)), status=status)


def _case(reference: str, *, now: datetime) -> Escalation:
    try:
        return cases.get(viewer(), reference, now=now, lock=True)
    except NotFound:
        raise Refused("there is no such case", field="case") from None


def _change(round_id: int, act: Callable[[Round, datetime], object]) -> Response:
    """Carry out a change of a round, and give it as it is then. Of a round and a case the round is
    locked first, here as on the pages: two that change both never wait for each other.
    """
    now = clock.now()
    row = queries.get(viewer(), round_id, now=now, lock=True)
    act(row, now)
    return _whole(row)


@bp.get("/")
@require(Permission.ROUNDS_READ)
@shapes(asks=RoundsAsked, gives=RoundList)
def rounds() -> Response:
    """List the rounds that run, or those of a case."""

    def work() -> Response:
        asked, now = read_query(RoundsAsked).case, clock.now()
        if not asked:
            found = queries.running(viewer(), now=now)
        else:
            found = queries.of_case(cases.get(viewer(), asked, now=now), viewer(), now=now)
        return answer(RoundList(items=[_out(line) for line in found]))

    return call(work)


@bp.get("/<int:round_id>")
@require(Permission.ROUNDS_READ)
@shapes(gives=RoundOut)
def status_round(round_id: int) -> Response:
    """Give a round with what was asked and answered."""
    return call(lambda: _whole(queries.get(viewer(), round_id, now=clock.now())))


@bp.post("/")
@require(Permission.ROUNDS_WRITE)
@shapes(takes=RoundIn, gives=RoundOut, status=201)
def open_round() -> Response:
    """Let somebody be asked at set times how the incident of a case stands."""

    def work() -> Response:
        given, now = read_body(RoundIn), clock.now()
        case = _case(given.case, now=now)
        row = actions.open_round(
            case,
            given.question,
            person_id=given.person,
            team_id=given.team,
            times=rules.times(",".join(given.times)),
            zone=queries.zone_of(case, given.zone, person_id=given.person),
            workdays=given.workdays,
            within=given.within_minutes,
            by=viewer(),
            now=now,
        )
        return _whole(row, status=201)

    return once(work)


@bp.post("/<int:round_id>/cases")
@require(Permission.ROUNDS_WRITE)
@shapes(takes=RoundCaseIn, gives=RoundOut)
def join(round_id: int) -> Response:
    """Let a case wait for the answers, too."""

    def work() -> Response:
        reference = read_body(RoundCaseIn).case

        def act(row: Round, now: datetime) -> None:
            actions.join(row, _case(reference, now=now), by=viewer(), now=now)

        return _change(round_id, act)

    return once(work)


@bp.post("/<int:round_id>/leave")
@require(Permission.ROUNDS_WRITE)
@shapes(takes=RoundCaseIn, gives=RoundOut)
def leave(round_id: int) -> Response:
    """Let a case wait no more."""

    def work() -> Response:
        reference = read_body(RoundCaseIn).case

        def act(row: Round, now: datetime) -> None:
            actions.leave(row, _case(reference, now=now), by=viewer(), now=now)

        return _change(round_id, act)

    return once(work)


@bp.post("/<int:round_id>/answer")
@require(Permission.ROUNDS_ANSWER)
@shapes(takes=RoundAnswerIn, gives=RoundOut)
def tell(round_id: int) -> Response:
    """Say how it stands, to all cases that wait."""

    def work() -> Response:
        text = read_body(RoundAnswerIn).text
        return _change(round_id, lambda row, now: actions.tell(row, text, by=viewer(), now=now))

    return once(work)


@bp.post("/<int:round_id>/whom")
@require(Permission.ROUNDS_WRITE)
@shapes(takes=RoundWhomIn, gives=RoundOut)
def change_whom(round_id: int) -> Response:
    """Let somebody else be asked from the next time on."""

    def work() -> Response:
        given = read_body(RoundWhomIn)

        def act(row: Round, now: datetime) -> None:
            who = {"person_id": given.person, "team_id": given.team}
            actions.change_whom(row, **who, by=viewer(), now=now)

        return _change(round_id, act)

    return once(work)


@bp.post("/<int:round_id>/stop")
@require(Permission.ROUNDS_WRITE)
@shapes(takes=RoundStopIn, gives=RoundOut)
def stop(round_id: int) -> Response:
    """Ask nobody any more."""

    def work() -> Response:
        reason = read_body(RoundStopIn).reason
        return _change(
            round_id, lambda row, now: actions.stop(row, reason=reason, by=viewer(), now=now)
        )

    return once(work)
