"""What finance does after a yes: revenue accounting's signature, delivery, reversal."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, forms, queries
from .blueprint import bp
from .proposals import act_on


@bp.post("/<reference>/revenue")
@require(Permission.CONCESSIONS_CLOSE)
def sign_revenue(reference: str) -> ResponseReturnValue:
    """Sign for revenue accounting."""
    form, by, now = forms.RevenueForm(), viewer(), clock.now()
    return act_on(
        reference,
        "revenue",
        form,
        lambda row: actions.sign_revenue(row, booked=form.booked.data or "", by=by, now=now),
        _("Signed for revenue accounting: it can be delivered."),
    )


@bp.post("/<reference>/reverse")
@require(Permission.CONCESSIONS_CLOSE)
def reverse(reference: str) -> ResponseReturnValue:
    """Reverse what the customer had accepted."""
    form, by, now = forms.ReverseForm(), viewer(), clock.now()
    return act_on(
        reference,
        "reverse",
        form,
        lambda row: actions.reverse(row, reason=form.because.data or "", by=by, now=now),
        _("It is reversed; the books show it."),
    )


@bp.post("/<reference>/deliver")
@require(Permission.CONCESSIONS_APPROVE)
def deliver(reference: str) -> ResponseReturnValue:
    """Note which parts were delivered."""
    parts = queries.parts(queries.get(viewer(), reference, now=clock.now()))
    form, by, now = forms.deliver_form(parts), viewer(), clock.now()
    notes = {part.id: form.data.get(f"part_{part.id}") or "" for part in parts}
    return act_on(
        reference,
        "deliver",
        form,
        lambda row: actions.deliver(row, notes, by=by, now=now),
        _("The delivery is on file."),
    )
