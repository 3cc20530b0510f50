"""Compensation for programs: list, read, propose and ask for signatures, decide."""

from decimal import Decimal

from flask import Response, current_app, request, url_for

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import Amount, answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused, Stale
from portal.core.i18n import _
from portal.core.money import Money, is_currency
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Concession, ConcessionPart, Insurer, Verdict
from ..queries import Bench, Line
from ..schemas import (
    ConcessionLine,
    ConcessionOut,
    ConcessionPage,
    ConcessionsAsked,
    GivenPartOut,
    NewConcession,
    NewGivenPart,
    NewOfferLetter,
    NewVerdict,
    ObjectionOut,
    RecommendationOut,
    RevenueSignatureOut,
    SeatOut,
    ThoughtOut,
)
from .blueprint import bp

SAID = (
    "why",
    "apology",
    "fix",
    "product",
    "rests_on",
    "documented",
    "threat",
    "waiver",
    "release",
    "termination_right",
    "terms",
    "not_offered",
    "value_moved",
    "value_reason",
    "departure",
)
SHOWN = (
    "reference",
    "version",
    "state",
    "currency",
    "why",
    "apology",
    "fix",
    "departure",
    "terms",
    "product",
    "threat",
    "waiver",
    "release",
    "termination_right",
    "requested_at",
    "approved_at",
    "offered_at",
    "lapses_at",
    "answered_at",
    "delivered_at",
    "reversed_at",
)


@bp.get("/")
@require(Permission.CONCESSIONS_READ)
@shapes(asks=ConcessionsAsked, gives=ConcessionPage)
def index() -> Response:
    """List the compensation cases that the caller may see, the newest first, page by page."""
    return call(_page)


def _page() -> Response:
    asked = read_query(ConcessionsAsked)
    search = queries.Search(
        state=asked.state, to_sign=bool(asked.to_sign), account=asked.account, case=asked.case
    )
    found = queries.page(
        viewer(), search, cursor=asked.after or None, now=clock.now(), limit=asked.limit
    )
    return answer(ConcessionPage(items=[_line(one) for one in found.rows], after=found.after))


def amount_out(money: Money) -> Amount:
    """Give money as the API writes it."""
    return Amount(amount=format(money.amount, "f"), currency=money.currency.code)


def _line(line: Line) -> ConcessionLine:
    return ConcessionLine(
        reference=line.reference,
        account=line.account_ref,
        account_name=line.account,
        case=line.case_ref,
        state=line.state,
        face=amount_out(line.face),
        requested_by=line.requester,
        created_at=line.created_at,
        requested_at=line.requested_at,
        lapses_at=line.lapses_at,
    )


@bp.get("/<reference>")
@require(Permission.CONCESSIONS_READ)
@shapes(gives=ConcessionOut)
def show(reference: str) -> Response:
    """Give one compensation case; its ETag is its version."""
    return call(lambda: one_out(queries.get(viewer(), reference, now=clock.now())))


def one_out(row: Concession, *, status: int = 200) -> Response:
    """Give a compensation as it stands now, with its version and, where it is new, its address."""
    address = ""
    if status == 201:
        address = url_for("concessions_api.show", reference=row.reference)
    out = _out(queries.bench(viewer(), row, now=clock.now()))
    return answer(out, status=status, etag=str(row.version), location=address)


def _out(bench: Bench) -> ConcessionOut:
    row = bench.row
    return ConcessionOut(
        **{name: getattr(row, name) for name in SHOWN},
        account=bench.account.reference,
        account_name=bench.account.name,
        case=row.case_ref,
        owed=amount_out(bench.money(row.owed_minor)),
        direct_loss=amount_out(bench.money(row.loss_minor)),
        documented=row.loss_documented,
        effort_hours=format(row.effort_hours, "f"),
        disrupted_days=format(row.disrupted_days, "f"),
        face=amount_out(bench.face),
        cost=amount_out(bench.cost),
        parts=[_part(bench, one) for one in bench.parts],
        policy=bench.policy_number,
        requested_by=bench.names.get(row.requested_by_id or 0),
        insurer=Insurer(row.insurer) if row.insurer else None,
        insurer_asked=bench.insurer_asked,
        revenue=_revenue(bench),
        signatures=[
            SeatOut(role=one.role, grade=one.grade, state=one.state, who=one.who, at=one.at)
            for one in bench.path
        ],
        objections=[
            ObjectionOut(code=one.code, message=str(one.message), stops=one.stops)
            for one in bench.objections
        ],
        not_offered=row.not_offered if bench.inner else None,
        recommended=_recommended(bench) if bench.inner else None,
    )


def _revenue(bench: Bench) -> RevenueSignatureOut | None:
    if not bench.touches_revenue:
        return None
    signed = bench.revenue_signed
    return RevenueSignatureOut(
        booked=signed.reason if signed else None,
        who=bench.names.get(signed.person_id) if signed else None,
        at=signed.at if signed else None,
    )


def _part(bench: Bench, part: ConcessionPart) -> GivenPartOut:
    return GivenPartOut(
        number=part.id,
        ground=part.ground,
        form=part.form,
        what=part.what,
        face=amount_out(bench.money(part.face_minor)),
        cost=amount_out(bench.money(part.cost_minor)),
        periods=part.months or 1,
        on_renewal=part.on_renewal,
        documented=part.documented,
        evidence=part.evidence,
        credit_note=part.credit_note,
    )


def _recommended(bench: Bench) -> RecommendationOut | None:
    best = bench.recommendation
    if best is None:
        return None
    return RecommendationOut(
        low=amount_out(best.low),
        target=amount_out(best.target),
        high=amount_out(best.high),
        policy=bench.policy_number,
        steps=[
            ThoughtOut(step=one.key, adds=amount_out(one.adds) if one.known else None)
            for one in best.steps
        ],
    )


@bp.post("/")
@require(Permission.CONCESSIONS_PROPOSE)
@shapes(takes=NewConcession, gives=ConcessionOut, status=201)
def propose() -> Response:
    """Propose a compensation, and with `hand_in` ask for its signatures."""
    return once(_propose)


def _propose() -> Response:
    given, by, now = read_body(NewConcession), viewer(), clock.now()
    if not is_currency(given.currency):
        raise Refused(_("This is not a currency that is known."), field="currency")
    account, case = _subject(given)
    row = actions.propose(account, _wish(given), by=by, now=now, case=case)
    for one in given.parts:
        actions.add_part(row, _part_wish(one), by=by, now=now)
    if given.hand_in:
        actions.request(row, by=by, now=now)
    return one_out(row, status=201)


def _subject(given: NewConcession) -> tuple[Account, Escalation | None]:
    """Give the account and the case that a proposal is for, as far as the caller sees them."""
    by, now = viewer(), clock.now()
    if given.case is not None:
        case = escalation_queries.get(by, given.case, now=now)
        account = escalation_queries.account_of(case)
        if given.account not in (None, account.reference):
            raise Refused(_("This case is another customer's."), field="case")
        return account, case
    if given.account is None:
        raise Refused(_("Name the account or the case that this is for."), field="account")
    klass = account_queries.own_class(by)
    return account_queries.get(by, given.account, now=now, klass=klass), None


def _wish(given: NewConcession) -> actions.Wish:
    return actions.Wish(
        **{name: getattr(given, name) for name in SAID},
        currency=given.currency,
        owed=Decimal(given.owed),
        loss=Decimal(given.direct_loss),
        effort_hours=Decimal(given.effort_hours),
        disrupted_days=Decimal(given.disrupted_days),
        fee=None if given.month_fee is None else Decimal(given.month_fee),
    )


def _part_wish(given: NewGivenPart) -> actions.PartWish:
    return actions.PartWish(
        ground=given.ground,
        form=given.form,
        what=given.what,
        amount=Decimal(given.amount),
        periods=given.periods,
        cost=None if given.cost is None else Decimal(given.cost),
        on_renewal=given.on_renewal,
        evidence=given.evidence,
    )


@bp.post("/<reference>/request")
@require(Permission.CONCESSIONS_PROPOSE)
@shapes(gives=ConcessionOut)
def ask(reference: str) -> Response:
    """Ask for the signatures of a draft; with `If-Match` only where it is what the caller read."""
    return once(lambda: _ask(reference))


def _ask(reference: str) -> Response:
    row = held(reference)
    actions.request(row, by=viewer(), now=clock.now())
    return one_out(row)


@bp.post("/<reference>/decisions")
@require(Permission.CONCESSIONS_APPROVE)
@shapes(takes=NewVerdict, gives=ConcessionOut)
def decide(reference: str) -> Response:
    """Sign or refuse what waits for the caller; with `If-Match` only where it is what they read."""
    return once(lambda: _decide(reference))


def _decide(reference: str) -> Response:
    given = read_body(NewVerdict)
    row, by, now = held(reference), viewer(), clock.now()
    act = actions.approve if given.verdict is Verdict.APPROVED else actions.refuse
    act(row, reason=given.reason, by=by, now=now)
    return one_out(row)


@bp.post("/<reference>/letter")
@require(Permission.CONCESSIONS_PROPOSE)
@shapes(takes=NewOfferLetter, gives=ConcessionOut)
def letter(reference: str) -> Response:
    """Mail the letter of what was approved to one of the account's people; it leaves after a
    minute.
    """
    return once(lambda: _letter(reference))


def _letter(reference: str) -> Response:
    row, given = held(reference), read_body(NewOfferLetter)
    to = account_queries.get_contact(account_queries.by_id(row.account_id), given.contact)
    base_url = current_app.config["PORTAL"].base_url
    actions.send_offer(row, to, base_url=base_url, by=viewer(), now=clock.now())
    return one_out(row)


def held(reference: str) -> Concession:
    """Fetch a compensation case that nobody else changes meanwhile."""
    row = queries.get(viewer(), reference, now=clock.now(), lock=True)
    if request.if_match and not request.if_match.contains(str(row.version)):
        raise Stale(_("Somebody else changed this proposal meanwhile."))
    return row
