"""The playbook of a case: read, and ticked step by step."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.policies.rules import joiner_words, since_words
from portal.core import clock
from portal.core.access import Permission
from portal.core.web import done, page, require, viewer

from .. import actions, queries
from ..models import OPEN_STATES
from ..rules.playbook import may_tick
from ..rules.words import part_words
from .blueprint import bp, case_of


@bp.get("/<reference>/playbook")
@require(Permission.ESCALATIONS_READ)
def playbook(reference: str) -> ResponseReturnValue:
    """Show the playbook of a case: its steps, who joined, its words, when to call counsel."""
    case, by = case_of(reference), viewer()
    played = queries.played(case)
    is_open = case.state in OPEN_STATES
    return page(
        "escalations/playbook.html",
        row=case,
        played=played,
        at=clock.now(),
        is_open=is_open,
        may={f"tick:{s.who}" for s in played.steps if is_open and may_tick(s.who, by=by)},
        joiner_words=joiner_words,
        since_words=since_words,
        part_words=part_words,
        works=by.may(Permission.ESCALATIONS_WORK),
    )


@bp.post("/<reference>/playbook")
@require(Permission.ESCALATIONS_WORK)
def take_playbook(reference: str) -> ResponseReturnValue:
    """Lay out the playbook of a case that has none."""
    actions.take_playbook(case_of(reference), by=viewer(), now=clock.now())
    return done(url_for("escalations.playbook", reference=reference))


@bp.post("/<reference>/playbook/<int:step_id>")
@require(Permission.ESCALATIONS_READ)
def tick_step(reference: str, step_id: int) -> ResponseReturnValue:
    """Tick a step of the playbook, or take its tick away, and go back to where that was done."""
    case = case_of(reference)
    step, is_done = queries.step(case, step_id), request.form.get("done") == "1"
    actions.tick_step(case, step, done=is_done, by=viewer(), now=clock.now())
    whole = request.form.get("on") == "playbook"
    where = "escalations.playbook" if whole else "escalations.show"
    return done(url_for(where, reference=reference, _anchor="playbook"))
