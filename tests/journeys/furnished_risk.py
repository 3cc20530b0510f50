"""What the pages of risk show."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.blueprints.accounts import actions as accounts
from portal.blueprints.accounts.models import Band
from portal.blueprints.accounts.rules.loading import DayRate
from portal.blueprints.accounts.rules.signals import Reading
from portal.blueprints.risk import actions as risks
from tests.cast import Cast


def put_at_risk(cast: Cast, now: datetime) -> None:
    """Send signals and rates in, reckon the scores, register a risk with a task and a judgement."""
    carl: dict[str, Any] = {"by": cast.carl, "now": now}
    seen = [
        Reading(cast.acme.reference, kind, Decimal(value), now - timedelta(days=days), f"{days}")
        for kind, value, days in (("health", 80, 60), ("health", 60, 9), ("usage", 400, 9))
    ]
    accounts.take_signals(seen, source="Pulse", **carl)
    rate = DayRate("SEK", "EUR", now.date(), Decimal("0.09"))
    fina: dict[str, Any] = {"by": cast.fina, "now": now}
    found = accounts.compare_rates([rate])
    accounts.send_rates(found, source="ECB", file_name="eurofxref.csv", **fina)
    risks.reckon(**carl)
    day = now.date() + timedelta(days=20)
    plan = "We visit them."
    wish = risks.Wish(title="They leave", likelihood=4, impact=5, review_on=day, plan=plan)
    row = risks.register(cast.acme, wish, **carl)
    risks.add_task(row, cast.acme, what="Call", owner_id=cast.ids["carl"], due_on=day, **carl)
    risks.judge(cast.acme, band=Band.RED, reason="They told me.", **carl)
