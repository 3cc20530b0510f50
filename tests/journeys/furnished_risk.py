"""What the pages of risk show."""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.accounts.models import Band
from portal.blueprints.risk import actions as risks
from tests.cast import Cast


def put_at_risk(cast: Cast, now: datetime) -> None:
    """Reckon the scores, and register a risk of Acme with a task and a judgement."""
    carl: dict[str, Any] = {"by": cast.carl, "now": now}
    risks.reckon(**carl)
    day = now.date() + timedelta(days=20)
    plan = "We visit them."
    wish = risks.Wish(title="They leave", likelihood=4, impact=5, review_on=day, plan=plan)
    row = risks.register(cast.acme, wish, **carl)
    risks.add_task(row, cast.acme, what="Call", owner_id=cast.ids["carl"], due_on=day, **carl)
    risks.judge(cast.acme, band=Band.RED, reason="They told me.", **carl)
