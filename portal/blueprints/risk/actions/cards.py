"""Learning a scorecard from our own outcomes, and proposing it as a version of the risk policy."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import PolicyDraft, PolicyKind
from portal.blueprints.policies.rules import ChurnCard, RiskPolicy, may_propose
from portal.core import events, jobs
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.fitting import asking
from portal.core.fitting.errors import NotFitted
from portal.core.fitting.outcomes import RAREST
from portal.core.i18n import _, show_number

from .. import queries
from ..models import CardState, ChurnCardFit
from ..queries.cards import Lessons


def ask_for_card(*, by: Actor, now: datetime) -> ChurnCardFit:
    """Ask for a scorecard learned from what became of our predictions so far; a job learns it.

    Refused for who may not propose changes of the risk policy, while one is being learned, and
    where too few predictions were followed by a loss, or by none.
    """
    _may_propose(by)
    if queries.being_learned(now=now):
        raise Refused(_("A scorecard is being learned already."))
    policy, _number = policies.in_force(RiskPolicy)
    count, lost = queries.learnable(horizon_days=policy.horizon_days, today=queries.today(now))
    if min(lost, count - lost) < RAREST:
        raise Refused(
            _(
                "Too few to learn from: of %(count)s predictions whose day has come, %(lost)s were "
                "followed by a loss; %(wanted)s of either kind are needed.",
                count=show_number(count),
                lost=show_number(lost),
                wanted=RAREST,
            )
        )
    row = ChurnCardFit(state=CardState.FITTING, asked_by_id=by.id, asked_at=now)
    db.session.add(row)
    db.session.flush()
    events.record("risk.card_asked", by=by, now=now, data={"card": row.id, "rows": count})
    jobs.enqueue("risk.learn_card", key=f"card:{row.id}", payload={"card_id": row.id})
    return row


def _may_propose(by: Actor) -> None:
    if not may_propose(by.roles, PolicyKind.RISK):
        raise Refused(
            _("Scorecards are learned for those who may propose changes of the risk policy.")
        )


def learned(lessons: Lessons, *, horizon_days: int, on: date) -> dict[str, Any]:
    """Have a scorecard learned; give it as the policy holds it, or `why` there is none. Takes a
    second: hold no transaction.
    """
    try:
        model = asking.fit(
            "scorecard",
            columns=lessons.columns,
            outcome=lessons.outcome,
            folds=lessons.folds,
            crossed=False,
        )
    except NotFitted as error:
        return {"why": error.why, "details": error.details}
    found = model["quality"]
    names = ("auc", "auc_low", "auc_high", "brier", "brier_of_the_average", "calibration_error")
    steps = [
        {"rows": one["rows"], **{n: _exact(one[n]) for n in ("predicted", "observed")}}
        for one in found["calibration"]
    ]
    return {
        "learned_on": on.isoformat(),
        "horizon_days": horizon_days,
        "rows": model["rows"],
        "lost": model["positives"],
        "base": _exact(model["base"]),
        "factors": [_factor(one) for one in model["factors"]],
        **{name: _exact(found[name]) for name in names},
        "calibration": steps,
    }


def _factor(told: Mapping[str, Any]) -> dict[str, Any]:
    (part,) = told["of"]
    return {
        "name": part["column"],
        "edges": [_exact(edge) for edge in part.get("edges", ())],
        "levels": list(part.get("levels", ())),
        "log_odds": [_exact(one["log_odds"]) for one in told["bins"]],
    }


def _exact(value: float) -> str:
    shown = f"{Decimal(value):.8f}"
    return shown.rstrip("0").rstrip(".") or "0"


def keep_card(row: ChurnCardFit, document: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """Keep what was learned, or why there is none; it counts for nothing yet."""
    document = _readable(document)
    row.document, row.fitted_at = document, now
    row.state = CardState.FAILED if "why" in document else CardState.FITTED
    events.record("risk.card_learned", by=by, now=now, data={"card": row.id, "as": row.state.value})
    db.session.flush()


def _readable(document: dict[str, Any]) -> dict[str, Any]:
    if "why" in document:
        return document
    try:
        read_card(document)
    except ValueError as error:
        return {"why": "failed", "details": {"detail": str(error).splitlines()[0]}}
    return document


def read_card(document: Mapping[str, Any]) -> ChurnCard:
    """Read a scorecard as it was kept; ValueError where it is none that a policy could hold."""
    return ChurnCard.model_validate_json(json.dumps(document))


def propose_card(row: ChurnCardFit, *, by: Actor, now: datetime) -> PolicyDraft:
    """Begin a draft of the risk policy that holds a scorecard: its author submits it with a reason,
    and somebody else publishes it.
    """
    _may_propose(by)
    if row.state is not CardState.FITTED or row.document is None:
        raise Refused(_("This scorecard was proposed already, or none came of it."))
    draft = _draft(row.document, by=by, now=now)
    row.state, row.draft_id = CardState.PROPOSED, draft.id
    data = {"card": row.id, "draft": draft.id}
    events.record("risk.card_proposed", by=by, now=now, data=data)
    return draft


def propose_none(*, by: Actor, now: datetime) -> PolicyDraft:
    """Begin a draft of the risk policy without the scorecard that is in force."""
    _may_propose(by)
    policy, _number = policies.in_force(RiskPolicy)
    if policy.churn is None:
        raise Refused(_("No scorecard is in force."))
    draft = _draft(None, by=by, now=now)
    events.record("risk.card_proposed", by=by, now=now, data={"card": None, "draft": draft.id})
    return draft


def _draft(card: dict[str, Any] | None, *, by: Actor, now: datetime) -> PolicyDraft:
    draft = policy_actions.start(PolicyKind.RISK, by=by, now=now)
    policy_actions.change(draft, "churn", card, by=by, now=now)
    return draft
