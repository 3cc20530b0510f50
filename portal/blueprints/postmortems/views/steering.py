"""Where a post-mortem goes: the meeting, review, approval, publication, counsel, left out."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..forms import CounselForm, MeetingForm, ReasonForm, VersionForm
from .blueprint import ask_for, bp, do, row_of


@bp.route("/<reference>/meeting", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def meeting(reference: str) -> ResponseReturnValue:
    """Note that the meeting was held."""
    row, form = row_of(reference), MeetingForm(on=queries.today_of(clock.now()))
    return ask_for(
        row,
        form,
        lambda: actions.note_meeting(
            row,
            on=form.on.data or queries.today_of(clock.now()),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("The meeting was held"),
        submit=_("Note the meeting"),
        message=_("The meeting is noted."),
    )


@bp.post("/<reference>/submit")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def submit(reference: str) -> ResponseReturnValue:
    """Hand it over for review."""
    seen = VersionForm().seen
    return do(
        reference,
        lambda row: actions.submit(row, version=seen, by=viewer(), now=clock.now()),
        _("It is in review, and leadership is told."),
    )


@bp.post("/<reference>/approve")
@require(Permission.POSTMORTEMS_APPROVE)
def approve(reference: str) -> ResponseReturnValue:
    """Approve it."""
    seen = VersionForm().seen
    return do(
        reference,
        lambda row: actions.approve(row, version=seen, by=viewer(), now=clock.now()),
        _("The post-mortem is approved."),
    )


@bp.post("/<reference>/publish")
@require(Permission.POSTMORTEMS_READ)
def publish(reference: str) -> ResponseReturnValue:
    """Publish it."""
    seen = VersionForm().seen
    return do(
        reference,
        lambda row: actions.publish(row, version=seen, by=viewer(), now=clock.now()),
        _("It is published, and the people concerned are told."),
    )


@bp.route("/<reference>/send-back", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_READ)
def send_back(reference: str) -> ResponseReturnValue:
    """Give it back to be written further."""
    row = row_of(reference)
    form = ReasonForm(version=str(row.version))
    return ask_for(
        row,
        form,
        lambda: actions.send_back(
            row, reason=form.reason.data or "", version=form.seen, by=viewer(), now=clock.now()
        ),
        title=_("What is missing?"),
        lead=_("It becomes a draft again; an approval ends with it."),
        submit=_("Give it back"),
        message=_("It is a draft again."),
    )


@bp.route("/<reference>/waiver", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def ask_waiver(reference: str) -> ResponseReturnValue:
    """Ask to leave it out, with a reason."""
    row = row_of(reference)
    form = ReasonForm(version=str(row.version))
    return ask_for(
        row,
        form,
        lambda: actions.ask_waiver(
            row, reason=form.reason.data or "", version=form.seen, by=viewer(), now=clock.now()
        ),
        title=_("Why should this one be left out?"),
        lead=_("Policy makes it due. Somebody of leadership who is not you decides."),
        submit=_("Ask to leave it out"),
        message=_("You asked to leave it out; leadership is told."),
    )


@bp.post("/<reference>/waive")
@require(Permission.POSTMORTEMS_APPROVE)
def waive(reference: str) -> ResponseReturnValue:
    """Leave it out, as somebody else asked."""
    seen = VersionForm().seen
    return do(
        reference,
        lambda row: actions.waive(row, version=seen, by=viewer(), now=clock.now()),
        _("It is left out, with the reason that was given."),
    )


@bp.route("/<reference>/waiver/decline", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_APPROVE)
def decline_waiver(reference: str) -> ResponseReturnValue:
    """Say that it is written after all."""
    row = row_of(reference)
    form = ReasonForm(version=str(row.version))
    return ask_for(
        row,
        form,
        lambda: actions.decline_waiver(
            row, reason=form.reason.data or "", version=form.seen, by=viewer(), now=clock.now()
        ),
        title=_("Why is it written after all?"),
        submit=_("Let it be written"),
        message=_("It is written after all; who asked is told."),
    )


@bp.route("/<reference>/counsel", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def counsel(reference: str) -> ResponseReturnValue:
    """Choose, as counsel, how it is written."""
    row, form = row_of(reference), CounselForm()
    return ask_for(
        row,
        form,
        lambda: actions.choose(
            row, rules.CounselChoice(form.choice.data), by=viewer(), now=clock.now()
        ),
        title=_("How is this one written?"),
        lead=_("Until you choose, its clock stands still and nobody writes."),
        submit=_("Choose this form"),
        message=_("Your choice is kept, and who leads it is told."),
    )
