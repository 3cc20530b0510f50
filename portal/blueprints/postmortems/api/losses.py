"""Notes about customers who left, for programs: list, read, write."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import LossNote
from ..queries import LossLine
from ..schemas import LossNoteIn, LossNoteLine, LossNotePage, LossNotesAsked
from .blueprint import bp, expect_match

SAME = ("reference", "owner", "lost_on", "due_on", "factor", "what", "sentence")


@bp.get("/losses")
@require(Permission.POSTMORTEMS_READ)
@shapes(asks=LossNotesAsked, gives=LossNotePage)
def loss_list() -> Response:
    """List the loss notes that the caller may see, the newest loss first, page by page."""
    return call(_page)


def _page() -> Response:
    asked = read_query(LossNotesAsked)
    found = queries.loss_page(
        viewer(),
        now=clock.now(),
        account=asked.account,
        cursor=asked.after or None,
        limit=asked.limit,
    )
    return answer(LossNotePage(items=[_line(one) for one in found.rows], after=found.after))


def _line(line: LossLine) -> LossNoteLine:
    return LossNoteLine(
        **{name: getattr(line, name) for name in SAME},
        account=line.account_ref,
        account_name=line.account_name,
        state=line.state.value,
        arr=amount_of(line.arr),
    )


@bp.get("/losses/<reference>")
@require(Permission.POSTMORTEMS_READ)
@shapes(gives=LossNoteLine)
def loss_one(reference: str) -> Response:
    """Give one loss note; its ETag is its version."""
    return call(lambda: _shown(queries.get_loss(viewer(), reference, now=clock.now())))


def _shown(row: LossNote) -> Response:
    told = queries.loss_told(row)
    plain = ("reference", "lost_on", "due_on", "factor", "what", "sentence")
    out = LossNoteLine(
        **{name: getattr(row, name) for name in plain},
        owner=told.owner,
        account=told.account.reference,
        account_name=told.account.name,
        state=row.state.value,
        arr=amount_of(told.arr),
    )
    return answer(out, etag=str(row.version))


@bp.post("/losses/<reference>")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
@shapes(takes=LossNoteIn, gives=LossNoteLine)
def loss_write(reference: str) -> Response:
    """Write a loss note, or correct it; with `If-Match` only where it is what the caller read."""
    return once(lambda: _write(reference))


def _write(reference: str) -> Response:
    given = read_body(LossNoteIn).model_dump()
    row = queries.get_loss(viewer(), reference, now=clock.now(), lock=True)
    expect_match(row.version)
    actions.write_loss(row, version=None, by=viewer(), now=clock.now(), **given)
    return _shown(row)
