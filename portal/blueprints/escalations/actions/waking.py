"""An urgent case at night: who is on duty for its team is woken at once, and may look."""

from datetime import datetime

from portal.blueprints.notifications import actions as notification_actions
from portal.core.access import Actor
from portal.core.db import db

from .. import queries, rules
from ..models import Escalation
from .ladder import let_in, place, to_wake


def wake(case: Escalation, *, key: str, by: Actor, now: datetime) -> frozenset[int]:
    """Page who is on duty for an urgent case while their office is closed, once by `key`, and let
    them see it; gives who they are. Nobody is woken by themselves.
    """
    if not rules.is_urgent(case.severity, case.trigger, legal_mode=case.legal_mode):
        return frozenset()
    db.session.flush()
    known, seat = queries.Pass(now=now), queries.as_due(case.id)
    known.read_names([seat])
    woken = to_wake(seat, known) - {by.id}
    if not case.restricted:
        let_in([place(seat, person_id) for person_id in sorted(woken)])
    for person_id in sorted(woken):
        notification_actions.page_person(
            person_id,
            key=f"{case.reference}:{key}:{person_id}:page",
            severity=case.severity.value,
            record=case.reference,
            account_id=case.account_id,
            by=by,
            now=now,
        )
    return frozenset(woken)
