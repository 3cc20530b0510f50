"""Cases for programs: list, one, declare."""

from flask import Response, request, url_for

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation
from ..rules import share
from ..schemas import (
    CaseLine,
    CaseOut,
    CasePage,
    CasesAsked,
    ClockExplained,
    ClockList,
    NewCase,
    Stretch,
)
from .blueprint import bp, clock_of, named_apart, person, shown


@bp.get("/")
@require(Permission.ESCALATIONS_READ)
@shapes(asks=CasesAsked, gives=CasePage)
def index() -> Response:
    """List cases that the caller may see, page by page."""
    return call(_page)


def _page() -> Response:
    asked = read_query(CasesAsked)
    found = queries.page(
        viewer(), _search(asked), now=clock.now(), cursor=asked.after, limit=asked.limit
    )
    return answer(CasePage(items=[_line(line) for line in found.rows], after=found.after))


def _search(asked: CasesAsked) -> queries.Search:
    return queries.Search(
        state=asked.state,
        severity=asked.severity.value if asked.severity else "",
        mine=asked.mine,
        watched=asked.watched,
        team=asked.team,
        level=asked.level.value if asked.level else "",
        tag=asked.tag,
        account=asked.account,
        text=asked.q,
        good=asked.good,
        sort=asked.sort,
    )


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
        at_stake=amount_of(line.stake),
    )


@bp.get("/<reference>")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=CaseOut)
def show(reference: str) -> Response:
    """Give one case; its ETag changes with whatever the caller reads."""
    return call(lambda: _one(reference))


def _one(reference: str) -> Response:
    response = shown(reference)
    response.make_conditional(request.environ)
    return response


@bp.get("/<reference>/clocks")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=ClockList)
def clocks(reference: str) -> Response:
    """Give the clocks of a case with what makes up each due time."""
    return call(lambda: _clocks(reference))


def _clocks(reference: str) -> Response:
    now = clock.now()
    case = queries.case_page(viewer(), reference, now=now)
    items = [
        ClockExplained(
            **clock_of(one, now),
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


@bp.post("/")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=NewCase, gives=CaseOut, status=201)
def new() -> Response:
    """Declare a case; once per Idempotency-Key."""
    return once(_declare)


def _previous(reference: str | None) -> Escalation | None:
    """Find the closed case that a new one follows."""
    if reference is None:
        return None
    try:
        return queries.get(viewer(), reference, now=clock.now())
    except NotFound:
        raise Refused("there is no such case", field="previous") from None


def _declare() -> Response:
    given: NewCase = read_body(NewCase)
    by, now = viewer(), clock.now()
    try:
        account = queries.visible_account(by, given.account, now=now, declares=True)
    except NotFound:
        raise Refused("there is no such account", field="account") from None
    notice = None
    if given.notice is not None:
        channel = given.notice_channel
        notice = actions.NoticeGiven(kind=given.notice, channel=channel, received_at=now)
    wish = queries.Wish(
        words=given.words,
        demand=given.demand,
        deadline_at=given.deadline_at,
        trigger=given.trigger,
        severity=given.severity,
        problem=given.problem,
        channel=given.channel,
        kind=given.kind,
        tags=tuple(given.tags),
        owner_id=person(given.owner, field="owner") if given.owner else None,
        language=given.language,
        notice=given.notice,
    )
    with named_apart():
        case = actions.declare(
            account,
            wish,
            by=by,
            now=now,
            notice=notice,
            words_by=given.words_by,
            reason=given.reason,
            source="api",
            previous=_previous(given.previous),
            because=given.another_because,
        )
    where = url_for("escalations_api.show", reference=case.reference)
    return shown(case.reference, status=201, location=where)
