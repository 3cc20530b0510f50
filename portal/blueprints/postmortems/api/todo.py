"""Actions of post-mortems for programs: list, read, agree, and what became of them."""

from typing import Any

from flask import Response, request, url_for

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Action, ActionKind, ActionState, Postmortem
from ..queries import ActionLine, Sheet, TodoLine
from ..schemas import (
    LessonActionMove,
    LessonActionOut,
    LessonActionPage,
    LessonActionsAsked,
    NewLessonAction,
)
from .blueprint import bp, expect_match

SAME = (
    "id",
    "what",
    "outcome",
    "verification",
    "owner",
    "priority",
    "due_on",
    "state",
    "late",
    "settled_at",
    "reason",
    "ticket",
    "ticket_url",
)
MOST = 2**31 - 1


@bp.get("/actions")
@require(Permission.POSTMORTEMS_READ)
@shapes(asks=LessonActionsAsked, gives=LessonActionPage)
def action_list() -> Response:
    """List the actions of the post-mortems that the caller may see, what falls due first."""
    return call(_page)


def _page() -> Response:
    asked, now = read_query(LessonActionsAsked), clock.now()
    search = queries.TodoSearch(
        state=asked.state,
        account=asked.account,
        postmortem=asked.postmortem,
        mine=bool(asked.mine),
        late=bool(asked.late),
    )
    found = queries.todo_page(
        viewer(),
        search,
        today=queries.today_of(now),
        now=now,
        cursor=asked.after or None,
        limit=asked.limit,
    )
    return answer(LessonActionPage(items=[_line(one) for one in found.rows], after=found.after))


def _line(line: TodoLine) -> LessonActionOut:
    return LessonActionOut(
        **{name: getattr(line, name) for name in SAME},
        postmortem=line.postmortem,
        account=line.account_ref,
        kind=line.kind,
    )


def of_sheet(sheet: Sheet, line: ActionLine) -> LessonActionOut:
    """Give an action as the page of its post-mortem tells it."""
    return LessonActionOut(
        **{name: getattr(line, name) for name in SAME},
        postmortem=sheet.row.reference,
        account=sheet.account.reference,
        kind=ActionKind(line.kind) if line.kind else None,
    )


@bp.get("/<reference>/actions/<int:number>")
@require(Permission.POSTMORTEMS_READ)
@shapes(gives=LessonActionOut)
def action_one(reference: str, number: int) -> Response:
    """Give one action; its ETag is its version."""
    return call(lambda: _shown(*_found(reference, number)))


def _found(reference: str, number: int) -> tuple[Postmortem, Action]:
    if number > MOST:
        raise NotFound
    lock = request.method == "POST"
    row = queries.get(viewer(), reference, now=clock.now(), lock=lock)
    return row, queries.get_action(row, number)


def _shown(row: Postmortem, action: Action, *, status: int = 200) -> Response:
    sheet = queries.sheet(row, viewer=viewer(), now=clock.now())
    line = next((one for one in sheet.actions if one.id == action.id), None)
    if line is None:
        raise NotFound
    address: dict[str, Any] = {"reference": row.reference, "number": action.id}
    location = url_for("postmortems_api.action_one", **address) if status == 201 else ""
    etag = str(action.version)
    return answer(of_sheet(sheet, line), status=status, etag=etag, location=location)


@bp.post("/<reference>/actions")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
@shapes(takes=NewLessonAction, gives=LessonActionOut, status=201)
def agree_action(reference: str) -> Response:
    """Agree an action; its owner sees the post-mortem from then on, and is told."""
    return once(lambda: _agree(reference))


def _agree(reference: str) -> Response:
    row = queries.get(viewer(), reference, now=clock.now(), lock=True)
    expect_match(row.version)
    given = read_body(NewLessonAction).model_dump()
    owner = auth.by_email(given.pop("owner"))
    if owner is None:
        raise Refused(_("Nobody signs in with this address."), field="owner")
    by, now = viewer(), clock.now()
    return _shown(
        row, actions.add_action(row, owner_id=owner.id, by=by, now=now, **given), status=201
    )


@bp.post("/<reference>/actions/<int:number>")
@require(Permission.POSTMORTEMS_READ)
@shapes(takes=LessonActionMove, gives=LessonActionOut)
def move_action(reference: str, number: int) -> Response:
    """Say what became of an action; with `If-Match` only where it is what the caller read."""
    return once(lambda: _move(reference, number))


def _move(reference: str, number: int) -> Response:
    given, (row, action) = read_body(LessonActionMove), _found(reference, number)
    expect_match(action.version)
    more: dict[str, Any] = {"version": None, "by": viewer(), "now": clock.now()}
    if given.state is ActionState.DONE:
        actions.finish(row, action, **more)
    elif given.state is ActionState.VERIFIED:
        actions.verify(row, action, note=given.note, **more)
    elif given.state is ActionState.DROPPED:
        actions.drop(row, action, note=given.note, **more)
    else:
        actions.reopen(row, action, note=given.note, **more)
    return _shown(row, action)
