"""What comes around an offer, for programs: the insurer's note before it, the customer's answer,
revenue accounting's signature, delivery, taking it back.
"""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import once, read_body, shapes
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..schemas import (
    ConcessionOut,
    NewOfferAnswer,
    NewOfferDelivery,
    NewOfferInsurer,
    NewOfferReversal,
    NewOfferWithdrawal,
    NewRevenueSignature,
)
from .blueprint import bp
from .cases import held, one_out


@bp.post("/<reference>/answer")
@require(Permission.CONCESSIONS_PROPOSE)
@shapes(takes=NewOfferAnswer, gives=ConcessionOut)
def note_answer(reference: str) -> Response:
    """Note what the customer said to an offer; what they want instead makes it a draft again."""
    return once(lambda: _note_answer(reference))


def _note_answer(reference: str) -> Response:
    given = read_body(NewOfferAnswer)
    row, by, now = held(reference), viewer(), clock.now()
    if given.answer == "countered":
        actions.counter(row, who=given.who, what=given.instead, by=by, now=now)
    else:
        act = actions.accept if given.answer == "accepted" else actions.decline
        act(row, who=given.who, by=by, now=now)
    return one_out(row)


@bp.post("/<reference>/delivery")
@require(Permission.CONCESSIONS_APPROVE)
@shapes(takes=NewOfferDelivery, gives=ConcessionOut)
def note_delivery(reference: str) -> Response:
    """Note which parts were delivered, each with its credit note or other proof; with the last part
    all is delivered.
    """
    return once(lambda: _note_delivery(reference))


def _note_delivery(reference: str) -> Response:
    given = read_body(NewOfferDelivery)
    row = held(reference)
    proofs = {one.part: one.proof for one in given.parts}
    if set(proofs) - {part.id for part in queries.parts(row)}:
        raise Refused(_("This part is another compensation’s."), field="parts")
    actions.deliver(row, proofs, by=viewer(), now=clock.now())
    return one_out(row)


@bp.post("/<reference>/withdrawal")
@require(Permission.CONCESSIONS_PROPOSE)
@shapes(takes=NewOfferWithdrawal, gives=ConcessionOut)
def withdraw(reference: str) -> Response:
    """Take a proposal or an offer back, before the customer has answered."""
    return once(lambda: _withdraw(reference))


def _withdraw(reference: str) -> Response:
    given = read_body(NewOfferWithdrawal)
    row = held(reference)
    actions.withdraw(row, reason=given.reason, by=viewer(), now=clock.now())
    return one_out(row)


@bp.post("/<reference>/insurer")
@require(Permission.CONCESSIONS_APPROVE)
@shapes(takes=NewOfferInsurer, gives=ConcessionOut)
def note_insurer(reference: str) -> Response:
    """Note what became of the insurer's question: where the policy asks, nobody signs before."""
    return once(lambda: _note_insurer(reference))


def _note_insurer(reference: str) -> Response:
    given = read_body(NewOfferInsurer)
    row = held(reference)
    actions.note_insurer(row, given.answer, by=viewer(), now=clock.now())
    return one_out(row)


@bp.post("/<reference>/revenue")
@require(Permission.CONCESSIONS_CLOSE)
@shapes(takes=NewRevenueSignature, gives=ConcessionOut)
def sign_revenue(reference: str) -> Response:
    """Sign for revenue accounting what touches when revenue is recognised: only then it can be
    delivered.
    """
    return once(lambda: _sign_revenue(reference))


def _sign_revenue(reference: str) -> Response:
    given = read_body(NewRevenueSignature)
    row = held(reference)
    actions.sign_revenue(row, booked=given.booked, by=viewer(), now=clock.now())
    return one_out(row)


@bp.post("/<reference>/reversal")
@require(Permission.CONCESSIONS_CLOSE)
@shapes(takes=NewOfferReversal, gives=ConcessionOut)
def reverse(reference: str) -> Response:
    """Reverse what the customer had accepted, delivered or not; the books show it."""
    return once(lambda: _reverse(reference))


def _reverse(reference: str) -> Response:
    given = read_body(NewOfferReversal)
    row = held(reference)
    actions.reverse(row, reason=given.reason, by=viewer(), now=clock.now())
    return one_out(row)
