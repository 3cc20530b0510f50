"""The charter of the sponsorship programme for programs."""

from flask import Response, url_for

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import NotFound
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..models import Charter
from ..schemas import CharterLine, CharterList, CharterOut, MetricOut, NewCharter
from .blueprint import bp


@bp.get("/charters")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=CharterList)
def charters() -> Response:
    """List the versions of the programme's charter, the newest, which is in force, first."""
    return call(_charters)


def _charters() -> Response:
    lines = [
        CharterLine(
            number=one.number,
            published_at=one.published_at,
            publisher=one.publisher,
            reason=one.reason,
        )
        for one in queries.charters()
    ]
    return answer(CharterList(items=lines))


@bp.get("/charters/<int:number>")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=CharterOut)
def charter(number: int) -> Response:
    """Give one version of the charter."""
    return call(lambda: answer(_out(_version(number))))


def _version(number: int) -> Charter:
    found = queries.charter(number) if 0 < number <= rules.charter.HIGHEST else None
    if found is None:
        raise NotFound
    return found


def _out(row: Charter) -> CharterOut:
    return CharterOut(
        number=row.number,
        published_at=row.published_at,
        reason=row.reason,
        purpose=row.purpose,
        metrics=[MetricOut(**one) for one in row.metrics],
        duties=row.duties,
        donts=row.donts,
        customer=row.customer,
        training=row.training,
    )


@bp.post("/charters")
@require(Permission.SPONSORSHIP_MANAGE)
@shapes(takes=NewCharter, gives=CharterOut, status=201)
def publish_charter() -> Response:
    """Publish a version of the charter; 412 where another one was published since `base`."""
    return once(_publish)


def _publish() -> Response:
    given = read_body(NewCharter)
    said = {name: getattr(given, name) for name in rules.charter.FIELDS}
    row = actions.publish_charter(
        rules.charter.Charter(**said),
        base=given.base,
        reason=given.reason,
        by=viewer(),
        now=clock.now(),
    )
    address = url_for("sponsorship_api.charter", number=row.number)
    return answer(_out(row), status=201, location=address)
