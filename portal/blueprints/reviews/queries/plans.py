"""What was planned for the figures of a quarter."""

from decimal import Decimal

import sqlalchemy as sa

from portal.core.db import db
from portal.reports.facts.review import Measure

from .. import rules
from ..models import ReviewPlan
from ..rules import plans


def plan_of(one: rules.Quarter, *, lock: bool = False) -> ReviewPlan | None:
    """Give the plan of a quarter, None where nothing was set."""
    query = sa.select(ReviewPlan).filter_by(year=one.year, quarter=one.number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: ReviewPlan | None = db.session.scalar(query)
    return found


def targets_of(row: ReviewPlan | None) -> dict[Measure, Decimal]:
    """Give what a plan says, by measure, in the order of the form."""
    kept = row.targets if row is not None else {}
    return {one: Decimal(kept[one.value]) for one in plans.PLANNED if one.value in kept}
