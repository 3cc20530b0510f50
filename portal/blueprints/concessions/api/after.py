"""What comes after an offer, for programs: the customer's answer, delivery, taking it back."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import once, read_body, shapes
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..schemas import ConcessionOut, NewOfferAnswer, NewOfferDelivery, NewOfferWithdrawal
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
