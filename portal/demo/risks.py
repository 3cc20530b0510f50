"""How the risk of customers moved over the last half year, and what was done about the gravest."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts import actions as accounts
from portal.blueprints.accounts.models import Account, Band
from portal.blueprints.accounts.rules.signals import Reading
from portal.blueprints.risk import actions, queries
from portal.blueprints.risk.models import RiskEntry, Stage
from portal.core import access, clock
from portal.core.db import db

from .diary import Story, local
from .people import Staff

WEEKS, FORESEEN = 26, 66
RECKONER, PREDICTOR = access.job("risk.reckon"), access.job("risk.foresee")
# What could happen, how likely, how bad, the plan, its tasks with the days they take, and how far
# it got.
RISKS: Sequence[tuple[str, int, int, str, tuple[tuple[str, int], ...], tuple[Stage, ...]]] = (
    (
        "They give notice before the renewal because nobody trusts our dates any more",
        4,
        5,
        "One list of open points, one person who answers for it, a call every Friday until all are "
        "closed; their board sees the list.",
        (("Agree the list of open points with their COO", 6), ("First Friday call", 12)),
        (Stage.PLAN_IN_PLACE, Stage.SAVING),
    ),
    (
        "The new head of purchasing puts the contract out to tender",
        3,
        4,
        "Show what was saved in the last two years, site by site, before the tender is written.",
        (("Put the savings of each site together", 9),),
        (Stage.PLAN_IN_PLACE,),
    ),
    ("Half of the sites move to the parent's own system", 2, 3, "", (), ()),
    (
        "Payment stops until the invoices of spring are settled",
        3,
        2,
        "Finance and their accounting go through the three invoices together.",
        (("Go through the invoices", 4),),
        (Stage.PLAN_IN_PLACE, Stage.SAVING, Stage.RECOVERED),
    ),
)
WHY = {
    Stage.PLAN_IN_PLACE: "The plan is agreed with everybody who has a task in it.",
    Stage.SAVING: "The first step is taken, and the customer knows.",
    Stage.RECOVERED: "All is paid, and they said so in writing.",
}


def signals(staff: Staff, *, now: datetime) -> Story:
    """Let a product send what it observes of every customer, every fourth week of half a year: of
    one in nine, health and use fall.
    """
    for turn, week in enumerate(range(WEEKS, 0, -4)):
        yield local((now - timedelta(weeks=week)).date(), 4)
        readings = []
        there = sa.select(Account.id, Account.reference).where(Account.owner_id.is_not(None))
        for number, reference in db.session.execute(there.order_by(Account.id)):
            falls, steady = turn if number % 9 == 4 else 0, number % 17
            observed = {
                "health": 88 - steady - 5 * falls,
                "usage": 4_000 + 130 * steady - 310 * falls,
                "payment_delay": max(0, steady - 9) + falls,
            }
            readings += [
                Reading(reference, kind, Decimal(value), clock.now(), f"{turn}")
                for kind, value in observed.items()
            ]
        accounts.take_signals(
            readings, source="Pulse", by=staff.actor("escalation_manager"), now=clock.now()
        )


def scores(*, now: datetime) -> Story:
    """Reckon all scores every Monday of half a year, and today; keep what they foresaw, month by
    month, for longer, so that there is something to hold it against.
    """
    for week in (*range(FORESEEN, WEEKS, -4), *range(WEEKS, 0, -1)):
        yield local((now - timedelta(weeks=week)).date(), 5)
        actions.reckon(by=RECKONER, now=clock.now())
        actions.settle(by=PREDICTOR, now=clock.now())
        actions.predict(by=PREDICTOR, now=clock.now())
    yield now - timedelta(minutes=1)
    actions.catch_up(by=RECKONER, now=clock.now())
    actions.revalue(by=RECKONER, now=clock.now())


def register(staff: Staff, *, now: datetime) -> Story:
    """Enter the risks of the customers in most danger three weeks ago, and work on them."""
    yield local((now - timedelta(days=24)).date(), 9)
    most = (
        sa.select(Account.id)
        .where(Account.risk_score > 0, Account.owner_id.is_not(None), Account.arr_sort > 0)
        .order_by(Account.risk_score.desc(), Account.arr_sort.desc(), Account.id)
        .limit(len(RISKS))
    )
    chosen = list(db.session.scalars(most))
    for (title, likelihood, impact, plan, tasks, stages), number in zip(
        RISKS, chosen, strict=False
    ):
        yield clock.now() + timedelta(hours=1)
        account = db.session.get_one(Account, number)
        by = staff.by_id(account.owner_id or 0)
        wish = actions.Wish(
            title=title,
            likelihood=likelihood,
            impact=impact,
            plan=plan,
            owner_id=by.id,
            review_on=(now + timedelta(days=3 * likelihood - 4)).date(),
        )
        row = actions.register(account, wish, by=by, now=clock.now())
        for what, days in tasks:
            due = (clock.now() + timedelta(days=days)).date()
            actions.add_task(
                row, account, what=what, owner_id=by.id, due_on=due, by=by, now=clock.now()
            )
        yield from _worked_on(row, account, stages, by=by)
    if chosen:
        yield local((now - timedelta(days=5)).date(), 10)
        account = db.session.get_one(Account, chosen[0])
        said = "Their COO told me at the fair that the tender is already written."
        by = staff.by_id(account.owner_id or 0)
        actions.judge(account, band=Band.RED, reason=said, by=by, now=clock.now())


def _worked_on(
    row: RiskEntry, account: Account, stages: Sequence[Stage], *, by: access.Actor
) -> Story:
    for place, stage in enumerate(stages):
        yield clock.now() + timedelta(days=1, hours=place)
        if stage is Stage.RECOVERED:
            for task in queries.tasks(row):
                actions.finish_task(row, account, task.id, by=by, now=clock.now())
        actions.move(row, account, stage, why=WHY[stage], by=by, now=clock.now())
