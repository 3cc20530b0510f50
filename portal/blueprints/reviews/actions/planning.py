"""What is planned for the figures of a quarter, until that is over."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import Stale
from portal.core.i18n import _
from portal.reports.facts.review import Measure

from .. import queries, rules
from ..models import ReviewPlan
from ..rules import plans
from .recording import insist, refuse


def set_plan(
    one: rules.Quarter,
    targets: Mapping[Measure, Decimal],
    *,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> ReviewPlan:
    """Set the plan of a quarter as a whole: what is not named has none. Refused once the quarter is
    over; `Stale` where somebody else set it since `version` (0: there was none).
    """
    insist(by)
    refuse(plans.objections_to_plan(targets, one=one, now=now))
    key = {"year": one.year, "quarter": one.number}
    is_new = insert_once(
        ReviewPlan, targets={}, set_at=now, created_at=now, updated_at=now, version=1, **key
    )
    row = queries.plan_of(one, lock=True)
    if row is None or (version is not None and version != (0 if is_new else row.version)):
        raise Stale(_("Somebody else changed this plan a moment ago."))
    before = dict(row.targets)
    row.targets = {measure.value: format(value, "f") for measure, value in targets.items()}
    row.set_by_id, row.set_at = by.id, now
    db.session.flush()
    names = sorted({*before, *row.targets})
    events.record(
        "reviews.planned",
        by=by,
        now=now,
        record=one.reference,
        klass=K.RESTRICTED,
        changes={
            name: (before.get(name), row.targets.get(name))
            for name in names
            if before.get(name) != row.targets.get(name)
        },
    )
    return row
