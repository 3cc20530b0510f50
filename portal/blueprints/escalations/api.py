"""Cases for programs: list, one, declare."""

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import NotFound, Refused
from portal.core.money import Money
from portal.core.web import require, viewer

from . import actions, queries
from .forms import search_of
from .models import Escalation, NoticeChannel, Task
from .rules import Clock, share
from .schemas import (
    Amount,
    CaseLine,
    CaseOut,
    CasePage,
    ClockExplained,
    ClockList,
    ClockOut,
    Dropped,
    NewCase,
    NewTask,
    Stretch,
    TaskList,
    TaskOut,
)

bp = APIBlueprint("escalations_api", __name__, url_prefix="/api/v1/escalations")
MOST = 200


def _amount(money: Money | None) -> Amount | None:
    if money is None:
        return None
    return Amount(amount=format(money.amount, "f"), currency=money.currency.code)


def _limit() -> int:
    given = request.args.get("limit", "50")
    if not given.isdecimal() or not 1 <= int(given[:6]) <= MOST:
        raise Refused(f"limit lies between 1 and {MOST}", field="limit")
    return int(given)


@bp.get("/")
@require(Permission.ESCALATIONS_READ)
def index() -> Response:
    """List cases that the caller may see, page by page."""
    return call(_page)


def _page() -> Response:
    found = queries.page(
        viewer(),
        search_of(request.args),
        now=clock.now(),
        cursor=request.args.get("after"),
        limit=_limit(),
    )
    return answer(CasePage(items=[_line(line) for line in found.rows], after=found.after))


def _line(line: queries.Line) -> CaseLine:
    return CaseLine(
        reference=line.reference,
        title=line.title,
        state=line.state.value,
        severity=line.severity.value,
        trend=line.trend.value,
        trigger=line.trigger.value,
        level=line.level.value,
        account=line.account_ref,
        account_name=line.account,
        owner=line.owner,
        team=line.team,
        opened_at=line.opened_at,
        closed_at=line.closed_at,
        next_due_at=line.next_due_at,
        next_due_kind=line.next_due_kind.value if line.next_due_kind else None,
        at_stake=_amount(line.stake),
    )


@bp.get("/<reference>")
@require(Permission.ESCALATIONS_READ)
def show(reference: str) -> Response:
    """Give one case; its ETag is its version for this caller's rights."""
    return call(lambda: _one(reference))


def _one(reference: str) -> Response:
    case = queries.case_page(viewer(), reference, now=clock.now())
    response = answer(_out(case), etag=_etag(case))
    response.make_conditional(request.environ)
    return response


def _etag(case: queries.Case) -> str:
    # Promises move beside the row, and what the caller may read is part of the answer.
    promises = f"{len(case.open_promises)}of{len(case.promises)}"
    return f"{case.row.version}-{promises}-{int(case.reads_value)}"


def _out(case: queries.Case) -> CaseOut:
    row, now = case.row, clock.now()
    return CaseOut(
        reference=row.reference,
        version=row.version,
        account=case.account.reference,
        account_name=case.account.name,
        title=row.title,
        state=row.state.value,
        severity=row.severity.value,
        level=row.level.value,
        trend=row.trend.value,
        trigger=row.trigger.value,
        problem=row.problem.value,
        channel=row.channel.value,
        executive=row.executive,
        words=row.customer_words,
        language=row.words_language,
        demand=row.demand,
        deadline_at=row.deadline_at,
        owner=case.owner,
        executive_owner=case.executive_owner,
        team=case.team,
        opened_at=row.opened_at,
        accepted_at=row.accepted_at,
        closed_at=row.closed_at,
        at_stake=_amount(case.stake),
        restricted=row.restricted,
        open_promises=len(case.open_promises),
        clocks=[ClockOut(**_clock(one, now)) for one in case.clocks],
    )


@bp.get("/<reference>/clocks")
@require(Permission.ESCALATIONS_READ)
def clocks(reference: str) -> Response:
    """Give the clocks of a case with what makes up each due time."""
    return call(lambda: _clocks(reference))


def _clocks(reference: str) -> Response:
    now = clock.now()
    case = queries.case_page(viewer(), reference, now=now)
    items = [
        ClockExplained(
            **_clock(one, now),
            target=one.target_words,
            share=format(share(one, now), "f"),
            zone=one.calendar.zone if one.calendar else None,
            policy=case.row.policy_number,
            segments=[Stretch(start=s.start, end=s.end) for s in one.segments],
            pauses=[Stretch(start=start, end=end) for start, end in one.pauses],
            held_since=one.paused_since,
        )
        for one in case.clocks
    ]
    return answer(ClockList(items=items))


def _clock(one: Clock, now: datetime) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "state": one.state(now).value,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "met_at": one.met_at,
        "set_by_hand": one.hand_set,
    }


@bp.post("/")
@require(Permission.ESCALATIONS_DECLARE)
def new() -> Response:
    """Declare a case; once per Idempotency-Key."""
    return once(_declare)


def _declare() -> Response:
    given: NewCase = read_body(NewCase)
    by, now = viewer(), clock.now()
    try:
        account = queries.visible_account(by, given.account, now=now)
    except NotFound:
        raise Refused("there is no such account", field="account") from None
    if given.deadline_at is not None and given.deadline_at.tzinfo is None:
        raise Refused("a time carries its offset from UTC", field="deadline_at")
    notice = None
    if given.notice is not None:
        notice = actions.NoticeGiven(kind=given.notice, channel=NoticeChannel.MAIL, received_at=now)
    case = actions.declare(
        account,
        queries.Wish(
            words=given.words,
            demand=given.demand,
            deadline_at=given.deadline_at,
            trigger=given.trigger,
            severity=given.severity,
            problem=given.problem,
            channel=given.channel,
            language=given.language,
            notice=given.notice,
        ),
        by=by,
        now=now,
        notice=notice,
        words_by=given.words_by,
        reason=given.reason,
        source="api",
    )
    shown = queries.case_page(by, case.reference, now=now)
    where = url_for("escalations_api.show", reference=case.reference)
    return answer(_out(shown), status=201, etag=_etag(shown), location=where)


@bp.get("/<reference>/tasks")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=TaskList)
def tasks(reference: str) -> Response:
    """List the tasks of a case."""
    return call(lambda: _tasks(reference))


def _tasks(reference: str) -> Response:
    case = queries.get(viewer(), reference, now=clock.now())
    return answer(TaskList(items=[_task(one.row, one.owner) for one in queries.tasks_in(case)]))


def _task(row: Task, owner: str | None) -> TaskOut:
    state = "done" if row.done_at else "dropped" if row.dropped_at else "open"
    return TaskOut(
        id=row.id,
        what=row.what,
        owner=owner,
        state=state,
        due_at=row.due_at,
        done_at=row.done_at,
        dropped_at=row.dropped_at,
        dropped_because=row.dropped_because,
    )


def _held(reference: str) -> Escalation:
    """Fetch a case that nobody else changes until this call ends."""
    return queries.get(viewer(), reference, now=clock.now(), lock=True)


@bp.post("/<reference>/tasks")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewTask, gives=TaskOut, status=201)
def add_task(reference: str) -> Response:
    """Give somebody something to do for a case; once per Idempotency-Key."""
    return once(lambda: _add_task(reference))


def _add_task(reference: str) -> Response:
    case, given = _held(reference), read_body(NewTask)
    if given.due_at is not None and given.due_at.tzinfo is None:
        raise Refused("a time carries its offset from UTC", field="due_at")
    owner = auth_queries.by_email(given.owner)
    if owner is None:
        raise Refused("there is no such person", field="owner")
    row = actions.add_task(
        case, given.what, owner_id=owner.id, due_at=given.due_at, by=viewer(), now=clock.now()
    )
    return answer(_task(row, owner.name), status=201)


@bp.post("/<reference>/tasks/<int:task_id>/done")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=TaskOut)
def finish_task(reference: str, task_id: int) -> Response:
    """Note that a task is done."""
    return once(lambda: _finish_task(reference, task_id))


def _finish_task(reference: str, task_id: int) -> Response:
    case = _held(reference)
    row = queries.task(case, task_id)
    actions.finish_task(case, row, by=viewer(), now=clock.now())
    return answer(_task(row, _name(row)))


@bp.post("/<reference>/tasks/<int:task_id>/drop")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Dropped, gives=TaskOut)
def drop_task(reference: str, task_id: int) -> Response:
    """Drop a task that is not needed any more, with the reason."""
    return once(lambda: _drop_task(reference, task_id))


def _drop_task(reference: str, task_id: int) -> Response:
    case, given = _held(reference), read_body(Dropped)
    row = queries.task(case, task_id)
    actions.drop_task(case, row, reason=given.reason, by=viewer(), now=clock.now())
    return answer(_task(row, _name(row)))


def _name(row: Task) -> str | None:
    return auth_queries.names([row.owner_id]).get(row.owner_id or 0)
