"""What stands beside the cases, for programs: saved views, bulk changes, open forms, calendars, and
withdrawing a version of the severity policy.
"""

from flask import Response, request, url_for

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused, Stale
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms.room import view_of
from ..models import BulkChange, BulkKind, BusinessCalendar, Trend
from ..queries.views import UNDO_FOR, View
from ..schemas.keeping import (
    BulkList,
    BulkOut,
    CalendarIn,
    CalendarLine,
    CalendarList,
    CalendarOut,
    EditingOut,
    NewBulk,
    NewView,
    PolicyWithdrawal,
    UndoneOut,
    ViewList,
    ViewOut,
    WithdrawnOut,
)
from .blueprint import acting, bp, person

# ---- views


@bp.get("/views")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=ViewList)
def views() -> Response:
    """List the views one saved, and those shared with one's teams."""
    return call(lambda: answer(ViewList(items=_views())))


def _views() -> list[ViewOut]:
    names = {team.id: team.name for team in auth_queries.teams(retired=True)}
    return [_view(one, names) for one in queries.tools(viewer(), now=clock.now()).views]


def _view(one: View, names: dict[int, str]) -> ViewOut:
    asks = {str(key): str(value) for key, value in one.asks.items()}
    return ViewOut(
        id=one.id, name=one.name, query=asks, team=names.get(one.team_id or 0), own=one.own
    )


@bp.post("/views")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=NewView, gives=ViewOut, status=201)
def save_view() -> Response:
    """Keep what the list asks for under a name; the same name again replaces it."""
    return once(_save_view)


def _save_view() -> Response:
    given = read_body(NewView)
    team_id = None if given.team is None else _team(given.team, field="team")
    asked = view_of({key: value for key, value in given.query.items() if key != "name"})
    row = actions.save_view(given.name, asked, team_id=team_id, **acting())
    shown = ViewOut(id=row.id, name=row.name, query=asked, team=given.team, own=True)
    return answer(shown, status=201)


@bp.delete("/views/<int:view_id>")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=ViewList)
def drop_view(view_id: int) -> Response:
    """Delete a view that one saved."""
    return once(lambda: _drop_view(view_id))


def _drop_view(view_id: int) -> Response:
    actions.drop_view(queries.own_view(viewer(), view_id), **acting())
    return answer(ViewList(items=_views()))


def _team(name: str, *, field: str) -> int:
    """Give the number of a team by its name, whatever its capitals."""
    found = queries.team_ids([name.casefold()]).get(name.casefold())
    if found is None:
        raise Refused("there is no such team", field=field)
    return found


# ---- many cases at once


@bp.get("/bulk")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=BulkList)
def undoable() -> Response:
    """List the changes of many cases that one made and can still undo."""
    return call(lambda: answer(BulkList(items=[_changed(one) for one in _undoable()])))


def _undoable() -> list[BulkChange]:
    return queries.undoable(viewer(), now=clock.now())


def _changed(change: BulkChange) -> BulkOut:
    return BulkOut(
        id=change.id,
        kind=change.kind.value,
        references=sorted(change.before),
        at=change.at,
        undo_until=change.at + UNDO_FOR,
    )


@bp.post("/bulk")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewBulk, gives=BulkOut, status=201)
def bulk() -> Response:
    """Do one thing to many cases, all or none of them."""
    return once(_bulk)


def _bulk() -> Response:
    given = read_body(NewBulk)
    references = list(dict.fromkeys(given.references))
    cases = queries.chosen(viewer(), references, now=clock.now())
    change = actions.change_many(
        cases, given.kind, _value(given.kind, given.to), why=given.why, **acting()
    )
    return answer(_changed(change), status=201)


def _value(kind: BulkKind, to: str) -> str | int:
    """Read what the cases are to have: a person, a team, a tag or a trend."""
    if kind is BulkKind.ASSIGN:
        return person(to, field="to")
    if kind is BulkKind.TEAM:
        return _team(to, field="to")
    if kind is BulkKind.TREND and to not in set(Trend):
        raise Refused("there is no such trend", field="to")
    return to


@bp.post("/bulk/<int:change_id>/undo")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=UndoneOut)
def undo(change_id: int) -> Response:
    """Take a bulk change of one's own back, in each case that nobody changed since."""
    return once(lambda: _undo(change_id))


def _undo(change_id: int) -> Response:
    change = queries.own_change(viewer(), change_id)
    cases = queries.chosen(viewer(), list(change.before), now=clock.now())
    undone = actions.undo(change, cases, **acting())
    return answer(UndoneOut(undone=undone, left=len(change.before) - undone))


# ---- who is editing


@bp.get("/<reference>/editing")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=EditingOut)
def editing(reference: str) -> Response:
    """Say who else has a form of the case open."""
    return call(lambda: _editing(reference))


def _editing(reference: str) -> Response:
    case = queries.get(viewer(), reference, now=clock.now())
    return answer(EditingOut(others=queries.editing(case, viewer(), now=clock.now())))


@bp.post("/<reference>/editing")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=EditingOut)
def be_present(reference: str) -> Response:
    """Say that one has a form of the case open; said again every 15 seconds, or it is forgotten."""
    return once(lambda: _be_present(reference))


def _be_present(reference: str) -> Response:
    case = queries.get(viewer(), reference, now=clock.now())
    actions.be_present(case, what="api", **acting())
    return _editing(reference)


@bp.delete("/<reference>/editing")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=EditingOut)
def leave(reference: str) -> Response:
    """Say that one is done with the form."""
    return once(lambda: _leave(reference))


def _leave(reference: str) -> Response:
    actions.leave(queries.get(viewer(), reference, now=clock.now()), by=viewer())
    return _editing(reference)


# ---- calendars


@bp.get("/calendars")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=CalendarList)
def calendars() -> Response:
    """List the calendars."""
    return call(
        lambda: answer(
            CalendarList(
                items=[
                    CalendarLine(id=one.row.id, name=one.row.name, accounts=one.accounts)
                    for one in queries.calendars()
                ]
            )
        )
    )


@bp.get("/calendars/<int:calendar_id>")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=CalendarOut)
def calendar(calendar_id: int) -> Response:
    """Give a calendar; its ETag is its version."""
    return call(lambda: _calendar(queries.get_calendar(calendar_id)))


def _calendar(row: BusinessCalendar, *, status: int = 200, location: str = "") -> Response:
    shown = CalendarOut(
        id=row.id,
        version=row.version,
        name=row.name,
        week={day: [list(span) for span in spans] for day, spans in row.week.items()},
        country=row.country,
        subdivision=row.subdivision,
        closures=list(row.closures),
        accounts=queries.account_refs_using(row.id),
    )
    return answer(shown, status=status, etag=str(row.version), location=location)


@bp.post("/calendars")
@require(Permission.ESCALATIONS_MANAGE)
@shapes(takes=CalendarIn, gives=CalendarOut, status=201)
def new_calendar() -> Response:
    """Make a calendar."""
    return once(_new_calendar)


def _new_calendar() -> Response:
    row = actions.keep_calendar(None, _hours(read_body(CalendarIn)), **acting())
    where = url_for("escalations_api.calendar", calendar_id=row.id)
    return _calendar(row, status=201, location=where)


@bp.put("/calendars/<int:calendar_id>")
@require(Permission.ESCALATIONS_MANAGE)
@shapes(takes=CalendarIn, gives=CalendarOut)
def keep_calendar(calendar_id: int) -> Response:
    """Change a calendar; with `If-Match` only where it is what the caller read."""
    return once(lambda: _keep_calendar(calendar_id))


def _keep_calendar(calendar_id: int) -> Response:
    given, row = _hours(read_body(CalendarIn)), queries.get_calendar(calendar_id)
    if request.if_match and not request.if_match.contains(str(row.version)):
        raise Stale("the calendar has changed since it was read")
    return _calendar(actions.keep_calendar(row, given, **acting()))


def _hours(given: CalendarIn) -> actions.Hours:
    return actions.Hours(
        name=given.name,
        week=given.week,
        country=given.country,
        subdivision=given.subdivision,
        closures=given.closures,
        accounts=given.accounts,
    )


# ---- the severity policy


@bp.post("/policies/<int:number>/withdraw")
@require(Permission.POLICIES_PUBLISH)
@shapes(takes=PolicyWithdrawal, gives=WithdrawnOut)
def withdraw_policy(number: int) -> Response:
    """Withdraw a version of the severity policy; the cases under it leave the overdue list."""
    return once(lambda: _withdraw(number))


def _withdraw(number: int) -> Response:
    given = read_body(PolicyWithdrawal)
    cases = actions.withdraw_policy(number, reason=given.reason, **acting())
    return answer(WithdrawnOut(number=number, cases=cases))
