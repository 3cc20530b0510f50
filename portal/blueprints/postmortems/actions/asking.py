"""A post-mortem that nobody must hold, but somebody wants."""

from datetime import datetime

from portal.blueprints.escalations.models import Escalation
from portal.blueprints.escalations.models import State as CaseState
from portal.core.access import Actor, Permission
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Postmortem
from .opening import consider
from .recording import log

NOT_FOR = (CaseState.DRAFT, CaseState.REQUESTED, CaseState.VOID, CaseState.MERGED)


def ask(case: Escalation, *, why: str, by: Actor, now: datetime) -> Postmortem:
    """Ask for a post-mortem of a case, with the reason; refused while one is under way."""
    if not by.may(Permission.POSTMORTEMS_CONTRIBUTE):
        raise Refused(_("Your role does not ask for post-mortems."))
    if case.state in NOT_FOR:
        raise Refused(_("There is nothing to learn from this case: it was not opened, or is void."))
    if not why.strip():
        raise Refused(_("Say what we could learn."), field="why")
    open_one = next(
        (row for row in queries.covering(case.reference) if row.state in rules.UNFINISHED), None
    )
    if open_one is not None:
        message = _("One is under way for this case: %(ref)s.", ref=open_one.reference)
        raise Refused(message, field="why")
    row = consider(case.reference, by=by, now=now, asked_at=now)
    if row is None:
        raise Refused(_("This case has its post-mortem already."), field="why")
    log(row, "asked_for", by=by, now=now, changes={"why": (None, why.strip())})
    return row
