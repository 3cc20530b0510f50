"""Signals of an account, and which accounts a batch of them names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.core.access import Actor, K
from portal.core.db import db

from ..models import Account, HealthSignal, SignalBatch, SignalFormer
from .accounts import may_edit, mine

AT_ONCE, LISTED, BATCHES = 400, 200, 20


@dataclass(frozen=True)
class Latest:
    """The last signal of a kind, and the one before it, where there is one."""

    kind: str
    value: Decimal
    observed_at: datetime
    source: str
    before: Decimal | None


def named(viewer: Actor, names: Iterable[str], *, now: datetime) -> dict[str, Account]:
    """Give the accounts that the viewer may change, by the number that names them: ours, or the one
    they have in another system; what was merged leads to where it went. A number that several have
    in other systems names none.
    """
    ours: dict[str, Account] = {}
    theirs: dict[str, dict[int, Account]] = {}
    bearer = sa.orm.aliased(Account)
    stands = sa.func.coalesce(bearer.merged_into_id, bearer.id) == Account.id
    wanted = sorted(set(names))
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        query = (
            sa.select(bearer.reference, bearer.external_id, Account)
            .join_from(bearer, Account, stands)
            .where(
                sa.or_(bearer.reference.in_(some), bearer.external_id.in_(some)),
                mine(viewer, now=now, klass=K.CONFIDENTIAL),
            )
        )
        for reference, number, account in db.session.execute(query):
            ours[reference] = account
            theirs.setdefault(number, {})[account.id] = account
    alone = {
        number: next(iter(found.values())) for number, found in theirs.items() if len(found) == 1
    }
    return {name: one for name, one in (alone | ours).items() if may_edit(viewer, one)}


def latest(account: Account) -> list[Latest]:
    """Give the last signal of each kind of an account, with the one before."""
    order = (HealthSignal.observed_at.desc(), HealthSignal.id.desc())
    place = sa.func.row_number().over(partition_by=HealthSignal.kind, order_by=order)
    before = sa.func.lead(HealthSignal.value, type_=HealthSignal.value.type).over(
        partition_by=HealthSignal.kind, order_by=order
    )
    seen = (
        sa.select(
            HealthSignal.kind,
            HealthSignal.value,
            HealthSignal.observed_at,
            HealthSignal.source,
            before.label("before"),
            place.label("place"),
        )
        .where(HealthSignal.account_id == account.id)
        .subquery()
    )
    columns = (seen.c.kind, seen.c.value, seen.c.observed_at, seen.c.source, seen.c.before)
    rows = db.session.execute(sa.select(*columns).where(seen.c.place == 1).order_by(seen.c.kind))
    return [Latest(*row) for row in rows]


def signals(account: Account, *, kind: str = "", limit: int = LISTED) -> list[HealthSignal]:
    """Give an account's signals, of one kind or of all, the last observed first."""
    query = sa.select(HealthSignal).where(HealthSignal.account_id == account.id)
    if kind:
        query = query.where(HealthSignal.kind == kind)
    order = (HealthSignal.observed_at.desc(), HealthSignal.id.desc())
    return list(db.session.scalars(query.order_by(*order).limit(limit)))


def formers(rows: Sequence[HealthSignal]) -> dict[int, list[Decimal]]:
    """Give what signals said before they were corrected, the last first, by their number."""
    query = (
        sa.select(SignalFormer.signal_id, SignalFormer.value)
        .where(SignalFormer.signal_id.in_([row.id for row in rows]))
        .order_by(SignalFormer.id.desc())
    )
    found: dict[int, list[Decimal]] = {}
    for signal_id, value in db.session.execute(query):
        found.setdefault(signal_id, []).append(value)
    return found


def signal_batches() -> list[Any]:
    """Give the last batches of signals that came in."""
    return list(
        db.session.scalars(sa.select(SignalBatch).order_by(SignalBatch.id.desc()).limit(BATCHES))
    )
