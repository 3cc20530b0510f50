"""Teams, for programs: who leads them, who is in them."""

import hashlib
from collections.abc import Sequence

from apiflask import APIBlueprint
from flask import Response, request

from portal.blueprints.auth import actions
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused, Stale
from portal.core.web import require, viewer

from . import actions as team_actions
from . import queries
from .queries import TeamLine
from .schemas import (
    CrewChange,
    CrewEnd,
    CrewFound,
    CrewHanging,
    CrewList,
    CrewOut,
    NewCrew,
    TurnsLeft,
)

bp = APIBlueprint("teams_api", __name__, url_prefix="/api/v1/teams")


def _ids(addresses: Sequence[str], *, field: str) -> list[int]:
    found = []
    for address in addresses:
        person = auth.by_email(address)
        if person is None:
            raise Refused("there is no such person", field=field)
        found.append(person.id)
    return found


def _id(address: str) -> int:
    return _ids([address], field="lead")[0]


def _out(line: TeamLine) -> CrewOut:
    return CrewOut(
        id=line.team.id,
        name=line.team.name,
        region=line.team.region,
        lead=line.lead_address,
        members=[one.email for one in line.members],
        retired_at=line.team.retired_at,
        successor=line.team.successor_id,
    )


def _found(team_id: int, *, status: int = 200) -> Response:
    line = queries.line(team_id, now=clock.now())
    addresses = auth.emails(one.person_id for one in line.outside)
    outside = [
        TurnsLeft(person=addresses[one.person_id], turns=one.turns, first=one.first)
        for one in line.outside
    ]
    out = _out(line)
    found = CrewFound(**out.model_dump(), outside=outside)
    return answer(found, status=status, etag=_etag(out))


def _etag(team: CrewOut) -> str:
    """Give the mark of a team: its name, region, lead, people and whether it is retired; turns of
    duty move beside it.
    """
    return hashlib.sha256(team.model_dump_json().encode()).hexdigest()[:32]


def _unchanged(team_id: int) -> Team:
    """Hold a team to change it; with `If-Match` only where it is still what the caller read."""
    row = auth.hold_team(team_id)
    if request.if_match:
        known = _out(queries.line(team_id, now=clock.now()))
        if not request.if_match.contains(_etag(known)):
            raise Stale("the team has changed since it was read")
    return row


@bp.get("/")
@require(Permission.PEOPLE_READ)
@shapes(gives=CrewList)
def index() -> Response:
    """List the teams."""
    return call(lambda: answer(CrewList(items=[_out(one) for one in queries.lines()])))


@bp.get("/<int:team_id>")
@require(Permission.PEOPLE_READ)
@shapes(gives=CrewFound)
def team(team_id: int) -> Response:
    """Give a team, and who has turns of duty for it without being in it."""
    return call(lambda: _found(team_id))


@bp.post("/")
@require(Permission.PEOPLE_MANAGE)
@shapes(takes=NewCrew, gives=CrewFound, status=201)
def new() -> Response:
    """Make a team."""

    def work() -> Response:
        given = read_body(NewCrew)
        made = actions.add_team(
            name=given.name,
            region=given.region,
            lead_id=None if given.lead is None else _id(given.lead),
            members=_ids(given.members, field="members"),
            by=viewer(),
            now=clock.now(),
        )
        return _found(made.id, status=201)

    return once(work)


@bp.patch("/<int:team_id>")
@require(Permission.PEOPLE_MANAGE)
@shapes(takes=CrewChange, gives=CrewFound)
def change(team_id: int) -> Response:
    """Change what a team is called, who leads it and who is in it: all of it, or nothing."""

    def work() -> Response:
        given, row = read_body(CrewChange), _unchanged(team_id)
        lead_id = row.lead_id
        if "lead" in given.model_fields_set:
            lead_id = None if given.lead is None else _id(given.lead)
        by, now = viewer(), clock.now()
        name = row.name if given.name is None else given.name
        region = row.region if given.region is None else given.region
        actions.change_team(row, name=name, region=region, lead_id=lead_id, by=by, now=now)
        actions.add_to_team(row, _ids(given.add, field="add"), by=by, now=now)
        for person_id in dict.fromkeys(_ids(given.take, field="take")):
            actions.take_from_team(row, person_id, by=by, now=now)
        return _found(team_id)

    return once(work)


@bp.delete("/<int:team_id>")
@require(Permission.PEOPLE_MANAGE)
@shapes(gives=CrewFound)
def remove(team_id: int) -> Response:
    """Remove a team that nothing was ever done with, and say what it was."""

    def work() -> Response:
        row, was = _unchanged(team_id), _found(team_id)
        actions.remove_team(row, by=viewer(), now=clock.now())
        return was

    return once(work)


@bp.get("/<int:team_id>/hanging")
@require(Permission.PEOPLE_READ)
@shapes(gives=CrewHanging)
def hanging(team_id: int) -> Response:
    """Say what hangs on a team before it is retired."""

    def work() -> Response:
        found = queries.hanging(auth.get_team(team_id), now=clock.now())
        shown = CrewHanging(
            cases=found.cases,
            past=found.past,
            questions=found.questions,
            rules=list(found.rules),
            playbooks=list(found.playbooks),
            turns=found.turns,
            people=found.people,
            views=found.views,
            stands_for=list(found.stands_for),
            needs_successor=found.needs_successor,
        )
        return answer(shown)

    return call(work)


@bp.post("/<int:team_id>/retire")
@require(Permission.PEOPLE_MANAGE)
@shapes(takes=CrewEnd, gives=CrewFound)
def retire(team_id: int) -> Response:
    """End a team that has a past; a job gives its open cases to the one that comes after it."""

    def work() -> Response:
        given, row = read_body(CrewEnd), _unchanged(team_id)
        if given.successor is not None and given.successor not in {one.id for one in auth.teams()}:
            raise Refused("there is no such team, or it is retired", field="successor")
        by, now = viewer(), clock.now()
        team_actions.retire(row, successor_id=given.successor, by=by, now=now)
        return _found(team_id)

    return once(work)


@bp.post("/<int:team_id>/back")
@require(Permission.PEOPLE_MANAGE)
@shapes(gives=CrewFound)
def bring_back(team_id: int) -> Response:
    """Let a retired team take cases again; what went on stays where it is."""

    def work() -> Response:
        actions.bring_team_back(_unchanged(team_id), by=viewer(), now=clock.now())
        return _found(team_id)

    return once(work)
