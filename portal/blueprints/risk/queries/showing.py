"""The risk of one account: what its score is made of, its history, and what people make of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account, Band
from portal.blueprints.auth.models import User
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import RiskPolicy
from portal.core import access
from portal.core.access import Actor, ActorKind, K, Permission, Reach, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money

from .. import rules
from ..models import Assessment, Judgement, Snapshot

SHOWN = timedelta(days=182)


@dataclass(frozen=True)
class Risk:
    """An account's score with its factors, the hard rule that holds, and the way to green."""

    score: int
    band: Band
    parts: tuple[rules.Part, ...]
    way: rules.WayToGreen | None
    policy_number: int
    changed_at: datetime


def may_work(viewer: Actor, account: Account) -> bool:
    """Say whether the viewer may judge an account they see, and keep its risks: every account, or
    those they own.
    """
    if viewer.kind in {ActorKind.JOB, ActorKind.OPERATOR}:
        return True
    grants = [access.TABLE[role].get(Subject.ACCOUNT) for role in viewer.roles]
    reached = [g.reach for g in grants if g and Permission.RISK_WORK in g.may]
    if not viewer.may(Permission.RISK_WORK) or not reached:
        return False
    return max(reached) is Reach.ALL or account.owner_id == viewer.id


def to_work_on(viewer: Actor, reference: str, *, now: datetime) -> Account:
    """Give an account whose risks the viewer may keep; `NotFound` otherwise."""
    found = accounts.get(viewer, reference, now=now, klass=K.CONFIDENTIAL)
    if not may_work(viewer, found):
        raise NotFound
    return found


def risk_of(account: Account) -> Risk | None:
    """Give an account's risk as it was last reckoned, explained by the policy it rests on; None
    where it has no score.
    """
    row = db.session.get(Assessment, account.id)
    if row is None:
        return None
    policy = policies.numbered(RiskPolicy, row.policy_number)
    measures = {name: getattr(row, name) for name in rules.NAMES}
    points = {name: getattr(row, f"{name}_points") for name in rules.NAMES}
    found = rules.parts(policy, measures, points)
    way = rules.way_to_green(policy, found, row.rule)
    return Risk(row.score, row.band, found, way, row.policy_number, row.changed_at)


@dataclass(frozen=True)
class Chance:
    """The chance of a loss by the scorecard in force, with the points of each factor."""

    value: Decimal
    parts: list[tuple[str, str, int]]
    horizon_days: int
    policy_number: int


def chance_of(account: Account) -> Chance | None:
    """Give an account's chance of being lost by the scorecard of the policy in force; None where
    there is no scorecard, or no score.
    """
    policy, number = policies.in_force(RiskPolicy)
    row = db.session.get(Assessment, account.id) if policy.churn else None
    if row is None or policy.churn is None:
        return None
    card, measures = policy.churn, {name: getattr(row, name) for name in rules.NAMES}
    found = rules.chance_parts(card, measures)
    return Chance(rules.chance(card, measures), found, card.horizon_days, number)


def limits() -> tuple[int, int]:
    """Give from which scores amber and red begin, by the policy in force."""
    policy, _number = policies.in_force(RiskPolicy)
    return policy.amber_from, policy.red_from


def history(account: Account, *, today: date) -> list[tuple[date, int]]:
    """Give the score of the last half year, one point for each day on which it changed, the day it
    begins with and today.
    """
    first = today - SHOWN
    query = sa.select(Snapshot.day, Snapshot.score).where(Snapshot.account_id == account.id)
    rows = [(day, score) for day, score in db.session.execute(query.order_by(Snapshot.day))]
    if not rows:
        return []
    before = [score for day, score in rows if day <= first]
    points = [(first, before[-1])] if before else []
    points += [(day, score) for day, score in rows if day > first]
    if points[-1][0] != today:
        points.append((today, points[-1][1]))
    return points


def judgement(account: Account) -> Any:
    """Give what somebody made of the risk last, with their name; None where nobody did or it was
    taken back.
    """
    rows = judgements(account, limit=1)
    return rows[0] if rows and rows[0].band is not None else None


def judgements(account: Account, *, limit: int = 10) -> list[Any]:
    """Give what people made of an account's risk, the last first."""
    query = (
        sa.select(
            Judgement.id, Judgement.band, Judgement.reason, Judgement.score, Judgement.at, User.name
        )
        .outerjoin(User, User.id == Judgement.by_id)
        .where(Judgement.account_id == account.id)
        .order_by(Judgement.id.desc())
        .limit(limit)
    )
    return list(db.session.execute(query))


def worth_of(account: Account, *, at: datetime, viewer: Actor) -> tuple[Money | None, Money | None]:
    """Give what an account is worth over the horizon for decisions if it stays, and if it goes: the
    margin of what is firmly contracted. None where it is unknown.
    """
    value = accounts.value(account.id, at=at, viewer=viewer)
    stays = value.decision.base.value
    leaves = rules.still_paid(stays, value.remaining.firm.value, margin=value.margin.value)
    return stays, leaves
