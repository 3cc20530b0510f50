"""Where a case goes, for programs: taken, worked on, waiting, closed, merged, opened again."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import once, read_body, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation
from ..rules.tags import tags_of
from ..schemas import CaseOut
from ..schemas.acts import (
    Affected,
    Apart,
    Came,
    Close,
    Correction,
    HandOver,
    Into,
    Met,
    NewCriterion,
    Reason,
    Trending,
    Waiting,
)
from .blueprint import acting, bp, do, named_apart, person, shown, take, team, unchanged


@bp.post("/<reference>/submit")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Apart, gives=CaseOut)
def submit(reference: str) -> Response:
    """Declare a case that was kept as a draft."""
    return take(reference, Apart, _submit)


def _submit(case: Escalation, given: Apart) -> None:
    with named_apart():
        actions.submit(case, queries.wish_of(case), because=given.another_because, **acting())


@bp.post("/<reference>/approve")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Apart, gives=CaseOut)
def approve(reference: str) -> Response:
    """Let a case that was requested be declared."""
    return take(reference, Apart, _approve)


def _approve(case: Escalation, given: Apart) -> None:
    with named_apart():
        actions.approve(case, because=given.another_because, **acting())


@bp.post("/<reference>/decline")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Reason, gives=CaseOut)
def decline(reference: str) -> Response:
    """Decline a case, with the reason."""
    return take(
        reference,
        Reason,
        lambda case, given: actions.decline(case, reason=given.reason, **acting()),
    )


@bp.post("/<reference>/accept")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def accept(reference: str) -> Response:
    """Take a case as its owner."""
    return do(reference, lambda case: actions.accept(case, **acting()))


@bp.post("/<reference>/stabilise")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Came, gives=CaseOut)
def stabilise(reference: str) -> Response:
    """Say that the customer was spoken to and knows the exit criteria, or that what we waited for
    came.
    """
    return take(
        reference,
        Came,
        lambda case, given: actions.stabilise(case, what_came=given.what_came, **acting()),
    )


@bp.post("/<reference>/wait")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Waiting, gives=CaseOut)
def wait(reference: str) -> Response:
    """Wait for the customer."""
    return take(
        reference,
        Waiting,
        lambda case, given: actions.wait(case, for_what=given.for_what, **acting()),
    )


@bp.post("/<reference>/trend")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Trending, gives=CaseOut)
def trend(reference: str) -> Response:
    """Say which way a case goes."""
    return take(
        reference, Trending, lambda case, given: actions.set_trend(case, given.trend, **acting())
    )


@bp.post("/<reference>/correct")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Correction, gives=CaseOut)
def correct(reference: str) -> Response:
    """Correct what was declared; with If-Match only if nobody else changed it meanwhile."""
    return take(reference, Correction, _correct)


def _correct(case: Escalation, given: Correction) -> None:
    said = {name: getattr(given, name) for name in given.model_fields_set}
    clearing = {"deadline_at"}
    kept = {name: value for name, value in said.items() if value is not None or name in clearing}
    if kept.get("tags") is not None:
        kept["tags"] = list(tags_of(kept["tags"]))
    was = {name: actions.as_text(getattr(case, name)) for name in actions.FIELDS}
    actions.correct(case, kept, was=was, **acting())


@bp.post("/<reference>/hand-over")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=HandOver, gives=CaseOut)
def hand_over(reference: str) -> Response:
    """Give a case to another owner."""
    return take(reference, HandOver, _hand_over)


def _hand_over(case: Escalation, given: HandOver) -> None:
    actions.hand_over(
        case,
        to_id=person(given.to, field="to") if given.to else None,
        team_id=team(given.team) if given.team else None,
        why=given.why,
        summary=given.summary,
        **acting(),
    )


@bp.post("/<reference>/criteria")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewCriterion, gives=CaseOut, status=201)
def add_criterion(reference: str) -> Response:
    """Add what must be true before the case may close."""
    return take(
        reference,
        NewCriterion,
        lambda case, given: actions.add_criterion(case, given.text, **acting()),
        status=201,
    )


@bp.post("/<reference>/criteria/<int:criterion_id>")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Met, gives=CaseOut)
def tick_criterion(reference: str, criterion_id: int) -> Response:
    """Tick an exit criterion, or take the tick away."""
    return take(
        reference,
        Met,
        lambda case, given: actions.tick_criterion(
            case,
            queries.criterion(case, criterion_id),
            met=given.met,
            agreed=given.agreed,
            **acting(),
        ),
    )


@bp.post("/<reference>/close")
@require(Permission.ESCALATIONS_CLOSE)
@shapes(takes=Close, gives=CaseOut)
def close(reference: str) -> Response:
    """Close a case."""
    return take(reference, Close, _close)


def _close(case: Escalation, given: Close) -> None:
    ending = actions.Ending(
        resolution=given.resolution,
        text=given.text,
        agreed_by=given.agreed_by,
        not_agreed_because=given.not_agreed_because,
        fix_owner_id=person(given.fix_owner, field="fix_owner") if given.fix_owner else None,
        fix_due=given.fix_due,
        fix_told=given.fix_told,
    )
    actions.close(case, ending, **acting())


@bp.post("/<reference>/reopen")
@require(Permission.ESCALATIONS_DECLARE)
@shapes(takes=Reason, gives=CaseOut)
def reopen(reference: str) -> Response:
    """Open a closed case again."""
    return take(
        reference,
        Reason,
        lambda case, given: actions.reopen(case, reason=given.reason, **acting()),
    )


@bp.post("/<reference>/void")
@require(Permission.ESCALATIONS_MANAGE)
@shapes(takes=Reason, gives=CaseOut)
def void(reference: str) -> Response:
    """Void a case that was wrong, a test or a duplicate: it counts nowhere."""
    return take(
        reference, Reason, lambda case, given: actions.void(case, reason=given.reason, **acting())
    )


@bp.post("/<reference>/merge")
@require(Permission.ESCALATIONS_MANAGE)
@shapes(takes=Into, gives=CaseOut)
def merge(reference: str) -> Response:
    """Merge a case into another open one of the same account."""
    return once(lambda: _merge(reference))


def _merge(reference: str) -> Response:
    given = read_body(Into)
    queries.hold_in_order(reference, given.into)
    case = unchanged(reference)
    try:
        into = queries.get(viewer(), given.into, now=clock.now(), lock=True)
    except NotFound:
        raise Refused("there is no such case", field="into") from None
    actions.merge(case, into, **acting())
    return shown(reference)


@bp.post("/<reference>/unmerge")
@require(Permission.ESCALATIONS_MANAGE)
@shapes(gives=CaseOut)
def unmerge(reference: str) -> Response:
    """Undo a merge."""
    return do(reference, lambda case: actions.unmerge(case, **acting()))


@bp.post("/<reference>/affected")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Affected, gives=CaseOut, status=201)
def add_affected(reference: str) -> Response:
    """Add another customer hit by the same cause."""
    return take(reference, Affected, _add_affected, status=201)


def _add_affected(case: Escalation, given: Affected) -> None:
    try:
        account = queries.visible_account(viewer(), given.account, now=clock.now())
    except NotFound:
        raise Refused("there is no such account", field="account") from None
    actions.add_affected(case, account, **acting())


@bp.delete("/<reference>/affected/<account>")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=CaseOut)
def remove_affected(reference: str, account: str) -> Response:
    """Take a customer off the list of those hit by the same cause."""
    return do(
        reference,
        lambda case: actions.remove_affected(
            case, queries.visible_account(viewer(), account, now=clock.now()), **acting()
        ),
    )
