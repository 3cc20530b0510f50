"""Doors to exit reviews."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import choices, require, viewer

from .. import actions, forms, queries
from ..models import ExitReason, ReviewOutcome
from .blueprint import bp
from .sponsors import run_term


@bp.post("/<reference>/review")
@require(Permission.SPONSORSHIP_READ)
def open_review(reference: str) -> ResponseReturnValue:
    """Open a review of how a sponsorship goes on."""
    form, by, now = forms.OpenReviewForm(), viewer(), clock.now()
    return run_term(
        reference,
        "open_review",
        form,
        lambda row: actions.open_review(row, why=form.why_review.data or "", by=by, now=now),
        _("The review is open."),
    )


@bp.post("/<reference>/review/conclude")
@require(Permission.SPONSORSHIP_DECIDE)
def conclude(reference: str) -> ResponseReturnValue:
    """Conclude the review of a sponsorship."""
    form, by, now = forms.ReviewForm(), viewer(), clock.now()
    seen = queries.get_sponsorship(by, reference, now=now)
    able = [(number, name) for number, name, _match in queries.others(seen, now=now)]
    form.new_sponsor.choices = choices([("", "–"), *able])
    return run_term(
        reference,
        "conclude",
        form,
        lambda row: actions.conclude(
            row,
            ReviewOutcome(form.outcome.data),
            reason=form.conclusion.data or "",
            sponsor_id=form.new_sponsor.data,
            why=ExitReason(form.ends_because.data) if form.ends_because.data else None,
            by=by,
            now=now,
        ),
        _("The review is concluded; the people concerned are told."),
    )
