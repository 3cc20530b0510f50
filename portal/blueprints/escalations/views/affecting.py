"""Other customers that a case hits."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms.room import AffectedForm
from ..models import Escalation
from .blueprint import ask_for, bp, case_of, do


@bp.route("/<reference>/affected", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def add_affected(reference: str) -> ResponseReturnValue:
    """Add another customer hit by the same cause."""
    case, form = case_of(reference), AffectedForm()
    return ask_for(
        case,
        form,
        lambda: _add(case, form.account.data or ""),
        title=_("Add a customer hit by the same cause"),
        lead=_("They hang on this case: one cause, one case, one message to all of them."),
        submit=_("Add the customer"),
        message=_("The customer is on the list."),
    )


def _add(case: Escalation, text: str) -> None:
    by, now = viewer(), clock.now()
    found = queries.find_accounts(by, text, now=now)
    if not found:
        raise Refused(
            _("We find no such customer among yours. Check the name, or use its number."),
            field="account",
        )
    if len(found) > 1:
        names = "; ".join(f"{one.name} ({one.reference})" for one in found)
        raise Refused(_("Which one? %(names)s. Use the number.", names=names), field="account")
    actions.add_affected(case, found[0], by=by, now=now)


@bp.post("/<reference>/affected/<account>/remove")
@require(Permission.ESCALATIONS_WORK)
def remove_affected(reference: str, account: str) -> ResponseReturnValue:
    """Take a customer off the list."""
    by, now = viewer(), clock.now()
    return do(
        reference,
        lambda case: actions.remove_affected(
            case, queries.visible_account(by, account, now=now), by=by, now=now
        ),
        _("The customer is off the list."),
    )
