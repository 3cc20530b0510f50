"""Compensation beside a threat and without one, for like harm."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions.models import Concession, ConcessionPart, Ground
from portal.blueprints.escalations.models import Escalation
from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.money import from_minor
from portal.reports.facts.review import Comparison, Measure, Unit

from ..rules import threats
from .figures import Quarters, compared

GESTURE = (Ground.EFFORT, Ground.GOODWILL)


def of_threats(
    viewer: Actor, quarters: Quarters, *, currency: str, now: datetime
) -> list[Comparison]:
    """Give the median gesture beside a threat, and that of the like without one, each over the year
    up to a quarter's end, in the reporting currency; None where too few have their like.
    """
    if not viewer.may(Permission.CONCESSIONS_READ):
        return []
    given = _given(viewer, quarters, currency=currency, now=now)
    found = {one.reference: threats.matched(given, until=one.ends_at) for one in quarters}

    def shown(minor: int) -> Decimal:
        return Decimal(from_minor(minor, currency).amount)

    return [
        compared(
            Measure.WITH_THREAT,
            quarters,
            lambda one: (like := found[one.reference]) and shown(like.with_threat),
            Unit.MATCHED,
        ),
        compared(
            Measure.WITHOUT_THREAT,
            quarters,
            lambda one: (like := found[one.reference]) and shown(like.without),
            Unit.MATCHED,
        ),
    ]


def _given(
    viewer: Actor, quarters: Quarters, *, currency: str, now: datetime
) -> list[threats.Given]:
    minor = sa.case(
        (ConcessionPart.reporting_minor.is_not(None), ConcessionPart.reporting_minor),
        (Concession.currency == currency, ConcessionPart.face_minor),
        else_=0,
    )
    gesture = sa.func.sum(sa.case((ConcessionPart.ground.in_(GESTURE), minor), else_=0))
    query = (
        sa.select(
            Concession.approved_at,
            Concession.threat,
            Escalation.problem,
            Escalation.severity,
            Account.arr_sort,
            gesture.label("gesture"),
        )
        .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
        .join(Escalation, Escalation.id == Concession.escalation_id)
        .join(Account, Account.id == Concession.account_id)
        .where(
            concession_queries.seen_by(viewer, now=now),
            Concession.approved_at >= min(one.ends_at for one in quarters) - threats.YEAR,
            Concession.approved_at < max(one.ends_at for one in quarters),
        )
        .group_by(
            Concession.id,
            Concession.approved_at,
            Concession.threat,
            Escalation.problem,
            Escalation.severity,
            Account.arr_sort,
        )
    )
    return [
        threats.Given(
            at=row.approved_at,
            threat=bool(row.threat),
            harm=(str(row.problem), str(row.severity)),
            revenue=int(row.arr_sort or 0),
            gesture=int(row.gesture or 0),
        )
        for row in db.session.execute(query)
    ]
