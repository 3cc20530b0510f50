"""Clocks, the long track, and decisions asked of leadership, for programs."""

from flask import Response

from portal.core.access import Permission
from portal.core.api import shapes
from portal.core.web import require

from .. import actions
from ..models import Escalation
from ..schemas import CaseOut
from ..schemas.acts import (
    Agrees,
    Asked,
    Automatic,
    Chosen,
    Dated,
    LongTrack,
    Named,
    Paused,
    Reason,
    Resumed,
)
from .blueprint import acting, bp, do, leader, person, take


@bp.post("/<reference>/clocks/pause")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Paused, gives=CaseOut)
def pause(reference: str) -> Response:
    """Hold a clock, or all of them, for a reason that everybody sees."""
    return take(
        reference,
        Paused,
        lambda case, given: actions.pause(case, clock=given.clock, reason=given.reason, **acting()),
    )


@bp.post("/<reference>/clocks/resume")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Resumed, gives=CaseOut)
def resume(reference: str) -> Response:
    """Let a clock run again, or all of them."""
    return take(
        reference, Resumed, lambda case, given: actions.resume(case, clock=given.clock, **acting())
    )


@bp.post("/<reference>/clocks/take-up")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def take_up(reference: str) -> Response:
    """Start the holder's own clock: the new owner is at work."""
    return do(reference, lambda case: actions.take_up(case, **acting()))


@bp.put("/<reference>/clocks/date")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Dated, gives=CaseOut)
def set_date(reference: str) -> Response:
    """Set by hand when something is due, or let its own date count again."""
    return take(reference, Dated, _set_date)


def _set_date(case: Escalation, given: Dated) -> None:
    if given.due_at is None:
        actions.clear_date(case, given.clock, **acting())
        return
    actions.set_date(case, given.clock, due_at=given.due_at, reason=given.reason, **acting())


@bp.post("/<reference>/clocks/adopt")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def adopt_policy(reference: str) -> Response:
    """Put a case under the policy in force."""
    return do(reference, lambda case: actions.adopt_policy(case, **acting()))


@bp.post("/<reference>/briefed")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=CaseOut)
def briefed(reference: str) -> Response:
    """Note that the executive owner was briefed by word."""
    return do(reference, lambda case: actions.brief_by_word(case, **acting()))


@bp.post("/<reference>/long-track")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=LongTrack, gives=CaseOut)
def long_track(reference: str) -> Response:
    """Ask a second person to agree to the long track."""
    return take(reference, LongTrack, _long_track)


def _long_track(case: Escalation, given: LongTrack) -> None:
    actions.ask_long_track(
        case,
        review=given.review,
        second_id=person(given.second, field="second"),
        reason=given.reason,
        **acting(),
    )


@bp.post("/<reference>/long-track/agree")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Agrees, gives=CaseOut)
def agree_long_track(reference: str) -> Response:
    """Answer as the second person to the long track."""
    return take(
        reference,
        Agrees,
        lambda case, given: actions.agree_long_track(case, agrees=given.agrees, **acting()),
    )


@bp.post("/<reference>/long-track/end")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Reason, gives=CaseOut)
def end_long_track(reference: str) -> Response:
    """Take a case off the long track."""
    return take(
        reference,
        Reason,
        lambda case, given: actions.end_long_track(case, reason=given.reason, **acting()),
    )


@bp.put("/<reference>/automatic")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Automatic, gives=CaseOut)
def automatic(reference: str) -> Response:
    """Stop what is automatic in a case, or let it go on."""
    return take(reference, Automatic, _automatic)


def _automatic(case: Escalation, given: Automatic) -> None:
    act = actions.stop_automatic if given.stopped else actions.resume_automatic
    act(case, reason=given.reason, **acting())


@bp.put("/<reference>/executive")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Named, gives=CaseOut)
def executive(reference: str) -> Response:
    """Name the executive owner."""
    return take(
        reference,
        Named,
        lambda case, given: actions.name_executive(
            case, leader(given.person, field="person"), naming=given.naming, **acting()
        ),
    )


@bp.put("/<reference>/ask")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Asked, gives=CaseOut)
def ask(reference: str) -> Response:
    """Ask leadership for a decision."""
    return take(reference, Asked, _ask)


def _ask(case: Escalation, given: Asked) -> None:
    actions.ask(
        case,
        given.question,
        of_id=leader(given.of, field="of"),
        options=given.options,
        recommended=given.recommended,
        answer_by=given.answer_by,
        if_nothing=given.if_nothing,
        naming=given.naming,
        **acting(),
    )


@bp.post("/<reference>/answer")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=Chosen, gives=CaseOut)
def answer_ask(reference: str) -> Response:
    """Decide what was asked."""
    return take(
        reference,
        Chosen,
        lambda case, given: actions.answer(case, given.choice, reason=given.reason, **acting()),
    )
