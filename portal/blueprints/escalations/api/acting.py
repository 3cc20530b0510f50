"""What programs do with a case: the same actions as people's, with the token's rights."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, request

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused, Stale
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms.room import wanted_of
from ..models import Escalation
from ..schemas import (
    CaseOut,
    Close,
    Entry,
    EntryPage,
    HandOver,
    Move,
    NewNote,
    NewPromise,
    PromiseOut,
    Regrade,
    Talk,
)
from .reading import bp, etag_of, limit, out

TALK: dict[Talk, dict[str, Any]] = {
    Talk.NOTE: {"kind": EntryKind.NOTE},
    Talk.CALLED: {"kind": EntryKind.CALL, "reached": True},
    Talk.MET: {"kind": EntryKind.MEETING, "reached": True},
    Talk.HEARD: {"kind": EntryKind.CALL, "from_customer": True},
    Talk.TRIED: {"kind": EntryKind.CALL},
}


def _do(reference: str, act: Callable[[Escalation], object], *, status: int = 200) -> Response:
    """Carry out an action on a case, once per Idempotency-Key, and give the case as it is then.

    With `If-Match` only where the case is still what the caller read.
    """

    def work() -> Response:
        by, now = viewer(), clock.now()
        case = queries.get(by, reference, now=now, lock=True)
        if request.if_match:
            known = queries.case_page(by, reference, now=now)
            if not request.if_match.contains(etag_of(known)):
                raise Stale("the case has changed since it was read")
        act(case)
        shown = queries.case_page(by, reference, now=now)
        return answer(out(shown), status=status, etag=etag_of(shown))

    return once(work)


def _person(address: str, *, field: str) -> int:
    """Give the number of the person with an address."""
    found = auth_queries.by_email(address)
    if found is None or not found.active:
        raise Refused("there is no such person", field=field)
    return found.id


def _aware(at: datetime | None, *, field: str) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise Refused("a time carries its offset from UTC", field=field)
    return at


@bp.get("/<reference>/timeline")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=EntryPage)
def timeline(reference: str) -> Response:
    """List what happened in a case, newest first; `lane`, `kind`, `by` and `q` narrow it."""
    return call(lambda: _timeline(reference))


def _timeline(reference: str) -> Response:
    by, now = viewer(), clock.now()
    case = queries.get(by, reference, now=now)
    found = account_queries.timeline(
        by,
        case.account_id,
        now=now,
        case_refs=(reference, *queries.merged_into(case)),
        wanted=wanted_of(request.args),
        cursor=request.args.get("after"),
        limit=limit(),
    )
    items = [
        Entry(
            id=one.id,
            at=one.at,
            recorded_at=one.recorded_at,
            lane=one.lane.value,
            kind=one.kind.value,
            text=one.text,
            language=one.language,
            by=one.by,
            case=one.case_ref,
            corrects=one.corrects_id,
            corrected_by=one.corrected_by,
            file=one.file_name,
        )
        for one in found.rows
    ]
    return answer(EntryPage(items=items, after=found.after))


@bp.post("/<reference>/accept")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def accept(reference: str) -> Response:
    """Take a case as its owner."""
    return _do(reference, lambda case: actions.accept(case, by=viewer(), now=clock.now()))


@bp.post("/<reference>/notes")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewNote, gives=CaseOut, status=201)
def add_note(reference: str) -> Response:
    """Add what happened to the timeline of a case."""
    return _do(reference, _note, status=201)


def _note(case: Escalation) -> None:
    given: NewNote = read_body(NewNote)
    at = _aware(given.at, field="at")
    actions.note(case, given.text, at=at, by=viewer(), now=clock.now(), **TALK[given.what])


@bp.post("/<reference>/promises")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewPromise, gives=PromiseOut, status=201)
def promise(reference: str) -> Response:
    """Record a promise to the customer of a case."""
    return once(lambda: _promise(reference))


def _promise(reference: str) -> Response:
    given: NewPromise = read_body(NewPromise)
    by, now = viewer(), clock.now()
    case = queries.get(by, reference, now=now, lock=True)
    due = _aware(given.due_at, field="due_at")
    assert due is not None
    row = account_actions.promise(
        case.account_id,
        kind=given.kind,
        what=given.what,
        to_whom=given.to_whom,
        due_at=due,
        by_id=by.id,
        case_ref=case.reference,
        by=by,
        now=now,
    )
    shown = PromiseOut(
        id=row.id,
        kind=row.kind.value,
        what=row.what,
        to_whom=row.to_whom,
        by=by.name,
        due_at=row.due_at,
        state=row.state.value,
        without_authority=row.without_authority,
    )
    return answer(shown, status=201)


@bp.post("/<reference>/hand-over")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=HandOver, gives=CaseOut)
def hand_over(reference: str) -> Response:
    """Give a case to another owner."""
    return _do(reference, _hand_over)


def _hand_over(case: Escalation) -> None:
    given: HandOver = read_body(HandOver)
    actions.hand_over(
        case,
        to_id=_person(given.to, field="to"),
        why=given.why,
        summary=given.summary,
        by=viewer(),
        now=clock.now(),
    )


@bp.post("/<reference>/level")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Move, gives=CaseOut)
def level(reference: str) -> Response:
    """Take a case to another level, and with it to another owner or team if they are named."""
    return _do(reference, _level)


def _level(case: Escalation) -> None:
    given: Move = read_body(Move)
    actions.move_level(
        case,
        given.level,
        kind=given.kind,
        why=given.why,
        summary=given.summary,
        to_id=_person(given.to, field="to") if given.to else None,
        team_id=_team(given.team) if given.team else None,
        by=viewer(),
        now=clock.now(),
    )


def _team(name: str) -> int:
    found = queries.team_ids([name.lower()])
    if not found:
        raise Refused("there is no such team", field="team")
    return found[name.lower()]


@bp.post("/<reference>/severity")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Regrade, gives=CaseOut)
def severity(reference: str) -> Response:
    """Raise a severity, or ask a second person to agree to a lower one."""
    return _do(reference, _severity)


def _severity(case: Escalation) -> None:
    given: Regrade = read_body(Regrade)
    by, now, to = viewer(), clock.now(), given.severity
    if to > case.severity:
        second = _person(given.second, field="second") if given.second else None
        actions.ask_lowering(case, to, second_id=second, reason=given.reason, by=by, now=now)
    else:
        actions.raise_severity(case, to, reason=given.reason, by=by, now=now)


@bp.post("/<reference>/close")
@require(Permission.ESCALATIONS_CLOSE)
@shapes(takes=Close, gives=CaseOut)
def close(reference: str) -> Response:
    """Close a case."""
    return _do(reference, _close)


def _close(case: Escalation) -> None:
    given: Close = read_body(Close)
    ending = actions.Ending(
        resolution=given.resolution,
        text=given.text,
        agreed_by=given.agreed_by,
        not_agreed_because=given.not_agreed_because,
        fix_owner_id=_person(given.fix_owner, field="fix_owner") if given.fix_owner else None,
        fix_due=given.fix_due,
    )
    actions.close(case, ending, by=viewer(), now=clock.now())
