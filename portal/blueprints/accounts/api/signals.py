"""What other systems observe of an account."""

from collections.abc import Sequence

from flask import Response

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..rules import signals as observed
from ..schemas import (
    NamedSignal,
    NewSignal,
    NewSignals,
    SignalBatchIn,
    SignalBatchList,
    SignalBatchOut,
    SignalList,
    SignalOut,
    SignalsTaken,
)
from .blueprint import bp


@bp.get("/<reference>/signals")
@require(Permission.ACCOUNTS_READ)
@shapes(gives=SignalList)
def signals(reference: str) -> Response:
    """List the last signals of an account."""
    return call(lambda: answer(_signals(reference)))


def _signals(reference: str) -> SignalList:
    account = queries.get(viewer(), reference, now=clock.now(), klass=K.CONFIDENTIAL)
    return SignalList(
        items=[
            SignalOut(
                kind=row.kind,
                value=row.value,
                observed_at=row.observed_at,
                source=row.source,
                external_id=row.external_id,
            )
            for row in queries.signals(account)
        ]
    )


@bp.post("/<reference>/signals")
@require(Permission.ACCOUNTS_SIGNALS)
@shapes(takes=NewSignals, gives=SignalsTaken)
def take(reference: str) -> Response:
    """Take in what another system observed of an account; the same again changes nothing."""
    return once(lambda: _take_of(reference))


def _take_of(reference: str) -> Response:
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    given: NewSignals = read_body(NewSignals)
    return _taken([(account.reference, one) for one in given.signals], source=given.source)


@bp.get("/signals")
@require(Permission.ACCOUNTS_SIGNALS)
@shapes(gives=SignalBatchList)
def batches() -> Response:
    """List the last batches of signals that came in."""
    return call(_batches)


def _batches() -> Response:
    items = [
        SignalBatchOut(
            at=row.at,
            source=row.source,
            new=row.rows_new,
            changed=row.rows_changed,
            same=row.rows_same,
        )
        for row in queries.signal_batches()
    ]
    return answer(SignalBatchList(items=items))


@bp.post("/signals")
@require(Permission.ACCOUNTS_SIGNALS)
@shapes(takes=SignalBatchIn, gives=SignalsTaken)
def take_batch() -> Response:
    """Take in what another system observed of many accounts, all of it or nothing."""
    return once(_take_batch)


def _take_batch() -> Response:
    given: SignalBatchIn = read_body(SignalBatchIn)
    named: list[tuple[str, NamedSignal]] = [(one.account, one) for one in given.signals]
    return _taken(named, source=given.source)


def _taken(given: Sequence[tuple[str, NewSignal]], *, source: str) -> Response:
    by, now, readings = viewer(), clock.now(), []
    for place, (account, one) in enumerate(given):
        at = one.observed_at.isoformat()
        words = (account, one.kind, one.value, at, one.external_id)
        try:
            readings.append(observed.reading(*words, zone=by.zone, now=now))
        except observed.Misread as wrong:
            raise Refused(wrong.why, field=f"signals.{place}.{wrong.column}") from wrong
    found = actions.take_signals(readings, source=source, by=by, now=now)
    return answer(SignalsTaken(new=found.new, changed=found.changed, same=found.same))
