"""Telling finance of a promise of money that no approved compensation covers."""

from datetime import datetime

from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import access, events
from portal.core.access import Actor, K, RelationKind, Role
from portal.core.db import db

from .recording import ROOM


def tell_finance(promise_id: int, *, by: Actor, now: datetime) -> int:
    """Tell finance of a promise made without authority while it is open, and let them see its case;
    gives how many were told. Of a restricted case only those of finance hear whom it names.
    """
    row = db.session.get(Promise, promise_id)
    if row is None or row.state is not PromiseState.OPEN or not row.without_authority:
        return 0
    people = {person.id for person in auth_queries.people(role=Role.FINANCE)}
    case = escalation_queries.by_reference(row.case_ref) if row.case_ref else None
    if case is not None and case.restricted:
        people &= set(escalation_queries.named_on(case, now=now))
    elif case is not None:
        access.relate(
            db.session,
            kind=RelationKind.NAMED,
            account_id=row.account_id,
            record_ref=case.reference,
            role=Role.FINANCE,
        )
    account = db.session.get_one(Account, row.account_id)
    for person_id in sorted(people):
        notification_actions.notify(
            person_id,
            template=f"{ROOM}/promised",
            context={
                "account": account.name,
                "what": row.what,
                "to_whom": row.to_whom,
                "due": row.due_at,
                "by": auth_queries.names([row.by_id]).get(row.by_id or 0, ""),
            },
            why="finance",
            key=f"promised:{row.id}:{person_id}",
            record=row.case_ref or account.reference,
            account_id=row.account_id,
            klass=K.CONFIDENTIAL,
            by=by,
            now=now,
        )
    events.record(
        f"{ROOM}.finance_told",
        by=by,
        now=now,
        record=row.case_ref or account.reference,
        account_id=row.account_id,
        data={"promise": row.id, "people": len(people)},
    )
    return len(people)
