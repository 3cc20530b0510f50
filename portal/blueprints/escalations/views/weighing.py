"""Answering the graver trigger that a customer's answer says."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms import ReasonForm
from .blueprint import ask_for, bp, case_of, do


@bp.post("/<reference>/trigger/<int:proposal>/take")
@require(Permission.ESCALATIONS_WORK)
def take_trigger(reference: str, proposal: int) -> ResponseReturnValue:
    """Take a proposed trigger: it is corrected, and the case gets as grave as the policy says."""
    return do(
        reference,
        lambda case: actions.answer_trigger(
            case, proposal, takes=True, reason="", by=viewer(), now=clock.now()
        ),
        _("The trigger is corrected."),
    )


@bp.route("/<reference>/trigger/<int:proposal>/leave", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def leave_trigger(reference: str, proposal: int) -> ResponseReturnValue:
    """Leave the trigger as it is, and say why."""
    case, form = case_of(reference), ReasonForm()
    asked = queries.trigger_proposed(case)
    if request.method == "GET" and (asked is None or asked.id != proposal):
        raise NotFound
    return ask_for(
        case,
        form,
        lambda: actions.answer_trigger(
            case,
            proposal,
            takes=False,
            reason=form.reason.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Leave the trigger as it is"),
        lead=_("An answer of the customer says another one; say why it does not count."),
        submit=_("Leave the trigger as it is"),
        message=_("The trigger stays as it is."),
    )
