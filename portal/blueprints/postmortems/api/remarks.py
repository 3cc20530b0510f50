"""Remarks on drafts of post-mortems for programs: list, say, take over, settle."""

from typing import Any

from flask import Response, request, url_for

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..models import Postmortem, Remark, RemarkState
from ..queries import RemarkLine
from ..schemas import NewRemark, RemarkMove, RemarkOut, RemarkPage, RemarksAsked
from .blueprint import bp, expect_match
from .todo import MOST

SAME = (
    "id",
    "part",
    "who",
    "text",
    "suggestion",
    "moved",
    "at",
    "state",
    "answer",
    "settled_by",
    "settled_at",
    "for_counsel",
)


@bp.get("/<reference>/remarks")
@require(Permission.POSTMORTEMS_READ)
@shapes(asks=RemarksAsked, gives=RemarkPage)
def remark_list(reference: str) -> Response:
    """List the remarks on a draft that the caller may read, the newest first."""
    return call(lambda: _page(reference))


def _page(reference: str) -> Response:
    asked, row = read_query(RemarksAsked), _row(reference)
    found = queries.remark_page(
        row, viewer=viewer(), state=asked.state, cursor=asked.after or None, limit=asked.limit
    )
    return answer(RemarkPage(items=[_line(row, one) for one in found.rows], after=found.after))


def _row(reference: str, *, lock: bool = False) -> Postmortem:
    return queries.get(viewer(), reference, now=clock.now(), lock=lock)


def _line(row: Postmortem, line: RemarkLine) -> RemarkOut:
    return RemarkOut(**{name: getattr(line, name) for name in SAME}, postmortem=row.reference)


@bp.get("/<reference>/remarks/<int:number>")
@require(Permission.POSTMORTEMS_READ)
@shapes(gives=RemarkOut)
def remark_one(reference: str, number: int) -> Response:
    """Give one remark; its ETag is its version."""
    return call(lambda: _shown(*_found(reference, number)))


def _found(reference: str, number: int) -> tuple[Postmortem, Remark]:
    if number > MOST:
        raise NotFound
    row = _row(reference, lock=request.method == "POST")
    return row, queries.get_remark(row, number, viewer=viewer())


def _shown(row: Postmortem, found: Remark, *, status: int = 200) -> Response:
    (line,) = queries.remark_lines(row, [found], viewer=viewer())
    address: dict[str, Any] = {"reference": row.reference, "number": found.id}
    location = url_for("postmortems_api.remark_one", **address) if status == 201 else ""
    return answer(_line(row, line), status=status, etag=str(found.version), location=location)


@bp.post("/<reference>/remarks")
@require(Permission.POSTMORTEMS_READ)
@shapes(takes=NewRemark, gives=RemarkOut, status=201)
def remark_new(reference: str) -> Response:
    """Say something about a draft; with `If-Match` only where it is what the caller read."""
    return once(lambda: _say(reference))


def _say(reference: str) -> Response:
    given, row = read_body(NewRemark).model_dump(), _row(reference, lock=True)
    expect_match(row.version)
    part = given.pop("part")
    if part not in queries.parts_of(row):
        raise NotFound
    was = rules.digest(getattr(row, part)) if part in rules.TEXTS else ""
    given |= {"was": was, "by": viewer(), "now": clock.now()}
    found = actions.remark(row, part, given.pop("text"), **given)
    return _shown(row, found, status=201)


@bp.post("/<reference>/remarks/<int:number>")
@require(Permission.POSTMORTEMS_READ)
@shapes(takes=RemarkMove, gives=RemarkOut)
def remark_move(reference: str, number: int) -> Response:
    """Take what a remark suggests, or settle it; with `If-Match` only where it is what the caller
    read. 412 where the same lines of the text were changed meanwhile: nothing is taken.
    """
    return once(lambda: _move(reference, number))


def _move(reference: str, number: int) -> Response:
    given, (row, found) = read_body(RemarkMove), _found(reference, number)
    expect_match(found.version)
    more: dict[str, Any] = {"version": None, "by": viewer(), "now": clock.now()}
    if given.state == RemarkState.TAKEN.value:
        actions.take(row, found, **more)
    else:
        actions.settle(row, found, answer=given.answer, **more)
    return _shown(row, found)
