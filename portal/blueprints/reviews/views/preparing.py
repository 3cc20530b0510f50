"""Before the meeting: decisions sought, and the pack sent ahead."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms import CallForm, NoneForm, SeekForm
from .blueprint import ask_for, bp, do, row_of

BOX = 10
"""The minutes that a decision is given where nobody says otherwise."""


@bp.route("/<reference>/seek", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def seek(reference: str) -> ResponseReturnValue:
    """Seek a decision."""
    row, form = row_of(reference), SeekForm(minutes=BOX)
    return ask_for(
        row,
        form,
        lambda: actions.seek(
            row,
            title=form.title.data or "",
            recommendation=form.recommendation.data or "",
            reason=form.reason.data or "",
            minutes=form.minutes.data or BOX,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Seek a decision"),
        submit=_("Put it on the agenda"),
        message=_("It is on the agenda."),
    )


@bp.post("/<reference>/seek/<int:sought_id>/withdraw")
@require(Permission.REVIEWS_RUN)
def withdraw(reference: str, sought_id: int) -> ResponseReturnValue:
    """Take a decision off the agenda."""
    return do(
        reference,
        lambda row: actions.withdraw(
            row, queries.get_sought(row, sought_id), by=viewer(), now=clock.now()
        ),
        _("It is off the agenda."),
    )


@bp.route("/<reference>/none", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def none(reference: str) -> ResponseReturnValue:
    """Say why no decision is sought."""
    row = row_of(reference)
    form = NoneForm(why=row.none_sought)
    return ask_for(
        row,
        form,
        lambda: actions.say_none(row, why=form.why.data or "", by=viewer(), now=clock.now()),
        title=_("No decision is sought"),
        submit=_("Say so"),
        message=_("The pack says so."),
    )


@bp.route("/<reference>/call", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def call(reference: str) -> ResponseReturnValue:
    """Send the pack ahead of the meeting."""
    row, zone = row_of(reference), ZoneInfo(auth_queries.organisation().zone)
    at = (clock.now() + timedelta(days=2)).astimezone(zone).replace(minute=0)
    form = CallForm(meets_at=at.replace(tzinfo=None))
    return ask_for(
        row,
        form,
        lambda: actions.call(
            row,
            meets_at=(form.meets_at.data or at.replace(tzinfo=None)).replace(tzinfo=zone),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Send the pack"),
        submit=_("Send it now"),
        message=_("The pack is sent to everybody who reads reviews."),
        lead=_("At least 24 hours ahead. Who opens it here has read it; the page says so."),
    )
