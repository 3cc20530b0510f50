"""Scorecards learned from our own outcomes, and what they are learned from."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.queries import visible
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.fitting.asking import GIVEN_UP
from portal.core.fitting.outcomes import FOLDS

from .. import rules
from ..models import CardState, ChurnCardFit, Prediction

P = Prediction


@dataclass(frozen=True)
class Lessons:
    """Settled predictions to learn from: what was measured, by factor, whether each was followed by
    a loss, and the part in which each account is held back.
    """

    columns: dict[str, list[str]]
    outcome: list[int]
    folds: list[int]

    @property
    def lost(self) -> int:
        """Count those followed by a loss."""
        return sum(self.outcome)


def _has_come(day: date) -> sa.ColumnElement[bool]:
    """Leave out the losses of months still running, whose stays are not settled yet."""
    return sa.and_(P.settled_on.is_not(None), P.due_on < day)


def _where(months: set[date], horizon_days: int, day: date) -> list[Any]:
    days = db.session.scalars(sa.select(P.made_on).where(_has_come(day)).distinct())
    chosen = [one for one in days if rules.month_of(one) in months]
    there = sa.exists().where(Account.id == P.account_id, visible())
    span = sa.cast(sa.extract("epoch", P.due_on), sa.BigInteger) - sa.cast(
        sa.extract("epoch", P.made_on), sa.BigInteger
    )
    return [_has_come(day), P.made_on.in_(chosen), span == horizon_days * 86_400, there]


def _months(horizon_days: int, day: date) -> set[date]:
    days = db.session.scalars(sa.select(P.made_on).where(_has_come(day)).distinct())
    return rules.spread([rules.month_of(one) for one in days], horizon_days=horizon_days)


def learnable(*, horizon_days: int, today: date) -> tuple[int, int]:
    """Count the settled predictions there are to learn from, and those followed by a loss."""
    where = _where(_months(horizon_days, today), horizon_days, today)
    lost = sa.func.coalesce(sa.func.sum(sa.case((P.lost.is_(True), 1), else_=0)), 0)
    count, bad = db.session.execute(sa.select(sa.func.count(), lost).where(*where)).one()
    return count, int(bad)


def lessons(*, horizon_days: int, today: date) -> Lessons:
    """Give the settled predictions to learn from: months as far apart as the horizon, so that no
    stretch of time counts twice; an account is held back whole.
    """
    columns: dict[str, list[str]] = {name: [] for name in rules.NAMES}
    outcome, folds = [], []
    query = sa.select(P.account_id, P.lost, *(getattr(P, name) for name in rules.NAMES))
    where = _where(_months(horizon_days, today), horizon_days, today)
    for account_id, lost, *measures in db.session.execute(query.where(*where).order_by(P.id)):
        outcome.append(int(lost))
        folds.append(int.from_bytes(sha256(str(account_id).encode()).digest()[:4]) % FOLDS)
        for name, measure in zip(rules.NAMES, measures, strict=True):
            columns[name].append(rules.cell(measure))
    return Lessons(columns, outcome, folds)


def cards(*, limit: int = 50) -> list[ChurnCardFit]:
    """Give the scorecards that were asked for, the newest first."""
    return list(
        db.session.scalars(sa.select(ChurnCardFit).order_by(ChurnCardFit.id.desc()).limit(limit))
    )


def card(card_id: int, *, lock: bool = False) -> ChurnCardFit:
    """Give one of them; `NotFound` where there is none. Locked, nobody else changes it."""
    query = sa.select(ChurnCardFit).where(ChurnCardFit.id == card_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def given_up(row: ChurnCardFit, *, now: datetime) -> bool:
    """Say whether one was asked for so long ago that it will not come any more."""
    return row.state is CardState.FITTING and row.asked_at <= now - GIVEN_UP


def being_learned(*, now: datetime) -> bool:
    """Say whether one is under way."""
    query = sa.select(ChurnCardFit.id).where(
        ChurnCardFit.state == CardState.FITTING, ChurnCardFit.asked_at > now - GIVEN_UP
    )
    return db.session.scalar(query.limit(1)) is not None
