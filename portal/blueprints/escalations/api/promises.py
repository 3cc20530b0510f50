"""The ledger of promises of a case, for programs."""

from flask import Response

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Promise
from portal.blueprints.accounts.queries import PromiseLine
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Escalation
from ..schemas.acts import NewPromise, Outcome, PromiseList, PromiseOut, Settled
from .blueprint import acting, bp, held, person


@bp.get("/<reference>/promises")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=PromiseList)
def promises(reference: str) -> Response:
    """List what we promised the customer of a case, and what became of it."""
    return call(lambda: _promises(reference))


def _promises(reference: str) -> Response:
    case = queries.get(viewer(), reference, now=clock.now())
    return answer(PromiseList(items=[_out(one) for one in _lines(case)]))


def _lines(case: Escalation) -> list[PromiseLine]:
    refs = (case.reference, *queries.merged_into(case))
    return account_queries.promises(viewer(), now=clock.now(), case_refs=refs)


def _out(line: PromiseLine) -> PromiseOut:
    return PromiseOut(
        id=line.id,
        kind=line.kind.value,
        what=line.what,
        to_whom=line.to_whom,
        by=line.by,
        made_at=line.made_at,
        due_at=line.due_at,
        state=line.state.value,
        settled_at=line.settled_at,
        reason=line.reason,
        without_authority=line.without_authority,
        concession=line.concession_ref,
    )


def _shown(case: Escalation, row: Promise, *, status: int) -> Response:
    line = next(one for one in _lines(case) if one.id == row.id)
    return answer(_out(line), status=status)


@bp.post("/<reference>/promises")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewPromise, gives=PromiseOut, status=201)
def promise(reference: str) -> Response:
    """Record a promise to the customer of a case."""
    return once(lambda: _promise(reference))


def _promise(reference: str) -> Response:
    given, case = read_body(NewPromise), held(reference)
    row = account_actions.promise(
        case.account_id,
        kind=given.kind,
        what=given.what,
        to_whom=given.to_whom,
        due_at=given.due_at,
        by_id=person(given.by, field="by") if given.by else viewer().id,
        case_ref=case.reference,
        **acting(),
    )
    return _shown(case, row, status=201)


@bp.post("/<reference>/promises/<int:promise_id>")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Settled, gives=PromiseOut)
def settle(reference: str, promise_id: int) -> Response:
    """Say what became of a promise; one that was renegotiated gives the new one."""
    return once(lambda: _settle(reference, promise_id))


def _settle(reference: str, promise_id: int) -> Response:
    given, case = read_body(Settled), held(reference)
    row = account_queries.get_promise(viewer(), promise_id, now=clock.now())
    if row.case_ref != case.reference:
        raise NotFound
    if given.how is Outcome.KEPT:
        account_actions.keep(row, reason=given.reason, **acting())
    elif given.how is Outcome.BROKEN:
        account_actions.break_(row, reason=given.reason, **acting())
        actions.propose_raising(case, row.id, **acting())
    else:
        row = _renegotiate(row, given)
    return _shown(case, row, status=200)


def _renegotiate(row: Promise, given: Settled) -> Promise:
    if given.due_at is None:
        raise Refused("say when it is due now", field="due_at")
    return account_actions.renegotiate(
        row, what=given.what, due_at=given.due_at, reason=given.reason, **acting()
    )
