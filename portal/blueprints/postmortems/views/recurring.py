"""A cause came again: linking a case to it, and taking the link back."""

from typing import Any

from flask.typing import ResponseReturnValue

from portal.blueprints.escalations import queries as case_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import page, require, viewer

from .. import actions, queries
from ..forms import RecurrenceForm
from ..models import Cause, Postmortem
from ..rules import words
from .blueprint import ask_for, bp, do, row_of

MOST_CASES = 5


@bp.route("/<reference>/causes/<int:cause_id>/again", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def link(reference: str, cause_id: int) -> ResponseReturnValue:
    """Link a case to a cause."""
    row, form = row_of(reference), RecurrenceForm()
    cause = queries.get_cause(row, cause_id)
    lead = queries.told_to(row, cause.text, viewer=viewer())
    return ask_for(
        row,
        form,
        lambda: _link(row, cause, form.case.data or ""),
        title=_("%(cause)s came again: in which case?", cause=words.factor_words(cause.factor)),
        lead=lead,
        submit=_("Link this case"),
        message=_("The case is linked; who works against this cause is told."),
        place="causes",
    )


@bp.get("/<reference>/causes/<int:cause_id>/alike")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def alike(reference: str, cause_id: int) -> ResponseReturnValue:
    """Show earlier causes that this one may be the same as, for each of its cases."""
    row, now = row_of(reference), clock.now()
    cause = queries.get_cause(row, cause_id)
    given: dict[str, Any] = {"factor": cause.factor, "text": cause.text, "now": now}
    found = [
        (case, queries.alike(case, viewer=viewer(), **given))
        for case in queries.cases_for(row, viewer=viewer(), now=now)[:MOST_CASES]
    ]
    return page("postmortems/alike.html", row=row, cause=cause, found=found)


def _link(row: Postmortem, cause: Cause, given: str) -> None:
    now = clock.now()
    try:
        case = case_queries.get(viewer(), given.strip().upper(), now=now)
    except NotFound:
        raise Refused(_("You see no case of this number."), field="case") from None
    actions.link(row, cause, case, by=viewer(), now=now)


@bp.post("/<reference>/again/<int:recurrence_id>/remove")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def unlink(reference: str, recurrence_id: int) -> ResponseReturnValue:
    """Take a link back."""
    return do(
        reference,
        lambda row: actions.unlink(
            row, queries.get_recurrence(row, recurrence_id), by=viewer(), now=clock.now()
        ),
        _("The link is taken back."),
        place="causes",
    )
