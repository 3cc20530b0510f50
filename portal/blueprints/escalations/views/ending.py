"""How a case ends, and what opens it again."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms import ReasonForm
from ..forms.ending import ApartForm, CloseForm, MergeForm
from ..models import Resolution
from .blueprint import ask_for, bp, case_of, do


@bp.route("/<reference>/close", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_CLOSE)
def close(reference: str) -> ResponseReturnValue:
    """Close a case."""
    case, form = case_of(reference), CloseForm()
    form.fix_owner.choices = [("", _("nobody")), *queries.doers(case, now=clock.now())]
    return ask_for(
        case,
        form,
        lambda: actions.close(
            case,
            actions.Ending(
                resolution=Resolution(form.resolution.data),
                text=form.text.data or "",
                agreed_by=form.agreed_by.data or "",
                not_agreed_because=form.not_agreed_because.data or "",
                fix_owner_id=form.fix_owner.data,
                fix_due=form.fix_due.data,
                fix_told=form.fix_told.data or "",
            ),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Close the case"),
        lead=_("Every exit criterion is met, and the customer agrees, or you say why not."),
        submit=_("Close the case"),
        message=_("The case is closed."),
        template="escalations/close.html",
        criteria=queries.criteria(case),
        holds=queries.holds(case),
        hints={
            "fix_owner": _("After a workaround only: who brings the fix, by when, and who hears.")
        },
    )


@bp.route("/<reference>/decline", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def decline(reference: str) -> ResponseReturnValue:
    """Decline a declaration."""
    case, form = case_of(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.decline(case, reason=form.reason.data or "", by=viewer(), now=clock.now()),
        title=_("Decline the declaration"),
        lead=_("It never counts against the person who declared it; they read your reason."),
        submit=_("Decline it"),
        message=_("Declined; who declared it is told."),
    )


@bp.post("/<reference>/approve")
@require(Permission.ESCALATIONS_DECLARE)
def approve(reference: str) -> ResponseReturnValue:
    """Let a requested case be declared."""
    case, form = case_of(reference), ApartForm()
    return ask_for(
        case,
        form,
        lambda: actions.approve(
            case, because=form.because.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Let it be declared"),
        submit=_("Let it be declared"),
        message=_("The case is declared; its clocks run."),
    )


@bp.post("/<reference>/submit")
@require(Permission.ESCALATIONS_DECLARE)
def submit(reference: str) -> ResponseReturnValue:
    """Declare a draft."""
    case, form = case_of(reference), ApartForm()
    return ask_for(
        case,
        form,
        lambda: actions.submit(
            case,
            queries.wish_of(case),
            because=form.because.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Declare it now"),
        submit=_("Declare it now"),
        message=_("Declared. The people concerned are being told."),
    )


@bp.route("/<reference>/void", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_MANAGE)
def void(reference: str) -> ResponseReturnValue:
    """Void a case that is wrong, a test or a duplicate."""
    case, form = case_of(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.void(case, reason=form.reason.data or "", by=viewer(), now=clock.now()),
        title=_("Void the case"),
        lead=_("It leaves every figure and stays in the log."),
        submit=_("Void it"),
        message=_("The case is void."),
    )


@bp.route("/<reference>/reopen", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_DECLARE)
def reopen(reference: str) -> ResponseReturnValue:
    """Open a closed case again."""
    case, form = case_of(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.reopen(case, reason=form.reason.data or "", by=viewer(), now=clock.now()),
        title=_("Open the case again"),
        lead=_("It keeps its number and counts as a re-escalation."),
        submit=_("Open it again"),
        message=_("The case is open again."),
    )


@bp.route("/<reference>/merge", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_MANAGE)
def merge(reference: str) -> ResponseReturnValue:
    """Merge a case into another open one of the same account."""
    form = MergeForm()
    if request.method == "POST":
        queries.hold_in_order(reference, request.form.get("into", ""))
    case = case_of(reference)
    others = queries.open_of_account(viewer(), case.account_id, now=clock.now())
    form.into.choices = [
        (one.reference, f"{one.reference}, {one.title}")
        for one in others
        if one.reference != case.reference
    ]
    return ask_for(
        case,
        form,
        lambda: actions.merge(
            case,
            queries.get(viewer(), form.into.data or "", now=clock.now(), lock=True),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Merge the case into another"),
        lead=_("Both keep their history, and it can be undone."),
        submit=_("Merge"),
        message=_("The cases are merged."),
    )


@bp.post("/<reference>/unmerge")
@require(Permission.ESCALATIONS_MANAGE)
def unmerge(reference: str) -> ResponseReturnValue:
    """Undo a merge."""
    return do(
        reference,
        lambda case: actions.unmerge(case, by=viewer(), now=clock.now()),
        _("The merge is undone."),
    )
