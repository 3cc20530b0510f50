"""How grave a case is, for programs: its severity, what a broken promise proposes, notices."""

from flask import Response

from portal.core.access import Permission
from portal.core.api import shapes
from portal.core.web import require

from .. import actions, queries
from ..models import Escalation
from ..schemas import CaseOut
from ..schemas.acts import Agrees, Answered, LegalDay, NewNotice, Regrade, TriggerAnswer
from .blueprint import acting, bp, do, person, take


@bp.post("/<reference>/severity")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Regrade, gives=CaseOut)
def severity(reference: str) -> Response:
    """Raise a severity, or ask a second person to agree to a lower one."""
    return take(reference, Regrade, _severity)


def _severity(case: Escalation, given: Regrade) -> None:
    if given.severity > case.severity:
        second = person(given.second, field="second") if given.second else None
        actions.ask_lowering(
            case, given.severity, second_id=second, reason=given.reason, **acting()
        )
    else:
        actions.raise_severity(case, given.severity, reason=given.reason, **acting())


@bp.post("/<reference>/severity/agree")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Agrees, gives=CaseOut)
def agree(reference: str) -> Response:
    """Answer as the second person to a lower severity."""
    return take(
        reference,
        Agrees,
        lambda case, given: actions.agree_lowering(case, agrees=given.agrees, **acting()),
    )


@bp.post("/<reference>/severity/restore")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(gives=CaseOut)
def restore(reference: str) -> Response:
    """Take a lowering back while it cools off."""
    return do(reference, lambda case: actions.restore(case, **acting()))


@bp.post("/<reference>/severity/raising")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Answered, gives=CaseOut)
def answer_raising(reference: str) -> Response:
    """Decide whether a broken promise makes the case graver."""
    return take(
        reference,
        Answered,
        lambda case, given: actions.answer_raising(
            case, raises=given.raises, reason=given.reason, **acting()
        ),
    )


@bp.post("/<reference>/trigger")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=TriggerAnswer, gives=CaseOut)
def answer_trigger(reference: str) -> Response:
    """Take the graver trigger that an answer of the customer says, or leave it with a reason."""
    return take(
        reference,
        TriggerAnswer,
        lambda case, given: actions.answer_trigger(
            case, given.proposal, takes=given.takes, reason=given.reason, **acting()
        ),
    )


@bp.post("/<reference>/notices")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=NewNotice, gives=CaseOut, status=201)
def serve_notice(reference: str) -> Response:
    """Record a formal notice."""
    return take(reference, NewNotice, _serve, status=201)


def _serve(case: Escalation, given: NewNotice) -> None:
    notice = actions.NoticeGiven(
        kind=given.kind,
        channel=given.channel,
        received_at=given.received_at,
        sender=given.sender,
    )
    actions.serve_notice(case, notice, **acting())


@bp.put("/<reference>/notices/<int:notice_id>/legal-day")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=LegalDay, gives=CaseOut)
def set_legal_day(reference: str, notice_id: int) -> Response:
    """Set the legal deadline of a formal notice; for legal alone."""
    return take(
        reference,
        LegalDay,
        lambda case, given: actions.set_legal_day(
            case, queries.notice(case, notice_id), given.day, **acting()
        ),
    )
