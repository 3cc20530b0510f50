"""Holding statements, for programs: a help desk shows them beside the customer's name."""

from apiflask import APIBlueprint
from flask import Response

from portal.blueprints.escalations import queries as cases
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from . import actions, queries
from .schemas import StatementIn, StatementList, StatementOut, StatementsAsked, Texts, WithdrawIn

bp = APIBlueprint("statements_api", __name__, url_prefix="/api/v1/statements")


def _out(line: queries.Line) -> StatementOut:
    row = line.row
    return StatementOut(
        id=row.id,
        number=row.number,
        state=row.state.value,
        texts=Texts.model_validate(row.texts),
        accounts=[reference for reference, _name in line.accounts],
        case=line.case_ref,
        holds_until=row.holds_until,
        approved_at=row.approved_at,
        approved_by=line.approved_by,
    )


@bp.get("/")
@require(Permission.STATEMENTS_READ)
@shapes(asks=StatementsAsked, gives=StatementList)
def statements() -> Response:
    """List what may be said now, to one account or to any."""

    def work() -> Response:
        asked = read_query(StatementsAsked)
        found = queries.in_force(viewer(), now=clock.now(), account=asked.account)
        return answer(StatementList(items=[_out(line) for line in found]))

    return call(work)


@bp.get("/<int:statement_id>")
@require(Permission.STATEMENTS_READ)
@shapes(gives=StatementOut)
def statement(statement_id: int) -> Response:
    """Give a statement."""
    return call(lambda: answer(_out(queries.get(viewer(), statement_id, now=clock.now()))))


@bp.post("/")
@require(Permission.STATEMENTS_WRITE)
@shapes(takes=StatementIn, gives=StatementOut, status=201)
def write() -> Response:
    """Write a statement for a case; it waits for a second person."""

    def work() -> Response:
        given, now = read_body(StatementIn), clock.now()
        try:
            case = cases.get(viewer(), given.case, now=now, lock=True)
        except NotFound:
            raise Refused("there is no such case", field="case") from None
        texts, until = given.texts.model_dump(), given.holds_until
        row = actions.write(case, texts, holds_until=until, by=viewer(), now=now)
        return answer(_out(queries.get(viewer(), row.id, now=now)), status=201)

    return once(work)


@bp.post("/<int:statement_id>/approve")
@require(Permission.STATEMENTS_APPROVE)
@shapes(gives=StatementOut)
def approve(statement_id: int) -> Response:
    """Approve a statement; somebody else wrote it."""

    def work() -> Response:
        line = queries.get(viewer(), statement_id, now=clock.now(), lock=True)
        actions.approve(line.row, by=viewer(), now=clock.now())
        return answer(_out(queries.get(viewer(), statement_id, now=clock.now())))

    return once(work)


@bp.post("/<int:statement_id>/withdraw")
@require(Permission.STATEMENTS_WRITE)
@shapes(takes=WithdrawIn, gives=StatementOut)
def withdraw(statement_id: int) -> Response:
    """Take a statement back, everywhere at once."""

    def work() -> Response:
        reason = read_body(WithdrawIn).reason
        line = queries.get(viewer(), statement_id, now=clock.now(), lock=True)
        queries.may_end(line)
        actions.withdraw(line.row, reason=reason, by=viewer(), now=clock.now())
        return answer(_out(queries.get(viewer(), statement_id, now=clock.now())))

    return once(work)
