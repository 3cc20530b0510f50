"""The duty roster for programs: who answers, and planning who will."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..models import Duty
from ..queries import Shift, TeamDuty
from ..schemas import (
    DutyAt,
    NewHolder,
    NewShifts,
    RosterOut,
    ShiftOut,
    TeamList,
    TeamOut,
    Uncovered,
)
from .blueprint import bp

SHOWN = timedelta(days=28)


def _acting() -> dict[str, Any]:
    return {"by": viewer(), "now": clock.now()}


@bp.get("/duty")
@require(Permission.HOME)
@shapes(asks=DutyAt, gives=TeamList)
def duty() -> Response:
    """Say who answers for each team, now or at another moment."""
    return call(_duty)


def _duty() -> Response:
    now = clock.now()
    teams = queries.teams_at(_moment(read_query(DutyAt).at or now), now=now)
    return answer(TeamList(items=[_team(one) for one in teams]))


def _moment(at: datetime) -> datetime:
    if not 1970 < at.year < 2200:
        raise Refused("no roster reaches this far", field="at")
    return at


def _team(one: TeamDuty) -> TeamOut:
    return TeamOut(
        id=one.team_id,
        team=one.team,
        lead=one.lead,
        shifts=[_shift(shift) for shift in one.shifts],
        answers=list(one.answers),
        by_shift=one.by_shift,
    )


def _shift(one: Shift) -> ShiftOut:
    return ShiftOut(id=one.id, person=one.person, starts_at=one.starts_at, ends_at=one.ends_at)


@bp.get("/duty/<int:team_id>")
@require(Permission.HOME)
@shapes(gives=RosterOut)
def roster(team_id: int) -> Response:
    """Give the coming shifts of a team."""
    return call(lambda: _roster(team_id))


def _roster(team_id: int, *, status: int = 200) -> Response:
    team, now = queries.duty_team(team_id), clock.now()
    shifts = queries.roster(team_id, start=now, end=now + SHOWN)
    gaps = rules.uncovered([one.stretch for one in shifts], start=now, end=now + rules.AHEAD)
    shown = RosterOut(
        id=team.id,
        team=team.name,
        shifts=[_shift(one) for one in shifts],
        gaps=[Uncovered(starts_at=one.start, ends_at=one.end) for one in gaps],
    )
    return answer(shown, status=status)


@bp.post("/duty/<int:team_id>/shifts")
@require(Permission.DUTY_PLAN)
@shapes(takes=NewShifts, gives=RosterOut, status=201)
def plan(team_id: int) -> Response:
    """Put a person on duty for a team by a weekly pattern."""
    return once(lambda: _plan(team_id))


def _plan(team_id: int) -> Response:
    given, team = read_body(NewShifts), queries.duty_team(team_id)
    actions.plan_duty(
        team,
        _person(given.person),
        first=given.first,
        last=given.last,
        weekdays=given.weekdays,
        begin=time.fromisoformat(given.begin),
        end=time.fromisoformat(given.end),
        **_acting(),
    )
    return _roster(team_id, status=201)


def _person(address: str) -> int:
    found = auth.by_email(address)
    if found is None or not found.active:
        raise Refused("there is no such person", field="person")
    return found.id


def _act(shift_id: int, act: Callable[[Duty], object]) -> Response:
    """Do one thing to a shift that nobody else changes meanwhile, and give its team's roster."""
    shift = queries.get_shift(shift_id, lock=True)
    team_id = shift.team_id
    act(shift)
    return _roster(team_id)


@bp.post("/duty/shifts/<int:shift_id>/end")
@require(Permission.DUTY_PLAN)
@shapes(gives=RosterOut)
def end(shift_id: int) -> Response:
    """Call a coming shift off, or end the one that runs."""
    return once(lambda: _act(shift_id, lambda row: actions.end_duty(row, **_acting())))


@bp.post("/duty/shifts/<int:shift_id>/hand")
@require(Permission.DUTY_PLAN)
@shapes(takes=NewHolder, gives=RosterOut)
def hand(shift_id: int) -> Response:
    """Give a shift to somebody else: the rest of it, if it runs."""

    def work() -> Response:
        given = read_body(NewHolder)
        to = _person(given.person)
        return _act(shift_id, lambda row: actions.hand_duty(row, to, **_acting()))

    return once(work)
