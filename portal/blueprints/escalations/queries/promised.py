"""Promises of cases that somebody is to be told of."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.core.db import db

from ..models import OPEN_STATES, Escalation
from .ladders import COLUMNS, DueCase

P, E = Promise, Escalation


@dataclass(frozen=True)
class DuePromise:
    """A promise whose next notice is due, and the case it belongs to now; `counts`: it is still
    owed, and the case is told of by itself.
    """

    id: int
    what: str
    to_whom: str
    by_id: int | None
    made_at: datetime
    due_at: datetime
    since: datetime
    counts: bool
    case: DueCase


def due_promises(*, now: datetime, limit: int) -> list[DuePromise]:
    """Give promises whose next notice is due, the longest waiting first; nobody else takes them.
    What was promised in a merged case is owed in the one it went into.
    """
    own = aliased(E, name="own")
    query = (
        sa.select(
            P.id, P.what, P.to_whom, P.by_id, P.made_at, P.due_at, P.next_notice_at, P.state,
            *COLUMNS,
        )
        .join_from(P, own, own.reference == P.case_ref)
        .join(E, E.id == sa.func.coalesce(own.merged_into_id, own.id))
        .join(Account, Account.id == E.account_id)
        .where(P.next_notice_at <= now)
        .order_by(P.next_notice_at, P.id)
        .limit(limit)
        .with_for_update(of=P, skip_locked=True)
    )  # fmt: skip
    found = []
    for row in db.session.execute(query):
        number, what, to_whom, by_id, made, due, since, state, *columns = row
        case = DueCase(*columns)
        is_told = case.state in OPEN_STATES and not case.automatic_stopped
        counts = state is PromiseState.OPEN and is_told
        found.append(DuePromise(number, what, to_whom, by_id, made, due, since, counts, case))
    return found
