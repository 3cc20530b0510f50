"""Doors for the clock: scores follow what happens within a minute; what time alone changes is
reckoned several times a day.
"""

from datetime import datetime, timedelta

from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.core import access, clock
from portal.core.db import db

from . import actions, queries
from .models import CardState

RECKONER, PREDICTOR = access.job("risk.reckon"), access.job("risk.foresee")


def catch_up(now: str) -> None:
    """Reckon the accounts that something happened to."""
    actions.catch_up(by=RECKONER, now=datetime.fromisoformat(now))


def reckon(now: str) -> None:
    """Reckon all accounts: renewals come nearer, and what is long ago no longer counts."""
    actions.reckon(by=RECKONER, now=datetime.fromisoformat(now), kept=True)


def reckon_afresh(now: str) -> None:
    """Reckon all accounts from the records up, whatever was kept of their signals and people."""
    actions.reckon(by=RECKONER, now=datetime.fromisoformat(now))


def revalue(now: str) -> None:
    """Reckon anew what would be lost with the risks of the register."""
    actions.revalue(by=RECKONER, now=datetime.fromisoformat(now))


def foresee(now: str) -> None:
    """Write down what became of predictions, and keep those of this month."""
    at = datetime.fromisoformat(now)
    actions.settle(by=PREDICTOR, now=at)
    actions.predict(by=PREDICTOR, now=at)


def learn_card(card_id: int) -> None:
    """Learn a scorecard: outcomes are read, then nothing is held while a process of its own
    thinks.
    """
    if queries.card(card_id).state is not CardState.FITTING:
        return
    policy, _number = policies.in_force(RiskPolicy)
    horizon, today = policy.horizon_days, queries.today(clock.now())
    lessons = queries.lessons(horizon_days=horizon, today=today)
    db.session.rollback()
    document = actions.learned(lessons, horizon_days=horizon, on=today)
    row = queries.card(card_id, lock=True)
    if row.state is CardState.FITTING:
        actions.keep_card(row, document, by=PREDICTOR, now=clock.now())
    db.session.commit()


JOBS = {learn_card: "heavy"}
EVERY = {
    catch_up: timedelta(minutes=1),
    reckon: timedelta(hours=6),
    reckon_afresh: timedelta(days=1),
    revalue: timedelta(days=1),
    foresee: timedelta(days=1),
}
