"""The playbook of a case for programs: read it, tick its steps."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation
from ..schemas.playing import PlaybookOut, ResponderOut, StepOut, StepTick
from .blueprint import bp


@bp.get("/<reference>/playbook")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=PlaybookOut)
def playbook(reference: str) -> Response:
    """Give the playbook of a case with how far it is."""
    return call(lambda: _shown(queries.get(viewer(), reference, now=clock.now())))


@bp.post("/<reference>/playbook")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=PlaybookOut, status=201)
def take_playbook(reference: str) -> Response:
    """Lay out the playbook in force for an open case that has none."""
    return once(lambda: _take(reference))


def _take(reference: str) -> Response:
    by, now = viewer(), clock.now()
    case = queries.get(by, reference, now=now, lock=True)
    actions.take_playbook(case, by=by, now=now)
    return _shown(case, status=201)


@bp.post("/<reference>/playbook/<int:step_id>")
@require(Permission.ESCALATIONS_READ)
@shapes(takes=StepTick, gives=PlaybookOut)
def tick_step(reference: str, step_id: int) -> Response:
    """Tick a step of a case's playbook, or take its tick away."""
    return once(lambda: _tick(reference, step_id))


def _tick(reference: str, step_id: int) -> Response:
    by, now = viewer(), clock.now()
    case, given = queries.get(by, reference, now=now, lock=True), read_body(StepTick)
    actions.tick_step(case, queries.step(case, step_id), done=given.done, by=by, now=now)
    return _shown(case)


def _shown(case: Escalation, *, status: int = 200) -> Response:
    played = queries.played(case)
    book = played.book
    shown = PlaybookOut(
        trigger=book.trigger,
        version=played.number,
        aim=_(book.aim),
        steps=[
            StepOut(
                id=one.id,
                name=one.name,
                text=_(one.label),
                who=one.who,
                due_at=one.due_at,
                done_at=one.done_at,
                done_by=one.done_by,
            )
            for one in played.steps
        ],
        say=[_(text) for text in book.say],
        avoid=[_(text) for text in book.avoid],
        counsel=[_(text) for text in book.counsel],
        joined=[
            ResponderOut(name=one.name, part=one.part, joined_at=one.joined_at)
            for one in played.responders
        ],
    )
    return answer(shown, status=status)
