"""Links that open an issue once, for programs: make one, see what became of them, take one back."""

from flask import Response, current_app, url_for

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.db import db
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import OnceLink
from ..schemas import OnceLinkIn, OnceLinkLine, OnceLinkList, OnceLinkOut
from .blueprint import bp


@bp.get("/<reference>/links")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=OnceLinkList)
def links(reference: str) -> Response:
    """List the links of an issue, the newest first; their addresses are kept nowhere."""
    return call(lambda: answer(_listed(reference)))


def _listed(reference: str) -> OnceLinkList:
    row = queries.get(viewer(), reference)
    return OnceLinkList(items=[_line(one) for one in queries.links(row)])


def _line(link: OnceLink) -> OnceLinkLine:
    return OnceLinkLine(
        id=link.id,
        made_at=link.created_at,
        expires_at=link.expires_at,
        used_at=link.used_at,
        revoked_at=link.revoked_at,
    )


@bp.post("/<reference>/links")
@require(Permission.BRIEFINGS_READ)
@shapes(takes=OnceLinkIn, gives=OnceLinkOut, status=201)
def make_link(reference: str) -> Response:
    """Make a link that opens an issue once for its reader, after they signed in."""
    return call(lambda: _made(reference))


def _made(reference: str) -> Response:
    asked = read_body(OnceLinkIn)
    row = queries.get(viewer(), reference)
    made = actions.make_link(row, days=asked.days, by=viewer(), now=clock.now())
    base: str = current_app.config["PORTAL"].base_url
    address = base + url_for("briefings.open_link", word=made.word)
    found = OnceLinkOut(id=made.row.id, address=address, expires_at=made.row.expires_at)
    # What is kept to answer a repeated call would keep the address: this one is not repeated.
    db.session.commit()
    return answer(found, status=201)


@bp.post("/<reference>/links/<int:number>/revoke")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=OnceLinkLine)
def revoke_link(reference: str, number: int) -> Response:
    """Take a link back."""
    return once(lambda: _revoke(reference, number))


def _revoke(reference: str, number: int) -> Response:
    row = queries.get(viewer(), reference)
    link = queries.link_of(row, number)
    actions.revoke_link(row, link, by=viewer(), now=clock.now())
    return answer(_line(link))
