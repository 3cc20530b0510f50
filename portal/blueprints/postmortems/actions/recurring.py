"""A cause came again: a person says so, nobody else does."""

from datetime import datetime

from portal.blueprints.escalations.models import Escalation
from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Cause, Postmortem, Recurrence
from .recording import inform, log


def link(
    row: Postmortem, cause: Cause, case: Escalation, *, by: Actor, now: datetime
) -> Recurrence:
    """Link a case to a cause, as somebody who sees both: what is shown as alike now is kept with
    it, and the owners of the open actions against the cause are told that it came again.
    """
    if not by.may(Permission.POSTMORTEMS_CONTRIBUTE) or by.id is None:
        raise Refused(_("Your role does not link cases to causes."))
    if row.state in rules.FROZEN:
        raise Refused(_("Nothing moves here while it is with counsel, or after it was left out."))
    if case.reference in queries.case_refs(row):
        message = _("This post-mortem is about that case: it did not come again with it.")
        raise Refused(message, field="case")
    if queries.recurrence(cause, case.reference) is not None:
        raise Refused(_("This case is linked to the cause already."), field="case")
    found = Recurrence(
        postmortem_id=row.id,
        cause_id=cause.id,
        case_ref=case.reference,
        linked_by_id=by.id,
        linked_at=now,
        alike=queries.in_what_alike(cause, case, by=by, now=now),
        created_at=now,
        updated_at=now,
    )
    db.session.add(found)
    db.session.flush()
    data = {"case": case.reference, "cause": cause.id, "factor": cause.factor.value}
    log(row, "case_linked", by=by, now=now, data=data)
    _tell_owners(row, cause, by=by, now=now, key=f"again:{found.id}")
    return found


def _tell_owners(row: Postmortem, cause: Cause, *, by: Actor, now: datetime, key: str) -> None:
    """Tell who works against a cause; which case it was is said on the page, to whom may know."""
    against = [
        action
        for action in queries.actions_of(row)
        if action.cause_id == cause.id and action.state not in rules.SETTLED
    ]
    people = {action.owner_id: "assigned" for action in against}
    inform(row, people, "again", key=key, by=by, now=now)


def unlink(row: Postmortem, found: Recurrence, *, by: Actor, now: datetime) -> None:
    """Take a link back that was a mistake, as who made it or who leads the post-mortem."""
    if by.id != found.linked_by_id and not rules.leads(queries.seats(row, by=by)):
        raise Refused(_("Who linked the case, or who leads the post-mortem, takes it back."))
    data = {"case": found.case_ref, "cause": found.cause_id}
    log(row, "case_unlinked", by=by, now=now, data=data)
    db.session.delete(found)
