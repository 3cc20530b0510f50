"""Quarterly reviews for programs: rooms with their packs, the meeting, causes and trends."""

from collections.abc import Callable
from decimal import Decimal

from apiflask import APIBlueprint
from flask import Response, request, url_for

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused, Stale
from portal.core.i18n import _, language
from portal.core.money import from_minor
from portal.core.web import require, viewer
from portal.reports.facts.review import Measure

from . import actions, queries, rules
from .models import Line, Review, Sought
from .rules import trends
from .schemas import (
    BoxOut,
    CallIn,
    CarriedOut,
    CauseGroupOut,
    CausesAsked,
    CausesOut,
    FigureOut,
    ItemIn,
    MinuteIn,
    MinuteOut,
    PlanIn,
    PlanOut,
    ReadOut,
    ReviewIn,
    ReviewLine,
    ReviewList,
    ReviewOut,
    SoughtIn,
    SoughtOut,
    SpanOut,
    SurvivalOut,
    VerdictIn,
)

bp = APIBlueprint("reviews_api", __name__, url_prefix="/api/v1/reviews")


@bp.get("/")
@require(Permission.REVIEWS_READ)
@shapes(gives=ReviewList)
def index() -> Response:
    """List the reviews, the newest quarter first."""
    return call(lambda: answer(ReviewList(items=[_line(one) for one in queries.reviews(viewer())])))


def _line(row: Review) -> ReviewLine:
    return ReviewLine(
        reference=row.reference,
        quarter=row.reference.removeprefix("QR-"),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=row.state,
        meets_at=row.meets_at,
    )


@bp.post("/")
@require(Permission.REVIEWS_RUN)
@shapes(takes=ReviewIn, gives=ReviewLine, status=201)
def open_() -> Response:
    """Open the room of a quarter, or give the one there is."""
    return once(_open)


def _open() -> Response:
    quarter = queries.named(read_body(ReviewIn).quarter)
    if quarter is None:
        raise Refused(_("A quarter is written 2026-Q3."), field="quarter")
    row = actions.open_(quarter, by=viewer(), now=clock.now())
    where = url_for("reviews_api.show", reference=row.reference)
    return answer(_line(row), status=201, location=where)


@bp.get("/causes")
@require(Permission.REVIEWS_READ)
@shapes(asks=CausesAsked, gives=CausesOut)
def causes() -> Response:
    """Give what recurs by number, money and hours, how long things take, how long actions stay
    open.
    """
    return call(_causes)


def _causes() -> Response:
    asked, now = read_query(CausesAsked), clock.now()
    given = {name: getattr(asked, name) for name in ("first", "last", "segment", "product")}
    cut = queries.cut_of(axis=asked.axis.value, now=now, **given)
    found, currency = queries.trends_of(viewer(), cut, now=now), auth.organisation().currency
    groups = trends.groups(found.counted, cut.axis, now=now)
    spans = {one: trends.middles(found.cases, found.quarters, one) for one in trends.Span}
    return answer(
        CausesOut(
            axis=cut.axis,
            first=cut.first.reference.removeprefix("QR-"),
            last=cut.last.reference.removeprefix("QR-"),
            cases=len(found.cases),
            without_factor=found.without_factor,
            groups=[
                CauseGroupOut(
                    value=one.value,
                    count=len(one.cases),
                    cost=None
                    if one.cost_minor is None
                    else amount_of(from_minor(one.cost_minor, currency)),
                    hours=one.hours,
                    cases=[case.reference for case in one.cases],
                )
                for one in sorted(groups, key=lambda one: (-len(one.cases), one.value))
            ],
            times=[
                SpanOut(
                    quarter=name,
                    **{one.value: _text(spans[one][i].hours) for one in trends.Span},
                )
                for i, name in enumerate(found.quarters)
            ],
            survival=[
                SurvivalOut(day=one.day, left=format(one.left, ".6f"), followed=one.followed)
                for one in trends.survival(found.actions)
            ],
        )
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


@bp.get("/<reference>")
@require(Permission.REVIEWS_READ)
@shapes(gives=ReviewOut)
def show(reference: str) -> Response:
    """Give a review with its pack and its minutes."""
    return call(lambda: _show(queries.get(viewer(), reference)))


def _show(row: Review) -> Response:
    now, sought = clock.now(), queries.sought_of(row)
    top = actions.header(language(), verify_at="", now=now)
    pack = queries.pack(row, reader=viewer(), issue=top, now=now)
    plain = ("reference", "state", "starts_on", "ends_on", "meets_at", "none_sought", "at_item")
    return answer(
        ReviewOut(
            **{name: getattr(row, name) for name in (*plain, "signed_at", "pack_digest")},
            agenda=[
                BoxOut(item=one.key, minutes=one.minutes, begins_at=one.begins_at)
                for one in queries.agenda_of(row, sought)
            ],
            decisions=[_sought(one) for one in sought],
            minutes=_minutes(queries.lines_of(row)),
            readers=[
                ReadOut(name=name, sent_at=sent, read_at=read)
                for name, sent, read in queries.readings(row)
            ],
            carried=[
                CarriedOut(
                    source=one.source,
                    what=one.what,
                    owner=one.owner,
                    owner_left=one.owner_left,
                    due_on=one.due,
                    late=one.late,
                )
                for one in pack.carried
            ],
            figures=[
                FigureOut(
                    measure=one.measure.value,
                    unit=one.unit.value,
                    now=_text(one.now),
                    before=_text(one.before),
                    year=_text(one.year),
                    plan=_text(one.plan),
                )
                for one in pack.figures
            ],
            cases=[one.reference for one in pack.cases],
            left_out=pack.issue.left_out,
        )
    )


def _sought(one: Sought) -> SoughtOut:
    plain = ("id", "title", "recommendation", "reason", "minutes", "verdict", "decided")
    values = {name: getattr(one, name) for name in (*plain, "carried_from")}
    return SoughtOut(**values, policy_draft=one.draft_id)


def _minutes(lines: list[Line]) -> list[MinuteOut]:
    names = auth.names(i for one in lines for i in (one.author_id, one.owner_id))
    return [
        MinuteOut(
            id=one.id,
            kind=one.kind,
            text=one.text,
            said_at=one.said_at,
            author=names.get(one.author_id or 0),
            owner=names.get(one.owner_id or 0),
            due_on=one.due_on,
            decision=one.sought_id,
            done_at=one.done_at,
        )
        for one in lines
    ]


@bp.get("/plan/<quarter>")
@require(Permission.REVIEWS_READ)
@shapes(gives=PlanOut)
def plan(quarter: str) -> Response:
    """Give what is planned for a quarter; its ETag is its version, 0 where nothing is."""
    return call(lambda: _plan(_quarter(quarter)))


def _quarter(name: str) -> rules.Quarter:
    found = queries.named(name)
    if found is None:
        raise NotFound
    return found


def _plan(one: rules.Quarter) -> Response:
    row = queries.plan_of(one)
    out = PlanOut(
        quarter=one.reference.removeprefix("QR-"),
        targets={key.value: format(at, "f") for key, at in queries.targets_of(row).items()},
        set_by=auth.names([row.set_by_id]).get(row.set_by_id or 0) if row else None,
        set_at=row.set_at if row else None,
    )
    return answer(out, etag=str(row.version if row else 0))


@bp.put("/plan/<quarter>")
@require(Permission.REVIEWS_RUN)
@shapes(takes=PlanIn, gives=PlanOut)
def set_plan(quarter: str) -> Response:
    """Set what is planned for a quarter, until that is over; with `If-Match` only where it is what
    the caller read.
    """
    return once(lambda: _set_plan(_quarter(quarter)))


def _set_plan(one: rules.Quarter) -> Response:
    given, row = read_body(PlanIn), queries.plan_of(one, lock=True)
    if request.if_match and not request.if_match.contains(str(row.version if row else 0)):
        raise Stale(_("Somebody else changed this plan a moment ago."))
    unknown = next((name for name in given.targets if name not in set(Measure)), None)
    if unknown is not None:
        raise Refused(_("For this figure no plan is kept."), field=f"targets.{unknown}")
    targets = {Measure(name): Decimal(at) for name, at in given.targets.items()}
    actions.set_plan(one, targets, by=viewer(), now=clock.now())
    return _plan(one)


def _do(reference: str, act: Callable[[Review], object]) -> Response:
    """Carry out a change, and give the review as it is then."""

    def work() -> Response:
        row = queries.get(viewer(), reference, lock=True)
        act(row)
        return _show(row)

    return once(work)


@bp.post("/<reference>/decisions")
@require(Permission.REVIEWS_RUN)
@shapes(takes=SoughtIn, gives=ReviewOut)
def seek(reference: str) -> Response:
    """Put a decision on the agenda."""

    def act(row: Review) -> None:
        given = read_body(SoughtIn).model_dump()
        actions.seek(row, **given, by=viewer(), now=clock.now())

    return _do(reference, act)


@bp.post("/<reference>/decisions/<int:number>")
@require(Permission.REVIEWS_RUN)
@shapes(takes=VerdictIn, gives=ReviewOut)
def decide(reference: str, number: int) -> Response:
    """Write down what was decided."""

    def act(row: Review) -> None:
        given, one = read_body(VerdictIn), queries.get_sought(row, number)
        actions.decide(row, one, given.verdict, given.decided, by=viewer(), now=clock.now())

    return _do(reference, act)


@bp.post("/<reference>/call")
@require(Permission.REVIEWS_RUN)
@shapes(takes=CallIn, gives=ReviewOut)
def call_(reference: str) -> Response:
    """Send the pack, at least a day ahead of the meeting."""

    def act(row: Review) -> None:
        at = read_body(CallIn).meets_at
        actions.call(row, meets_at=at, by=viewer(), now=clock.now())

    return _do(reference, act)


@bp.post("/<reference>/begin")
@require(Permission.REVIEWS_RUN)
@shapes(gives=ReviewOut)
def begin(reference: str) -> Response:
    """Begin the meeting."""
    return _do(reference, lambda row: actions.begin(row, by=viewer(), now=clock.now()))


@bp.post("/<reference>/at")
@require(Permission.REVIEWS_RUN)
@shapes(takes=ItemIn, gives=ReviewOut)
def move(reference: str) -> Response:
    """Go to an item of the agenda."""

    def act(row: Review) -> None:
        actions.move_to(row, read_body(ItemIn).item, by=viewer(), now=clock.now())

    return _do(reference, act)


@bp.post("/<reference>/minutes")
@require(Permission.REVIEWS_TAKE_PART)
@shapes(takes=MinuteIn, gives=ReviewOut)
def capture(reference: str) -> Response:
    """Write a line of the minutes."""

    def act(row: Review) -> None:
        given = read_body(MinuteIn)
        owner = auth.by_email(given.owner) if given.owner else None
        if given.owner and owner is None:
            raise Refused(_("Nobody signs in with this address."), field="owner")
        actions.capture(
            row,
            given.kind,
            given.text,
            owner_id=owner.id if owner else None,
            due_on=given.due_on,
            about=given.decision,
            by=viewer(),
            now=clock.now(),
        )

    return _do(reference, act)


@bp.post("/<reference>/minutes/<int:number>/done")
@require(Permission.REVIEWS_TAKE_PART)
@shapes(gives=ReviewOut)
def finish(reference: str, number: int) -> Response:
    """Say that an action of the minutes is done."""

    def act(row: Review) -> None:
        actions.finish(row, queries.open_line(row, number), by=viewer(), now=clock.now())

    return _do(reference, act)


@bp.post("/<reference>/sign")
@require(Permission.REVIEWS_RUN)
@shapes(gives=ReviewOut)
def sign(reference: str) -> Response:
    """Sign the review off."""
    return _do(reference, lambda row: actions.sign(row, by=viewer(), now=clock.now()))
