"""Tables of exchange rates."""

from datetime import date

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import RateLoad
from ..rules import loading
from ..schemas import (
    CountingRate,
    RateBoard,
    RateLoadOut,
    RatesIn,
)
from .blueprint import bp


@bp.get("/rates")
@require(Permission.POLICIES_READ)
@shapes(gives=RateBoard)
def rates() -> Response:
    """Give the exchange rates that count today, and the currencies that have none."""
    return call(lambda: answer(_board()))


def _board() -> RateBoard:
    board = queries.rate_board(now=clock.now())
    items = [
        CountingRate(
            currency=row.currency,
            target=row.target,
            day=row.day,
            rate=row.rate,
            source=row.source,
            counts=age <= board.oldest,
        )
        for row, age in board.rates
    ]
    return RateBoard(items=items, missing=list(board.missing))


@bp.post("/rates")
@require(Permission.ACCOUNTS_RATES)
@shapes(takes=RatesIn, gives=RateLoadOut, status=201)
def send_rates() -> Response:
    """Send a table of exchange rates; it counts once another person publishes it."""
    return once(_send_rates)


def _send_rates() -> Response:
    given: RatesIn = read_body(RatesIn)
    names = ("currency", "target", "day", "rate")
    lines = (
        (place, {name: str(getattr(one, name)) for name in names})
        for place, one in enumerate(given.rates)
    )
    now, house = clock.now(), queries.rate_board(now=clock.now())
    found, wrong = loading.read(
        lines, shape="plain", house=house.currency, since=date.min, today=house.day
    )
    if wrong:
        first = wrong[0]
        raise Refused(first.why, field=f"rates.{first.line}.{first.column}")
    looked = actions.compare_rates(found)
    row = actions.send_rates(looked, source=given.source, file_name="API", by=viewer(), now=now)
    return answer(_load(row), status=201)


def _load(row: RateLoad) -> RateLoadOut:
    return RateLoadOut(
        id=row.id,
        state=row.state.value,
        source=row.source,
        new=row.rows_new,
        changed=row.rows_changed,
    )


@bp.post("/rates/<int:load_id>/publish")
@require(Permission.ACCOUNTS_RATES)
@shapes(gives=RateLoadOut)
def publish_rates(load_id: int) -> Response:
    """Publish a table of exchange rates that somebody else sent."""
    return once(lambda: _publish(load_id))


def _publish(load_id: int) -> Response:
    row = queries.rate_load(load_id, lock=True)
    actions.publish_rates(row, by=viewer(), now=clock.now())
    return answer(_load(row))
