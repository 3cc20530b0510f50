"""Answering what a broken promise proposes."""

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


@bp.post("/<reference>/severity/raise")
@require(Permission.ESCALATIONS_DECLARE)
def answer_raising(reference: str) -> ResponseReturnValue:
    """Raise the severity as a broken promise proposes."""
    reason = request.form.get("reason", "")
    return do(
        reference,
        lambda case: actions.answer_raising(
            case, raises=True, reason=reason, by=viewer(), now=clock.now()
        ),
        _("The severity is raised."),
    )


@bp.route("/<reference>/severity/leave", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def leave_severity(reference: str) -> ResponseReturnValue:
    """Leave the severity as it is, and say why."""
    case, form = case_of(reference), ReasonForm()
    if queries.raising_proposed(case) is None:
        raise NotFound
    return ask_for(
        case,
        form,
        lambda: actions.answer_raising(
            case, raises=False, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Leave the severity as it is"),
        lead=_("A promise was broken; say why the case is not graver for it."),
        submit=_("Leave it"),
        message=_("The severity stays as it is."),
    )
