"""Post-mortems for programs: list, read as far as the caller may, ask for one."""

from collections.abc import Iterator, Sequence

from flask import Response, url_for

from portal.blueprints.escalations import queries as case_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..models import DueReason, Postmortem
from ..queries import Line, Sheet
from ..schemas import (
    LessonFactorOut,
    LessonFindingOut,
    NewPostmortem,
    PostmortemLine,
    PostmortemOut,
    PostmortemPage,
    PostmortemsAsked,
    WhyOut,
)
from .blueprint import bp
from .todo import of_sheet

DAYS = ("draft_due_on", "meeting_due_on", "approval_due_on", "approved_at", "published_at")


@bp.get("/")
@require(Permission.POSTMORTEMS_READ)
@shapes(asks=PostmortemsAsked, gives=PostmortemPage)
def index() -> Response:
    """List the post-mortems that the caller may see, what became due last first, page by page."""
    return call(_page)


def _page() -> Response:
    asked, now = read_query(PostmortemsAsked), clock.now()
    search = queries.Search(
        group=asked.group, account=asked.account, case=asked.case, mine=bool(asked.mine)
    )
    found = queries.page(
        viewer(),
        search,
        today=queries.today_of(now),
        now=now,
        cursor=asked.after or None,
        limit=asked.limit,
    )
    return answer(PostmortemPage(items=[_line(one) for one in found.rows], after=found.after))


def _line(line: Line) -> PostmortemLine:
    return PostmortemLine(
        **{name: getattr(line, name) for name in DAYS},
        reference=line.reference,
        account=line.account_ref,
        account_name=line.account_name,
        title=queries.title_read(line, viewer=viewer()),
        state=line.state.value,
        reasons=[DueReason(one) for one in line.reasons],
        facilitator=queries.leader_read(line, viewer=viewer()),
        became_due_at=line.became_due_at,
        open_actions=line.open_actions,
    )


@bp.get("/<reference>")
@require(Permission.POSTMORTEMS_READ)
@shapes(gives=PostmortemOut)
def show(reference: str) -> Response:
    """Give one post-mortem as its page tells it; its ETag is its version."""
    return call(lambda: shown(queries.get(viewer(), reference, now=clock.now())))


def shown(row: Postmortem, *, status: int = 200) -> Response:
    """Answer with a post-mortem."""
    address = url_for("postmortems_api.show", reference=row.reference) if status == 201 else ""
    out = _out(queries.sheet(row, viewer=viewer(), now=clock.now()))
    return answer(out, status=status, etag=str(row.version), location=address)


def _out(sheet: Sheet) -> PostmortemOut:
    row = sheet.row
    return PostmortemOut(
        **{name: getattr(row, name) for name in DAYS},
        reference=row.reference,
        account=sheet.account.reference,
        account_name=sheet.account.name,
        title=sheet.title,
        state=row.state.value,
        reasons=[DueReason(one) for one in row.reasons],
        cases=[case.reference for case in sheet.cases],
        hidden=sheet.hidden,
        facilitator=sheet.facilitator,
        approver=sheet.approver,
        people=list(sheet.people),
        cost=amount_of(sheet.cost),
        met_on=sheet.met_on,
        late=list(sheet.late),
        texts=dict(sheet.texts),
        factors=[
            LessonFactorOut(
                factor=one.value,
                text=one.text,
                whys=list(_whys(one.whys)),
                weight=one.weight,
                evidence=one.evidence,
                evidence_url=one.evidence_url,
                again=[line.case_ref for line in one.again],
            )
            for one in sheet.causes
        ],
        findings=[
            LessonFindingOut(kind=kind, text=one.text)
            for kind, those in sheet.findings.items()
            for one in those
        ],
        actions=[of_sheet(sheet, one) for one in sheet.actions],
    )


def _whys(nodes: Sequence[rules.WhyNode]) -> Iterator[WhyOut]:
    for node in nodes:
        yield WhyOut(number=node.number, text=node.text)
        yield from _whys(node.children)


@bp.post("/")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
@shapes(takes=NewPostmortem, gives=PostmortemOut, status=201)
def ask() -> Response:
    """Ask for a post-mortem of a case, with the reason."""
    return once(_ask)


def _ask() -> Response:
    given, by, now = read_body(NewPostmortem), viewer(), clock.now()
    case = case_queries.get(by, given.case, now=now)
    return shown(actions.ask(case, why=given.why, by=by, now=now), status=201)
