"""The long track, the legal day of a notice, and briefings by word."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import choices, require, viewer

from .. import actions, queries
from ..forms import ReasonForm
from ..forms.people import LegalDayForm, LongTrackForm
from ..models import Escalation, FormalNotice
from .blueprint import ask_for, bp, case_of, do


@bp.route("/<reference>/long-track", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def long_track(reference: str) -> ResponseReturnValue:
    """Ask a second person to agree to the long track."""
    case, form = case_of(reference), LongTrackForm()
    form.second.choices = choices(
        one
        for one in queries.doers(case, now=clock.now())
        if one[0] not in (viewer().id, case.owner_id)
    )
    return ask_for(
        case,
        form,
        lambda: _ask(case, form),
        title=_("Move the case to the long track"),
        lead=_(
            "For a litigation or a long repair: the review takes the place of the closing date. The"
            " case still counts as not closed in time, and a second person has to agree."
        ),
        submit=_("Ask the second person"),
        message=_("The second person is asked."),
    )


def _ask(case: Escalation, form: LongTrackForm) -> None:
    if form.review.data is None:
        raise Refused(_("Choose the day of the review."), field="review")
    actions.ask_long_track(
        case,
        review=form.review.data,
        second_id=form.second.data or 0,
        reason=form.reason.data or "",
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/<reference>/long-track/agree")
@require(Permission.ESCALATIONS_READ)
def agree_long_track(reference: str) -> ResponseReturnValue:
    """Answer as the second person."""
    agrees = request.form.get("agrees") == "1"
    return do(
        reference,
        lambda case: actions.agree_long_track(case, agrees=agrees, by=viewer(), now=clock.now()),
        _("The case is on the long track.") if agrees else _("The case stays where it is."),
    )


@bp.route("/<reference>/long-track/end", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def end_long_track(reference: str) -> ResponseReturnValue:
    """Take a case off the long track."""
    case, form = case_of(reference), ReasonForm()
    return ask_for(
        case,
        form,
        lambda: actions.end_long_track(
            case, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        title=_("Take the case off the long track"),
        lead=_("The closing date of its severity counts again."),
        submit=_("Take it off"),
        message=_("The case is off the long track."),
    )


@bp.route("/<reference>/notices/<int:notice_id>", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_READ)
def legal_day(reference: str, notice_id: int) -> ResponseReturnValue:
    """Set the legal deadline of a formal notice."""
    case, form = case_of(reference), LegalDayForm()
    notice = queries.notice(case, notice_id)
    if Role.LEGAL not in viewer().roles:
        raise NotFound
    return ask_for(
        case,
        form,
        lambda: _set_day(case, notice, form),
        title=_("Set the legal deadline"),
        lead=_("It stands in the header of the case; its owner is told."),
        submit=_("Set the deadline"),
        message=_("The legal deadline is set."),
    )


def _set_day(case: Escalation, notice: FormalNotice, form: LegalDayForm) -> None:
    if form.day.data is None:
        raise Refused(_("Choose a day."), field="day")
    actions.set_legal_day(case, notice, form.day.data, by=viewer(), now=clock.now())


@bp.post("/<reference>/briefed")
@require(Permission.ESCALATIONS_READ)
def briefed(reference: str) -> ResponseReturnValue:
    """Note that the executive owner was briefed by word."""
    return do(
        reference,
        lambda case: actions.brief_by_word(case, by=viewer(), now=clock.now()),
        _("Noted: the executive owner is briefed."),
    )
