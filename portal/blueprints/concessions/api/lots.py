"""Lots for programs: make, read and sign what one incident makes us owe to many."""

from decimal import Decimal

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import CreditLot, Insurer, Verdict
from ..schemas import (
    CreditLineOut,
    CreditLotList,
    CreditLotOut,
    EqualsOut,
    NewCreditLot,
    NewOfferInsurer,
    NewVerdict,
)
from .blueprint import bp
from .cases import amount_out


@bp.get("/lots")
@require(Permission.CONCESSIONS_READ)
@shapes(gives=CreditLotList)
def lots() -> Response:
    """List the lots, the newest first."""
    return call(lambda: answer(CreditLotList.of(queries.lots(viewer(), now=clock.now()))))


@bp.post("/lots")
@require(Permission.CONCESSIONS_TERMS)
@shapes(takes=NewCreditLot, gives=CreditLotOut, status=201)
def make_lot() -> Response:
    """Find whom an incident hit and what each is owed, and ask for one approval of all of it."""
    return once(_make_lot)


def _make_lot() -> Response:
    given = read_body(NewCreditLot)
    known = given.model_dump() | {"availability": Decimal(given.availability)}
    row = actions.make_lot(actions.LotWish(**known), by=viewer(), now=clock.now())
    return _lot(row, status=201)


@bp.get("/lots/<reference>")
@require(Permission.CONCESSIONS_READ)
@shapes(gives=CreditLotOut)
def lot(reference: str) -> Response:
    """Give a lot: who gets what, how far it is, and that equals are treated equally."""
    return call(lambda: _lot(queries.get_lot(viewer(), reference, now=clock.now())))


@bp.post("/lots/<reference>/decisions")
@require(Permission.CONCESSIONS_APPROVE)
@shapes(takes=NewVerdict, gives=CreditLotOut)
def decide_lot(reference: str) -> Response:
    """Sign or refuse a whole lot."""
    return once(lambda: _decide_lot(reference))


def _decide_lot(reference: str) -> Response:
    given, by, now = read_body(NewVerdict), viewer(), clock.now()
    row = queries.get_lot(by, reference, now=now, lock=True)
    if given.verdict is Verdict.APPROVED:
        actions.sign_lot(row, by=by, now=now)
    else:
        actions.refuse_lot(row, reason=given.reason, by=by, now=now)
    return _lot(row)


@bp.post("/lots/<reference>/insurer")
@require(Permission.CONCESSIONS_APPROVE)
@shapes(takes=NewOfferInsurer, gives=CreditLotOut)
def note_lot_insurer(reference: str) -> Response:
    """Note what became of the insurer's question about a lot."""
    return once(lambda: _note_lot_insurer(reference))


def _note_lot_insurer(reference: str) -> Response:
    given, by, now = read_body(NewOfferInsurer), viewer(), clock.now()
    row = queries.get_lot(by, reference, now=now, lock=True)
    actions.note_lot_insurer(row, given.answer, by=by, now=now)
    return _lot(row)


def _lot(row: CreditLot, *, status: int = 200) -> Response:
    found = queries.shown_lot(viewer(), row, now=clock.now())
    same = ("reference", "state", "title", "service", "day")
    out = CreditLotOut(
        **{name: getattr(row, name) for name in same},
        total=amount_out(found.total),
        largest=amount_out(found.largest),
        policy=row.policy_number,
        paid=found.paid,
        held=found.held,
        insurer=Insurer(row.insurer) if row.insurer else None,
        insurer_asked=found.insurer_asked,
        sums={name: amount_out(money) for name, money in found.sums.items()},
        waits_for=[one.role.value for one in found.missing],
        lines=[
            CreditLineOut(
                account=one.account_ref,
                credit=amount_out(one.credit),
                left_out=one.row.left_out,
                error=one.row.error,
                held=one.row.held,
                concession=one.concession,
            )
            for one in found.lines
        ],
        equals=[
            EqualsOut(
                availability=format(one.availability, "f"),
                share=None if one.share is None else format(one.share, "f"),
                count=one.count,
                equal=one.equal,
            )
            for one in found.equals
        ],
    )
    return answer(out, status=status)
