"""The links into a customer's room, for programs."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app

from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import Escalation
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from . import actions, queries, rules
from .schemas import LinkIn, LinkList, LinkOut

bp = APIBlueprint("customer_room_api", __name__, url_prefix="/api/v1/customer_room")


def _case(reference: str, *, lock: bool = False) -> Escalation:
    return cases.get(viewer(), reference, now=clock.now(), lock=lock)


@bp.get("/<reference>/links")
@require(Permission.CUSTOMER_ROOM_MANAGE)
@shapes(gives=LinkList)
def links(reference: str) -> Response:
    """List the links into the room of a case."""
    return call(lambda: _links(_case(reference)))


def _links(case: Escalation, *, status: int = 200) -> Response:
    return answer(LinkList(items=[_out(one, case) for one in queries.links(case)]), status=status)


def _out(line: Any, case: Escalation) -> LinkOut:
    row = line.RoomLink
    opens = rules.is_open(
        now=clock.now(),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        legal_mode=case.legal_mode,
    )
    base_url = current_app.config["PORTAL"].base_url
    return LinkOut(
        id=row.id,
        contact=line.contact,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        visits=row.visits,
        visited_at=row.visited_at,
        address=f"{base_url}/room/{queries.token_of(row)}" if opens else None,
    )


@bp.post("/<reference>/links")
@require(Permission.CUSTOMER_ROOM_MANAGE)
@shapes(takes=LinkIn, gives=LinkList, status=201)
def make_link(reference: str) -> Response:
    """Open the room of a case to a contact."""

    def work() -> Response:
        given, case = read_body(LinkIn), _case(reference, lock=True)
        actions.make_link(
            case,
            cases.contact(case, given.contact),
            days=given.days,
            base_url=current_app.config["PORTAL"].base_url,
            send=given.send,
            by=viewer(),
            now=clock.now(),
        )
        return _links(case, status=201)

    return once(work)


@bp.post("/<reference>/links/<int:link_id>/revoke")
@require(Permission.CUSTOMER_ROOM_MANAGE)
@shapes(gives=LinkList)
def revoke_link(reference: str, link_id: int) -> Response:
    """Take a link back."""

    def work() -> Response:
        case = _case(reference, lock=True)
        actions.revoke_link(case, queries.link(case, link_id), by=viewer(), now=clock.now())
        return _links(case)

    return once(work)
