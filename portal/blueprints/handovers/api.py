"""Hand-overs, for programs: what somebody owns, who takes it, how far that got."""

from apiflask import APIBlueprint
from flask import Response

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused
from portal.core.web import require, viewer

from . import actions, queries, rules
from .models import Belonging, Handover
from .schemas import (
    HandoverIn,
    HandoverOut,
    LeftList,
    LeftOut,
    OwnedAsked,
    OwnedList,
    OwnedOut,
    ProgressOut,
)

bp = APIBlueprint("handovers_api", __name__, url_prefix="/api/v1/handovers")


def _person(address: str, *, field: str) -> int:
    found = auth.by_email(address)
    if found is None:
        raise Refused("there is no such person", field=field)
    return found.id


def _out(row: Handover) -> HandoverOut:
    heirs = []
    for kind, heir in sorted(row.heirs.items()):
        kept = row.progress.get(kind) or {}
        heirs.append(
            ProgressOut(
                kind=kind,
                to=auth.get(int(heir)).email,
                handed=kept.get("handed", 0),
                refused=kept.get("refused", 0),
                stays=kept.get("stays", []),
            )
        )
    return HandoverOut(
        id=row.id,
        person=auth.get(row.person_id).email,
        state=row.state.value,
        begins_at=row.begins_at,
        done_at=row.done_at,
        ends_access=row.ends_access,
        heirs=heirs,
    )


@bp.get("/left")
@require(Permission.PEOPLE_MANAGE)
@shapes(gives=LeftList)
def left() -> Response:
    """List who does not work here any more and still owns something."""
    found = sorted(queries.orphans(now=clock.now()).items(), key=lambda one: (-one[1], one[0]))
    items = [LeftOut(person=auth.get(person_id).email, count=n) for person_id, n in found]
    return answer(LeftList(items=items))


@bp.get("/owned")
@require(Permission.PEOPLE_MANAGE)
@shapes(asks=OwnedAsked, gives=OwnedList)
def owned() -> Response:
    """List what somebody owns, kind by kind."""

    def work() -> Response:
        address = read_query(OwnedAsked).person
        found = queries.owned(_person(address, field="person"), now=clock.now())
        items = [
            OwnedOut(
                kind=one.kind.value,
                count=one.count,
                restricted=one.restricted,
                first=list(one.first),
                settled_by=None if one.kind in rules.HANDED else rules.settled_by(one.kind),
            )
            for one in found
        ]
        return answer(OwnedList(person=address, items=items))

    return call(work)


@bp.post("/")
@require(Permission.PEOPLE_MANAGE)
@shapes(takes=HandoverIn, gives=HandoverOut, status=201)
def plan() -> Response:
    """Let others take over what a person owns; a job carries it out, record by record."""

    def work() -> Response:
        given, now = read_body(HandoverIn), clock.now()
        heirs = {Belonging(one.kind): _person(one.to, field="heirs") for one in given.heirs}
        if not set(heirs) <= set(rules.HANDED):
            raise Refused("something of these kinds is not handed over here", field="heirs")
        row = actions.plan(
            _person(given.person, field="person"),
            heirs=heirs,
            summary=given.summary,
            begins_at=given.begins_at or now,
            ends_access=given.ends_access,
            by=viewer(),
            now=now,
        )
        return answer(_out(row), status=201)

    return once(work)


@bp.get("/<int:handover_id>")
@require(Permission.PEOPLE_MANAGE)
@shapes(gives=HandoverOut)
def handover(handover_id: int) -> Response:
    """Give a hand-over and how far it got."""
    return call(lambda: answer(_out(queries.get(handover_id))))


@bp.post("/<int:handover_id>/cancel")
@require(Permission.PEOPLE_MANAGE)
@shapes(gives=HandoverOut)
def cancel(handover_id: int) -> Response:
    """Call a planned hand-over off."""

    def work() -> Response:
        row = queries.get(handover_id, lock=True)
        actions.cancel(row, by=viewer(), now=clock.now())
        return answer(_out(row))

    return once(work)
