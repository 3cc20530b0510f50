"""Copies of issues on devices, for programs: who keeps one, and take one back."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, shapes
from portal.core.errors import NotFound
from portal.core.web import require, viewer

from .. import actions, queries
from ..schemas import KeptCopyLine, KeptCopyList
from .blueprint import bp


@bp.get("/<reference>/copies")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=KeptCopyList)
def copies(reference: str) -> Response:
    """List the copies of an issue that are or were kept on devices, the newest first."""
    return call(lambda: answer(KeptCopyList(items=_lines(reference))))


def _lines(reference: str) -> list[KeptCopyLine]:
    row = queries.get(viewer(), reference)
    return [_line(one) for one in queries.copies(row, now=clock.now())]


def _line(one: queries.Copy) -> KeptCopyLine:
    return KeptCopyLine(
        id=one.row.id,
        reader=one.who,
        made_at=one.row.created_at,
        until=one.row.until,
        stands=one.stands,
        opened_at=one.row.opened_at,
        ended_at=one.row.ended_at,
        why=one.row.ending.value if one.row.ending else None,
        told_at=one.row.told_at,
    )


@bp.post("/<reference>/copies/<int:number>/end")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=KeptCopyLine)
def end_copy(reference: str, number: int) -> Response:
    """Take a copy back; its device removes it when it is online next."""
    return once(lambda: _end(reference, number))


def _end(reference: str, number: int) -> Response:
    row, now = queries.get(viewer(), reference), clock.now()
    actions.end_copy(row, queries.copy_of(row, number), by=viewer(), now=now)
    found = next((one for one in queries.copies(row, now=now) if one.row.id == number), None)
    if found is None:
        raise NotFound
    return answer(_line(found))
