"""Booking what moves, and closing the books of a month."""

from collections.abc import Iterable
from datetime import datetime

from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import ClosedPeriod, Concession, ConcessionPart, Move, Movement
from .recording import ROOM


def book(
    row: Concession, move: Move, *, now: datetime, parts: Iterable[ConcessionPart] | None = None
) -> None:
    """Book a movement of an offer (or of some of its parts) in the first open period."""
    day = queries.today(now)
    period = rules.bookable(rules.period_of(day), closed=queries.closed_periods())
    entity = queries.entity_of(row.account_id)
    for part in queries.parts(row) if parts is None else parts:
        db.session.add(
            Movement(
                concession_id=row.id,
                account_id=row.account_id,
                legal_entity_id=entity,
                currency=row.currency,
                period=period,
                move=move,
                ground=part.ground,
                form=part.form,
                amount_minor=part.face_minor,
                proof=part.credit_note,
                at=now,
            )
        )
    db.session.flush()


def note_export(name: str, *, kind: str, lines: int, by: Actor, now: datetime) -> None:
    """Record that a file of the books was taken out, and how many lines it had."""
    events.record(
        f"{ROOM}.exported",
        by=by,
        now=now,
        klass=K.RESTRICTED,
        data={"file": name, "kind": kind, "lines": lines},
    )


def close_period(period: str, *, by: Actor, now: datetime) -> None:
    """Close the books of a month that is over; from then nothing is booked in it.

    Refused before it is over, while an earlier month with movements is open, and for a month that
    has no movement and no balance.
    """
    if period >= rules.period_of(queries.today(now)):
        raise Refused(_("A month is closed when it is over."))
    first = queries.first_open(before=period)
    if first is not None:
        raise Refused(_("Close %(period)s first: months are closed in order.", period=first))
    lines = queries.lines(period)
    if not lines:
        raise Refused(_("Nothing was moved in this month and nothing is open: it stays as it is."))
    closing = {(one.entity_id, one.currency): one.closing for one in lines}
    kept = insert_once(
        ClosedPeriod,
        period=period,
        balances=rules.as_stored(closing),
        closed_at=now,
        closed_by_id=by.id,
    )
    if not kept:
        raise Refused(_("Somebody was faster: this month is closed."))
    events.record(
        f"{ROOM}.period_closed",
        by=by,
        now=now,
        klass=K.RESTRICTED,
        data={"period": period, "lines": len(lines)},
    )
