"""Reckoning the scores: of all accounts, or of those that something happened to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from portal.blueprints.accounts.models import Account, Contact, HealthSignal
from portal.blueprints.auth import queries as auth
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.core import events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.events import Event

from .. import queries
from ..models import Assessment, Ground, Reckoned, Snapshot

MOST = 5_000
"""So many accounts are named one by one; beyond that all are reckoned."""
CONCERN_ALL = (
    "accounts.imported",
    "accounts.import_taken_back",
    "accounts.import_undone",
    "policies.published",
)
MERGES = ("accounts.merged", "accounts.unmerged")
SIGNALS = "accounts.signals_taken"
ACCOUNT, ASSESSMENT, CONTACT, GROUND, SIGNAL, SNAPSHOT = (
    model.metadata.tables[model.__tablename__]
    for model in (Account, Assessment, Contact, Ground, HealthSignal, Snapshot)
)
ROOM = "96MB"
"""What PostgreSQL may take for one step of a pass, so that it neither sorts nor hashes on disk."""


def reckon(*, by: Actor, now: datetime, only: Sequence[int] = (), kept: bool = False) -> int:
    """Reckon the scores of all accounts, or of some, and write down what changed: the score with
    its parts, the day's snapshot, and score and band beside the account. Gives how many scores
    moved; one event tells of it where any did. With `kept`, what signals and people say is taken
    as it was last found, but for accounts named and those where time has changed it.
    """
    policy, number = policies.in_force(RiskPolicy)
    today = now.astimezone(ZoneInfo(auth.organisation().zone)).date()
    db.session.flush()
    if _on_postgresql():
        _tell_the_planner(few=bool(only))
    _look(policy, now=now, only=only, kept=kept)
    fresh = queries.scored(policy, today=today, now=now, only=only).subquery("fresh")
    stamps = {"policy_number": number, "changed_at": now}
    db.session.execute(_putting(ASSESSMENT, fresh, stamps))
    gone = _forget(only=only)
    db.session.execute(_note_day(today=today, now=now, only=only))
    moved = _write_beside(now=now, only=only) + gone
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
    observed = _observed(new)
    whole = db.session.scalar(every) is not None
    ids = list({*db.session.scalars(touched), *db.session.scalars(observed), *_merged(new)})
    row.seq = last
    if whole or len(ids) > MOST:
        return reckon(by=by, now=now)
    return reckon(by=by, now=now, only=[one for one in ids if one]) if ids else 0


def _observed(new: Any) -> sa.Select[Any]:
    """Select the accounts of which signals came in with the events."""
    told = sa.select(Event.data).where(new, Event.name == SIGNALS)
    batches = [data["batch"] for data in db.session.scalars(told)]
    query = sa.select(HealthSignal.account_id).where(HealthSignal.batch_id.in_(batches))
    return query.distinct().limit(MOST + 1)


def _merged(new: Any) -> set[int]:
    """Give the accounts that were merged or parted: each such event is of two."""
    told = sa.select(Event.data).where(new, Event.name.in_(MERGES))
    return {one for data in db.session.scalars(told) for one in data["accounts"]}


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def _tell_the_planner(*, few: bool) -> None:
    """Let a pass take room, and one over a few accounts go by indexes: what it reads was just
    written, and lies in memory.
    """
    db.session.execute(sa.text(f"set local work_mem = '{ROOM}'"))
    if few:
        db.session.execute(sa.text("set local random_page_cost = 1.1"))


def _inserting(table: Any) -> Any:
    return (postgresql.insert if _on_postgresql() else sqlite.insert)(table)


def _look(policy: RiskPolicy, *, now: datetime, only: Sequence[int], kept: bool) -> None:
    """Find out anew what signals and people say: of all accounts, of those named, or of those where
    time alone has changed it.
    """
    some = list(only) or (list(db.session.scalars(queries.due(policy, now=now))) if kept else [])
    if kept and not some:
        return
    has_any = sa.or_(
        *(
            sa.exists().where(table.c.account_id == GROUND.c.account_id)
            for table in (SIGNAL, CONTACT)
        )
    )
    db.session.execute(
        sa.delete(GROUND).where(sa.not_(has_any), *queries.among(GROUND.c.account_id, some))
    )
    found = queries.grounds(policy, now=now, only=some).subquery("found")
    db.session.execute(_putting(GROUND, found, {}))


def _putting(table: Any, rows: Any, stamps: dict[str, Any]) -> Any:
    """Write the rows that are new or differ, with stamps; `changed_at` says which these are. What
    is as it was is not even locked.
    """
    names = [column.name for column in rows.c]
    given = {
        **{name: rows.c[name] for name in names},
        **{name: sa.literal(value, table.c[name].type) for name, value in stamps.items()},
    }
    key = table.c.account_id
    differs = sa.or_(
        key.is_(None),
        *(
            sa.type_coerce(table.c[name], sa.types.NullType()).is_distinct_from(value)
            for name, value in given.items()
            if name not in {"account_id", "changed_at"}
        ),
    )
    changed = (
        sa.select(*given.values())
        .outerjoin_from(rows, table, key == rows.c.account_id)
        .where(differs)
    )
    insert = _inserting(table).from_select(list(given), changed)
    values = {name: insert.excluded[name] for name in given if name != "account_id"}
    return insert.on_conflict_do_update(index_elements=[key], set_=values)


def _forget(*, only: Sequence[int]) -> int:
    """Take the score off accounts that have none any more: lost, merged, or not yet customers."""
    without = (
        ACCOUNT.c.risk_score.is_not(None),
        sa.not_(queries.has_score()),
        *queries.among(ACCOUNT.c.id, only),
    )
    old = sa.select(ACCOUNT.c.id).where(*without)
    db.session.execute(sa.delete(ASSESSMENT).where(ASSESSMENT.c.account_id.in_(old)))
    found = db.session.execute(
        sa.update(ACCOUNT)
        .where(*without)
        .values(risk_score=None, risk_band=None, updated_at=ACCOUNT.c.updated_at)
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def _note_day(*, today: Any, now: datetime, only: Sequence[int]) -> Any:
    """Keep the score of the day where it is another than the account's last one."""
    rows = (
        sa.select(
            ASSESSMENT.c.account_id,
            sa.literal(today, sa.Date).label("day"),
            ASSESSMENT.c.score,
            ASSESSMENT.c.band,
            ACCOUNT.c.risk_score,
        )
        .join(ACCOUNT, ACCOUNT.c.id == ASSESSMENT.c.account_id)
        .where(*_moved(now, only))
    )
    names = ["account_id", "day", "score", "band", "score_before"]
    insert = _inserting(SNAPSHOT).from_select(names, rows)
    return insert.on_conflict_do_update(
        index_elements=[SNAPSHOT.c.account_id, SNAPSHOT.c.day],
        set_={"score": insert.excluded.score, "band": insert.excluded.band},
    )


def _moved(now: datetime, only: Sequence[int]) -> list[Any]:
    """Give the conditions for accounts whose score or band is another than the one beside them."""
    return [
        ASSESSMENT.c.changed_at == now,
        sa.or_(
            ACCOUNT.c.risk_score.is_distinct_from(ASSESSMENT.c.score),
            ACCOUNT.c.risk_band.is_distinct_from(ASSESSMENT.c.band),
        ),
        *queries.among(ASSESSMENT.c.account_id, only),
    ]


def _write_beside(*, now: datetime, only: Sequence[int]) -> int:
    found = db.session.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.id == ASSESSMENT.c.account_id, *_moved(now, only))
        .values(
            risk_score=ASSESSMENT.c.score,
            risk_band=ASSESSMENT.c.band,
            updated_at=ACCOUNT.c.updated_at,
        )
    )
    return int(found.rowcount)  # type: ignore[attr-defined]
