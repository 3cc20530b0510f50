"""What can be done with the models of customer value: have them fitted, publish, decline."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules.rights import may_propose, signs_as
from portal.core import events, jobs
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.fitting import asking
from portal.core.fitting.errors import NotFitted
from portal.core.i18n import _

from .. import queries
from ..models import FitState, ValueModel
from ..rules.histories import FEWEST_AGAIN, FEWEST_CUSTOMERS, FEWEST_LOST
from ..rules.text import tidy
from .money import today

DRAWS = 99


def ask_for_fit(*, by: Actor, now: datetime) -> ValueModel:
    """Ask for a new version of the models: a job fits them to our history as it is today.

    Refused while one is being fitted, and for who may not propose changes of the value policy. One
    that was given up is taken the place of.
    """
    if not may_propose(by.roles, PolicyKind.VALUE):
        raise Refused(_("Models are fitted for those who may propose changes of the value policy."))
    under_way = sa.select(ValueModel).where(ValueModel.state == FitState.FITTING)
    for other in db.session.scalars(under_way.with_for_update()):
        if queries.being_fitted(other, now=now):
            raise Refused(_("A version is being fitted already."))
        other.state, other.updated_at = FitState.REPLACED, now
    last = db.session.scalar(sa.select(sa.func.max(ValueModel.number))) or 0
    row = ValueModel(
        number=last + 1,
        state=FitState.FITTING,
        history_until=today(now),
        asked_by_id=by.id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    events.record("accounts.fit_asked", by=by, now=now, data={"number": row.number})
    key = f"fit:{row.number}"
    jobs.enqueue("accounts.fit_models", key=key, payload={"number": row.number})
    return row


def fitted_document(history: dict[str, Any]) -> dict[str, Any]:
    """Have everything fitted that our history is thick enough for; give the version's document:
    parameters and draws of each part, or why there is none. Takes seconds: hold no transaction.
    """
    contracts = history["contracts"]
    thick = [
        key
        for key, one in contracts.items()
        if one["customers"] >= FEWEST_CUSTOMERS and one["lost"] >= FEWEST_LOST
    ]
    bought = history["purchases"]
    asked = [("sbg", {**contracts[key]["given"], "draws": DRAWS}) for key in thick]
    buys = bought["customers"] >= FEWEST_CUSTOMERS and bought["again"] >= FEWEST_AGAIN
    if buys:
        asked.append(("bgnbd", {**bought["buying"], "draws": DRAWS}))
        asked.append(("gammagamma", {**bought["spending"], "draws": DRAWS}))
    answers = _answers(asked)
    by_key = dict(zip(thick, answers, strict=False))
    thin = {"why": "thin", "details": {}}
    return {
        "contracts": {
            key: {
                "customers": one["customers"],
                "lost": one["lost"],
                **by_key.get(key, thin),
            }
            for key, one in contracts.items()
        },
        "purchases": {
            "customers": bought["customers"],
            "again": bought["again"],
            "currency": history["currency"],
            **(_together(*answers[-2:]) if buys else thin),
        },
    }


def _answers(asked: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        return asking.fit_many(asked) if asked else []
    except NotFitted as error:  # the process was ended: none of them is there
        return [{"why": error.why, "details": error.details} for _one in asked]


def _together(buying: dict[str, Any], spending: dict[str, Any]) -> dict[str, Any]:
    """Join the two models of purchases; neither is of use without the other."""
    for one in (buying, spending):
        if "why" in one:
            return one
    if spending["q"] <= 1:
        return {"why": "no_mean", "details": {}}
    draws = [[*a, *b] for a, b in zip(buying["draws"], spending["draws"], strict=True)]
    likelihood = buying["log_likelihood"] + spending["log_likelihood"]
    return {**buying, **spending, "draws": draws, "log_likelihood": likelihood}


def keep_fit(row: ValueModel, document: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """Keep what was fitted as a proposal; an earlier proposal gives way to it."""
    db.session.execute(
        sa.update(ValueModel)
        .where(ValueModel.state == FitState.PROPOSED)
        .values(state=FitState.REPLACED, updated_at=now)
    )
    row.document, row.fitted_at, row.updated_at = document, now, now
    row.state = FitState.PROPOSED
    events.record(
        "accounts.models_fitted",
        by=by,
        now=now,
        data={"number": row.number, "parts": len(parts(document))},
    )
    db.session.flush()


def parts(document: dict[str, Any]) -> list[str]:
    """Name the parts of a version that were fitted."""
    found = [key for key, one in document["contracts"].items() if "why" not in one]
    return found + (["purchases"] if "why" not in document["purchases"] else [])


def publish_models(row: ValueModel, *, because: str, by: Actor, now: datetime) -> None:
    """Let values rest on a proposed version; the one before is replaced.

    Refused without a reason, for who does not sign the value policy, for what is no proposal any
    more, and where nothing was fitted.
    """
    _may_decide(row, because, by=by, states={FitState.PROPOSED})
    if row.document is None or not parts(row.document):
        raise Refused(_("Nothing was fitted in this version: our history is too thin."))
    db.session.execute(
        sa.update(ValueModel)
        .where(ValueModel.state == FitState.PUBLISHED)
        .values(state=FitState.REPLACED, updated_at=now)
    )
    _decide(row, FitState.PUBLISHED, "accounts.models_published", because, by=by, now=now)


def decline_models(row: ValueModel, *, because: str, by: Actor, now: datetime) -> None:
    """Decline a proposed version, or take the published one out of force: values then rest on
    priors again. Refused as publishing is.
    """
    _may_decide(row, because, by=by, states={FitState.PROPOSED, FitState.PUBLISHED})
    _decide(row, FitState.DECLINED, "accounts.models_declined", because, by=by, now=now)


def _may_decide(row: ValueModel, because: str, *, by: Actor, states: set[FitState]) -> None:
    if signs_as(by.roles, PolicyKind.VALUE, signed=None) is None:
        raise Refused(_("Only who signs the value policy decides on its models."))
    if row.state not in states:
        raise Refused(_("This version has been decided on, or another took its place."))
    if not tidy(because):
        raise Refused(_("Say why."), field="because")


def _decide(
    row: ValueModel, state: FitState, name: str, because: str, *, by: Actor, now: datetime
) -> None:
    before = row.state
    row.state, row.because = state, tidy(because)
    row.decided_by_id, row.decided_at, row.updated_at = by.id, now, now
    events.record(
        name,
        by=by,
        now=now,
        data={"number": row.number, "from": before.value, "to": state.value},
        changes={"because": (None, row.because)},
    )
    db.session.flush()
