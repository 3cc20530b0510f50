"""Doors to what is automatic in a case: stopping it, and letting it go on."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions
from ..forms import ReasonForm
from .blueprint import ask_for, bp, case_of


@bp.route("/<reference>/automatic/stop", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def stop_automatic(reference: str) -> ResponseReturnValue:
    """Stop what Parley does by itself in a case."""
    case, form = case_of(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.stop_automatic(
            case, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Stop what is automatic"),
        lead=_(
            "Nobody is reminded any more and no step is chased; no progress note, no"
            " acknowledgement and no survey goes out by itself. Clocks run on, and people write as"
            " before."
        ),
        submit=_("Stop what is automatic"),
        message=_("What is automatic is stopped in this case."),
    )


@bp.route("/<reference>/automatic/resume", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def resume_automatic(reference: str) -> ResponseReturnValue:
    """Let what Parley does by itself in a case go on."""
    case, form = case_of(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.resume_automatic(
            case, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Let what is automatic go on"),
        lead=_("What is due by now is told once, to whom the ladder names."),
        submit=_("Let it go on"),
        message=_("What is automatic goes on in this case."),
    )
