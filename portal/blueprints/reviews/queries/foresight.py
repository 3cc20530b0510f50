"""How long cases and actions took, and how good our predictions were, as a pack tells it."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import Band
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.blueprints.risk import queries as predictions
from portal.blueprints.risk.models import Snapshot
from portal.core import access
from portal.core.access import Actor, K, Permission, Subject
from portal.core.db import db
from portal.reports.facts import review as book

from .. import rules
from ..rules import trends
from .figures import GRAVE, Quarters, counted, within
from .trends import Cut, trends_of


def lengths(
    reader: Actor, quarters: Quarters, *, now: datetime
) -> tuple[tuple[book.SpanLine, ...], tuple[book.StillOpen, ...], int]:
    """Give the medians of a quarter beside those of the one before and of a year before; the curve
    of the actions agreed since then, and how many those are.
    """
    found = trends_of(reader, Cut(first=quarters[2], last=quarters[0]), now=now)
    names = [one.reference.removeprefix("QR-") for one in quarters]
    lines = []
    for span in trends.Span:
        by = {one.quarter: one for one in trends.middles(found.cases, names, span)}
        this, before, year = (by[name].hours for name in names)
        count = by[names[0]].count
        lines.append(
            book.SpanLine(
                span=book.Span(span.value), now=this, before=before, year=year, count=count
            )
        )
    curve = tuple(
        book.StillOpen(day=one.day, left=one.left, followed=one.followed)
        for one in trends.survival(found.actions)
    )
    return tuple(lines), curve, len(found.actions)


def action_days() -> tuple[int, ...]:
    """Give the days that the policy in force gives a priority action and any other."""
    policy, _number = policy_queries.in_force(PostmortemPolicy)
    return policy.action_weeks.priority * 7, policy.action_weeks.normal * 7


def scored(reader: Actor, quarters: Quarters, *, now: datetime) -> tuple[book.Scored, ...]:
    """Score the predictions of loss whose day came in each of the quarters; nothing for who may not
    read them.
    """
    if not reader.may(Permission.RISK_READ):
        return ()
    periods = [(one.starts, one.ends + timedelta(days=1)) for one in quarters]
    return tuple(
        book.Scored(
            quarter=one.reference.removeprefix("QR-"),
            predictions=every.predictions,
            hits=every.hits,
            misses=every.misses,
            false_alarms=every.false_alarms,
            brier=every.brier,
            average=every.brier_of_the_average,
        )
        for one, every in zip(quarters, predictions.scores(reader, periods, now=now), strict=True)
    )


def foretold(reader: Actor, one: rules.Quarter, *, now: datetime) -> tuple[book.Foretold, ...]:
    """Hold the bands of risk as a quarter began against the critical and high cases opened in it;
    nothing where no score was kept by then, or the reader sees none.
    """
    if not reader.may(Permission.RISK_READ):
        return ()
    seen = access.scope(
        reader, Subject.ACCOUNT, account_id=Snapshot.account_id, klass=K.CONFIDENTIAL, now=now
    )
    newest = (
        sa.select(Snapshot.account_id, sa.func.max(Snapshot.day).label("day"))
        .where(Snapshot.day <= one.starts, seen)
        .group_by(Snapshot.account_id)
        .subquery()
    )
    bands = db.session.execute(
        sa.select(Snapshot.account_id, Snapshot.band).join(
            newest,
            sa.and_(Snapshot.account_id == newest.c.account_id, Snapshot.day == newest.c.day),
        )
    ).all()
    came = set(
        db.session.scalars(
            sa.select(Escalation.account_id).where(
                counted(),
                case_queries.seen_by(reader, now=now),
                Escalation.severity.in_(GRAVE),
                within(Escalation.opened_at, one),
            )
        )
    )
    if not bands:
        return ()
    return tuple(
        book.Foretold(
            band=book.Foresight(band.value),
            customers=sum(held is band for _account, held in bands),
            came=sum(held is band and account in came for account, held in bands),
        )
        for band in (Band.RED, Band.AMBER, Band.GREEN)
    )
