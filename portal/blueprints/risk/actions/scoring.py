"""Reckoning the scores: of all accounts, or of those that something happened to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.core import events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.events import Event

from .. import queries
from ..models import Assessment, Reckoned, Snapshot

MOST = 5_000
"""So many accounts are named one by one; beyond that all are reckoned."""
CONCERN_ALL = ("accounts.imported", "accounts.import_taken_back", "policies.published")
ACCOUNT, ASSESSMENT, SNAPSHOT = (
    model.metadata.tables[model.__tablename__] for model in (Account, Assessment, Snapshot)
)


def reckon(*, by: Actor, now: datetime, only: Sequence[int] = ()) -> int:
    """Reckon the scores of all accounts, or of some, and write down what changed: the score with
    its parts, the day's snapshot, and score and band beside the account. Gives how many scores
    moved; one event tells of it where any did.
    """
    policy, number = policies.in_force(RiskPolicy)
    today = now.astimezone(ZoneInfo(auth.organisation().zone)).date()
    db.session.flush()
    fresh = queries.scored(policy, today=today, now=now, only=only).subquery("fresh")
    db.session.execute(_keep(fresh, number=number, now=now))
    gone = _forget(now=now, only=only)
    db.session.execute(_note_day(today=today, now=now))
    moved = _write_beside(now=now) + gone
    if moved:
        db.session.expire_all()
        data = {"moved": moved, "all": not only, "policy": number}
        events.record("risk.reckoned", by=by, now=now, data=data)
    return moved


def catch_up(*, by: Actor, now: datetime) -> int:
    """Reckon the scores of the accounts that something happened to since the last time; gives how
    many moved.
    """
    last = db.session.scalar(sa.select(sa.func.max(Event.seq))) or 0
    row = db.session.get(Reckoned, 1, with_for_update=True)
    if row is None:
        db.session.add(Reckoned(id=1, seq=last))
        return reckon(by=by, now=now)
    new = sa.and_(Event.seq > row.seq, Event.seq <= last)
    # An import and a policy name no account: they may concern all.
    every = sa.select(Event.seq).where(new, Event.name.in_(CONCERN_ALL)).limit(1)
    touched = sa.select(Event.account_id).where(new, Event.account_id.is_not(None))
    touched = touched.where(sa.not_(Event.name.startswith("risk."))).distinct().limit(MOST + 1)
    whole, ids = db.session.scalar(every) is not None, list(db.session.scalars(touched))
    row.seq = last
    if whole or len(ids) > MOST:
        return reckon(by=by, now=now)
    return reckon(by=by, now=now, only=[one for one in ids if one]) if ids else 0


def _inserting(table: Any) -> Any:
    on_sqlite = db.session.get_bind().dialect.name == "sqlite"
    return (sqlite.insert if on_sqlite else postgresql.insert)(table)


def _keep(fresh: Any, *, number: int, now: datetime) -> Any:
    """Write the rows that are new or differ; `changed_at` says which these are."""
    names = [c.name for c in ASSESSMENT.c if c.name not in {"policy_number", "changed_at"}]
    rows = sa.select(
        *(fresh.c[name] for name in names),
        sa.literal(number).label("policy_number"),
        sa.literal(now, ASSESSMENT.c.changed_at.type).label("changed_at"),
    ).where(sa.true())  # without it SQLite takes ON CONFLICT for the condition of a join
    insert = _inserting(ASSESSMENT).from_select([*names, "policy_number", "changed_at"], rows)
    new = insert.excluded
    columns = [c for c in ASSESSMENT.c if c.name not in {"account_id", "changed_at"}]
    differs = sa.or_(*(c.is_distinct_from(new[c.name]) for c in columns))
    values = {c.name: new[c.name] for c in ASSESSMENT.c if c.name != "account_id"}
    return insert.on_conflict_do_update(
        index_elements=[ASSESSMENT.c.account_id], set_=values, where=differs
    )


def _forget(*, now: datetime, only: Sequence[int]) -> int:
    """Take the score off accounts that have none any more: lost, merged, or not yet customers."""
    eligible = sa.select(ACCOUNT.c.id).where(
        queries.has_score(), *([ACCOUNT.c.id.in_(only)] if only else [])
    )
    among = [ASSESSMENT.c.account_id.in_(only)] if only else []
    db.session.execute(
        sa.delete(ASSESSMENT).where(ASSESSMENT.c.account_id.not_in(eligible), *among)
    )
    scored = sa.select(ASSESSMENT.c.account_id)
    among = [ACCOUNT.c.id.in_(only)] if only else []
    found = db.session.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.risk_score.is_not(None), ACCOUNT.c.id.not_in(scored), *among)
        .values(risk_score=None, risk_band=None, updated_at=ACCOUNT.c.updated_at)
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def _note_day(*, today: Any, now: datetime) -> Any:
    """Keep the score of the day where it is another than the account's last one."""
    rows = (
        sa.select(
            ASSESSMENT.c.account_id,
            sa.literal(today, sa.Date).label("day"),
            ASSESSMENT.c.score,
            ASSESSMENT.c.band,
        )
        .join(ACCOUNT, ACCOUNT.c.id == ASSESSMENT.c.account_id)
        .where(ASSESSMENT.c.changed_at == now, _moved())
    )
    insert = _inserting(SNAPSHOT).from_select(["account_id", "day", "score", "band"], rows)
    return insert.on_conflict_do_update(
        index_elements=[SNAPSHOT.c.account_id, SNAPSHOT.c.day],
        set_={"score": insert.excluded.score, "band": insert.excluded.band},
    )


def _moved() -> Any:
    return sa.or_(
        ACCOUNT.c.risk_score.is_distinct_from(ASSESSMENT.c.score),
        ACCOUNT.c.risk_band.is_distinct_from(ASSESSMENT.c.band),
    )


def _write_beside(*, now: datetime) -> int:
    found = db.session.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.id == ASSESSMENT.c.account_id, ASSESSMENT.c.changed_at == now, _moved())
        .values(
            risk_score=ASSESSMENT.c.score,
            risk_band=ASSESSMENT.c.band,
            updated_at=ACCOUNT.c.updated_at,
        )
    )
    return int(found.rowcount)  # type: ignore[attr-defined]
