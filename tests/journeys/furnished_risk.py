"""What the pages of risk show."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from portal.blueprints.accounts import actions as accounts
from portal.blueprints.accounts.models import Band
from portal.blueprints.accounts.rules.loading import DayRate
from portal.blueprints.accounts.rules.signals import Reading
from portal.blueprints.risk import actions as risks
from portal.blueprints.risk.models import CardState, ChurnCardFit
from portal.core.db import db
from tests.cast import Cast

CARD: dict[str, Any] = {
    "learned_on": "2026-06-17",
    "horizon_days": 180,
    "rows": 145,
    "lost": 45,
    "base": "-0.81",
    "factors": [
        {"name": "payment_delay", "edges": ["12", "30"], "log_odds": ["-1", "0", "1.2", "0"]},
        {"name": "recurrence", "levels": ["0", "1"], "log_odds": ["-0.2", "0.4", "0.1"]},
    ],
    **dict.fromkeys(("auc", "auc_low", "auc_high", "brier_of_the_average"), "0.21"),
    **dict.fromkeys(("brier", "calibration_error"), "0.1"),
    "calibration": [{"rows": 14, "predicted": "0.1", "observed": "0.07"}],
}


def put_at_risk(cast: Cast, now: datetime) -> None:
    """Send signals and rates in, reckon the scores, register a risk with a task and a judgement."""
    carl: dict[str, Any] = {"by": cast.carl, "now": now}
    seen = [
        Reading(cast.acme.reference, kind, Decimal(value), now - timedelta(days=days), f"{days}")
        for kind, value, days in (("health", 80, 60), ("health", 60, 9), ("usage", 400, 9))
    ]
    accounts.take_signals(seen, source="Pulse", **carl)
    fina: dict[str, Any] = {"by": cast.fina, "now": now}
    for code in ("SEK", "NOK"):
        rate = DayRate(code, "EUR", now.date(), Decimal("0.09"))
        found = accounts.compare_rates([rate])
        sent = accounts.send_rates(found, source="ECB", file_name="eurofxref.csv", **fina)
        if code == "SEK":
            accounts.publish_rates(sent, by=cast.felix, now=now)
    risks.reckon(**carl)
    risks.predict(**carl)
    db.session.add(ChurnCardFit(state=CardState.FITTED, asked_at=now, document=CARD))
    day = now.date() + timedelta(days=20)
    plan = "We visit them."
    wish = risks.Wish(title="They leave", likelihood=4, impact=5, review_on=day, plan=plan)
    row = risks.register(cast.acme, wish, **carl)
    risks.add_task(row, cast.acme, what="Call", owner_id=cast.ids["carl"], due_on=day, **carl)
    risks.judge(cast.acme, band=Band.RED, reason="They told me.", **carl)
