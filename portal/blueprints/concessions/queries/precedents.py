"""What others got for the same harm, what came of it, and what each form was worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations.models import Escalation
from portal.core.access import Actor
from portal.core.db import db
from portal.core.money import Money, from_minor

from .. import rules
from ..models import Concession, ConcessionPart, Form, Ground, State
from . import finding
from .assessing import Weighed

COMPARED = 40
WEIGHED_FORMS = 400
"""So few that a database looks their parts up one by one, and reads no table through for them."""
COMPARED_FOR = timedelta(days=3 * 365)
DECIDED = (*finding.GRANTED, State.DECLINED, State.LAPSED)
GESTURE = (Ground.EFFORT, Ground.GOODWILL)
SIZES = 4
"""Customers of a quarter to four times the yearly revenue are of the same size."""


@dataclass(frozen=True)
class Case:
    """A comparable decision: `face` is all of it, `gesture` what was neither owed nor lost; whether
    the customer was still there after 180 days, None: too early to say.
    """

    id: int
    reference: str
    state: State
    face: Money
    gesture: Money
    decided_at: datetime
    stayed: bool | None


@dataclass(frozen=True)
class Precedent:
    """A comparable decision; without a reference where the viewer may not see it."""

    reference: str | None
    case: Case


@dataclass(frozen=True)
class FormWorth:
    """What a form was worth to customers for each unit that it cost us, and how often it was
    given.
    """

    form: Form
    ratio: Decimal
    given: int


def comparable(
    row: Concession, account: Account, case: Escalation | None, *, now: datetime
) -> list[Case]:
    """Give comparable decisions of the last three years, in the policy's currency: the same trigger
    and kind of problem, the same segment, customers of the same size.
    """
    if case is None:
        return []
    newest = (
        sa.select(Concession.id)
        .join(Escalation, Escalation.id == Concession.escalation_id)
        .join(Account, Account.id == Concession.account_id)
        .where(
            Concession.id != row.id,
            Concession.state.in_(DECIDED),
            Concession.approved_at > now - COMPARED_FOR,
            Concession.reporting_currency == row.reporting_currency,
            Escalation.trigger == case.trigger,
            Escalation.problem == case.problem,
            Account.segment == account.segment,
            *_of_size(account),
        )
        .order_by(Concession.approved_at.desc(), Concession.id.desc())
        .limit(COMPARED)
        .subquery()
    )
    total = sa.func.sum(ConcessionPart.reporting_minor)
    # The parts of the newest alone are added up: of thousands that compare, forty are shown.
    query = (
        sa.select(
            Concession.id,
            Concession.reference,
            Concession.state,
            Concession.approved_at,
            Concession.reporting_currency,
            Concession.retained_180,
            total.label("total"),
            total.filter(ConcessionPart.ground.in_(GESTURE)).label("gesture"),
        )
        .join(newest, newest.c.id == Concession.id)
        .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
        .group_by(Concession.id)
        .order_by(Concession.approved_at.desc(), Concession.id.desc())
    )
    return [
        Case(
            id=one.id,
            reference=one.reference,
            state=one.state,
            face=from_minor(int(one.total or 0), one.reporting_currency),
            gesture=from_minor(int(one.gesture or 0), one.reporting_currency),
            decided_at=one.approved_at,
            stayed=one.retained_180,
        )
        for one in db.session.execute(query)
    ]


def _of_size(account: Account) -> tuple[sa.ColumnElement[bool], ...]:
    """Give the predicate for customers of the same size; where ours is not known, any is."""
    if account.arr_sort <= 0:
        return ()
    least = account.arr_sort // SIZES
    return (Account.arr_sort.between(least, account.arr_sort * SIZES),)


def shown(viewer: Actor, cases: Sequence[Case], *, now: datetime) -> list[Precedent]:
    """Give comparable decisions as a viewer may know them."""
    query = sa.select(Concession.id).where(
        Concession.id.in_([one.id for one in cases]), finding.seen_by(viewer, now=now)
    )
    seen = set(db.session.scalars(query)) if cases else set()
    return [Precedent(one.reference if one.id in seen else None, one) for one in cases]


def compared(weighed: Weighed, cases: Sequence[Case]) -> rules.Comparison:
    """Hold the gesture against those of comparable decisions: what is owed or lost is another
    matter for each customer.
    """
    request = weighed.request
    gesture = rules.in_policy_currency(request.face(*GESTURE), request, policy=weighed.policy)
    return rules.compare(gesture, [one.gesture for one in cases], policy=weighed.policies[0])


def forms(row: Concession, *, now: datetime) -> list[FormWorth]:
    """Rank the forms by what they were worth to customers for what they cost us, in the newest
    `WEIGHED_FORMS` offers of the last three years in the same currency that were granted.
    """
    newest = (
        sa.select(Concession.id)
        .where(
            Concession.currency == row.currency,
            Concession.approved_at > now - COMPARED_FOR,
            Concession.state.in_(finding.GRANTED),
            Concession.id != row.id,
        )
        .order_by(Concession.approved_at.desc())
        .limit(WEIGHED_FORMS)
        .subquery()
    )
    face = sa.func.sum(ConcessionPart.face_minor)
    cost = sa.func.sum(ConcessionPart.cost_minor)
    query = (
        sa.select(ConcessionPart.form, face, cost, sa.func.count())
        .join(newest, newest.c.id == ConcessionPart.concession_id)
        .where(ConcessionPart.cost_minor > 0)
        .group_by(ConcessionPart.form)
    )
    found = [
        FormWorth(form, Decimal(int(worth)) / Decimal(int(spent)), given)
        for form, worth, spent, given in db.session.execute(query)
    ]
    return sorted(found, key=lambda one: (-one.ratio, one.form))
