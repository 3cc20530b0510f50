"""Doors to what was predicted, what became of it, and the scorecards learned from that."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules import ChurnCard, RiskPolicy, may_propose
from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.db import db, writing
from portal.core.errors import NotFound
from portal.core.fitting import words
from portal.core.fitting.errors import NotFitted
from portal.core.i18n import _
from portal.core.web import done, page, require, viewer

from .. import actions, queries, rules
from ..forms import BANDS, BASES, CARD_STATES, VERDICTS, WORK, past_of
from ..models import ChurnCardFit
from .base import as_file, bp


@bp.get("/predictions")
@require(Permission.RISK_READ)
def predictions() -> ResponseReturnValue:
    """Show what was predicted, what became of it, and how good that was."""
    now, past = clock.now(), past_of(request.args)
    return page(
        "risk/predictions.html",
        past=past,
        record=queries.record(viewer(), now=now),
        found=queries.predictions(viewer(), past, cursor=request.args.get("after"), now=now),
        verdicts=tuple(VERDICTS.items()),
        bands=tuple(BANDS.items()),
        policy=policies.in_force(RiskPolicy)[0],
        verdict_of=rules.verdict_of,
    )


@bp.get("/predictions/export.<kind>")
@require(Permission.RISK_READ)
def export_predictions(kind: str) -> ResponseReturnValue:
    """Give the predictions that are shown as a file for a spreadsheet."""
    if kind not in {"csv", "xlsx"}:
        raise NotFound
    now, past = clock.now(), past_of(request.args)
    rows = queries.every_prediction(viewer(), past, now=now)
    lines, is_cut = sheets.up_to(rows, most=sheets.MOST)
    writing()
    actions.note_export(len(lines), by=viewer(), now=now)
    db.session.commit()
    heads = [
        *(_("Number"), _("Account"), _("Made on"), _("Until"), _("Risk"), _("Band")),
        *(_("Chance"), _("Rests on"), _("Policy version"), _("Known on"), _("What became of it")),
        _("Worked on"),
    ]
    cells = [_cells(row) for row in lines]
    return as_file("predictions", kind, heads=heads, rows=cells, is_cut=is_cut)


def _cells(row: Any) -> list[Any]:
    return [
        row.reference,
        row.name,
        row.made_on.isoformat(),
        row.due_on.isoformat(),
        row.score,
        str(BANDS[row.band]),
        "" if row.chance is None else row.chance,
        str(BASES[row.basis]) if row.basis else "",
        row.policy_number,
        row.settled_on.isoformat() if row.settled_on else "",
        str(VERDICTS[rules.verdict_of(row.band, lost=row.lost)]),
        str(WORK[row.work]) if row.work else _("Worked on") if row.worked else "",
    ]


@bp.get("/cards")
@require(Permission.POLICIES_DRAFTS)
def cards() -> ResponseReturnValue:
    """List the scorecards that were learned from our own outcomes."""
    rows, (policy, number), now = queries.cards(), policies.in_force(RiskPolicy), clock.now()
    count, lost = queries.learnable(horizon_days=policy.horizon_days, today=queries.today(now))
    return page(
        "risk/cards.html",
        rows=rows,
        given_up={row.id for row in rows if queries.given_up(row, now=now)},
        states=CARD_STATES,
        names=auth.names([row.asked_by_id for row in rows]),
        may_propose=may_propose(viewer().roles, PolicyKind.RISK),
        learning=queries.being_learned(now=now),
        policy=policy,
        number=number,
        count=count,
        lost=lost,
    )


@bp.post("/cards")
@require(Permission.POLICIES_PROPOSE)
def learn() -> ResponseReturnValue:
    """Have a scorecard learned from what became of our predictions."""
    row = actions.ask_for_card(by=viewer(), now=clock.now())
    told = _("A scorecard is being learned; this takes some seconds.")
    return done(url_for("risk.card", card_id=row.id), told)


@bp.post("/cards/none")
@require(Permission.POLICIES_PROPOSE)
def propose_none() -> ResponseReturnValue:
    """Propose a version of the risk policy without a scorecard."""
    draft = actions.propose_none(by=viewer(), now=clock.now())
    return _to_draft(draft.id)


@bp.get("/cards/<int:card_id>")
@require(Permission.POLICIES_DRAFTS)
def card(card_id: int) -> ResponseReturnValue:
    """Show a scorecard with its quality on accounts held back."""
    row = queries.card(card_id)
    found = row.document or {}
    return page(
        "risk/card.html",
        row=row,
        given_up=queries.given_up(row, now=clock.now()),
        states=CARD_STATES,
        names=auth.names([row.asked_by_id]),
        why=_why(found) if "why" in found else "",
        card=_card(row),
        may_propose=may_propose(viewer().roles, PolicyKind.RISK),
    )


def _card(row: ChurnCardFit) -> ChurnCard | None:
    found = row.document
    return actions.read_card(found) if found and "why" not in found else None


def _why(found: Mapping[str, Any]) -> str:
    return words.said(NotFitted(found["why"], **found["details"]))


@bp.post("/cards/<int:card_id>/propose")
@require(Permission.POLICIES_PROPOSE)
def propose(card_id: int) -> ResponseReturnValue:
    """Propose a scorecard as a new version of the risk policy."""
    draft = actions.propose_card(queries.card(card_id, lock=True), by=viewer(), now=clock.now())
    return _to_draft(draft.id)


def _to_draft(draft_id: int) -> ResponseReturnValue:
    told = _("A draft of your own: say why, and submit it. Somebody else publishes it.")
    return done(url_for("policies.draft", draft_id=draft_id), told)
