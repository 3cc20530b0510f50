"""Sending tables of exchange rates in, and publishing them by a second person."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from zoneinfo import ZoneInfo

from portal.blueprints.auth import queries as auth
from portal.blueprints.policies import actions as policies
from portal.core import events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import RateLoad, RateState
from ..rules import loading
from ..rules import reading as tables
from ..rules.signals import Wrong
from .runs import unreadable

MOST_ROWS, MOST_BYTES = 60_000, 5_000_000


@dataclass(frozen=True)
class LookedAt:
    """What a table of rates holds: what is new, what corrects a rate that stands, what is known
    already, and what is wrong.
    """

    new: Sequence[loading.DayRate]
    changed: Sequence[loading.DayRate]
    same: int
    wrong: Sequence[Wrong]


def look_at_rates(stream: IO[bytes], *, since: date, now: datetime) -> LookedAt:
    """Read a CSV table of rates from a day on, and compare it with what stands; refuses what is no
    such table, or too large.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is too large: 5 MB at once."), field="file")
    house = auth.organisation()
    today = now.astimezone(ZoneInfo(house.zone)).date()
    try:
        names, lines = _lines(content)
        found, wrong = loading.read(
            lines, shape=names, house=house.currency, since=since, today=today
        )
    except tables.Unreadable as error:
        raise Refused(unreadable(error), field="file") from error
    return compare_rates(found, wrong=wrong)


def _lines(content: bytes) -> tuple[str, Iterator[loading.Line]]:
    form = tables.form_of(content[: tables.HEAD])
    delimiter, header = tables.head_of(content, form=form, wanted=("date", *loading.COLUMNS))
    shape = loading.shape_of(header)
    if not shape:
        columns = ", ".join(loading.COLUMNS)
        raise Refused(
            _("The file has neither the columns %(names)s nor those of the ECB.", names=columns),
            field="file",
        )
    names = [name.casefold() for name in header]
    stream = io.BytesIO(content)
    pieces = iter(lambda: stream.read(tables.HEAD), b"")
    rows = tables.rows(pieces, form=form, delimiter=delimiter)
    next(rows)
    return shape, _cells(rows, names)


def _cells(rows: Iterator[tables.Row], names: Sequence[str]) -> Iterator[loading.Line]:
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise Refused(
                _("The file has more than %(n)s rows: send it in parts.", n=MOST_ROWS), field="file"
            )
        if any(cell.strip() for cell in row.cells):
            yield row.line, dict(zip(names, row.cells, strict=False))


def compare_rates(found: Sequence[loading.DayRate], *, wrong: Sequence[Wrong] = ()) -> LookedAt:
    """Say which rates are new, which correct one that stands, and how many are known."""
    if len(found) > loading.MOST_RATES:
        raise Refused(
            _(
                "These are more than %(n)s rates: take a later day to begin with.",
                n=loading.MOST_RATES,
            ),
            field="since",
        )
    standing = queries.standing_rates(min((one.day for one in found), default=date.max))
    new, changed = [], []
    for one in found:
        rate = standing.get((one.currency, one.target, one.day))
        if rate is None:
            new.append(one)
        elif rate != one.rate:
            changed.append(one)
    return LookedAt(new, changed, len(found) - len(new) - len(changed), wrong)


def send_rates(
    found: LookedAt, *, source: str, file_name: str, by: Actor, now: datetime
) -> RateLoad:
    """Hand a table of rates to a second person; nothing counts before they publish it."""
    if found.wrong:
        raise Refused(_("A table with wrong rows is not sent."), field="file")
    rates = [*found.new, *found.changed]
    if not rates:
        raise Refused(_("All these rates stand already."), field="file")
    row = RateLoad(
        source=source,
        file_name=file_name[:200],
        rates=[[one.currency, one.target, one.day.isoformat(), str(one.rate)] for one in rates],
        rows_new=len(found.new),
        rows_changed=len(found.changed),
        sent_by_id=by.id,
        sent_at=now,
    )
    db.session.add(row)
    db.session.flush()
    counts = {"load": row.id, "new": row.rows_new, "changed": row.rows_changed}
    events.record("accounts.rates_sent", by=by, now=now, data=counts)
    return row


def publish_rates(row: RateLoad, *, by: Actor, now: datetime) -> None:
    """Let a table of rates count; whoever sent it does not publish it. What it corrects is kept
    with it.
    """
    _still_waiting(row)
    if by.id is None or by.id == row.sent_by_id:
        raise Refused(_("Exchange rates are published by two people."))
    rates = [
        (currency, target, date.fromisoformat(day), Decimal(rate))
        for currency, target, day, rate in row.rates
    ]
    former = _former(row, rates)
    policies.publish_rates(
        rates, source=row.source, first_id=row.sent_by_id, second_id=by.id, by=by, now=now
    )
    row.state, row.former = RateState.PUBLISHED, former
    row.decided_by_id, row.decided_at = by.id, now


def _former(row: RateLoad, rates: Sequence[tuple[str, str, date, Decimal]]) -> list[list[str]]:
    """Give the rates that stand and are to be corrected, as they are. Refused where this is more or
    less than its sender was shown: other rates were published since.
    """
    found = compare_rates([loading.DayRate(*one) for one in rates])
    if (len(found.new), len(found.changed)) != (row.rows_new, row.rows_changed):
        raise Refused(
            _(
                "Other rates were published since this table was sent: %(new)s of its rates would "
                "now be new and %(changed)s corrected, not %(then_new)s and %(then_changed)s. "
                "Withdraw it and send it again.",
                new=len(found.new),
                changed=len(found.changed),
                then_new=row.rows_new,
                then_changed=row.rows_changed,
            )
        )
    standing = queries.standing_rates(min((one[2] for one in rates), default=date.max))
    keys = [(one.currency, one.target, one.day) for one in found.changed]
    return [[key[0], key[1], key[2].isoformat(), str(standing[key])] for key in keys]


def withdraw_rates(row: RateLoad, *, by: Actor, now: datetime) -> None:
    """Take a table of rates away that nobody published."""
    _still_waiting(row)
    row.state, row.decided_by_id, row.decided_at = RateState.WITHDRAWN, by.id, now
    events.record("accounts.rates_withdrawn", by=by, now=now, data={"load": row.id})


def _still_waiting(row: RateLoad) -> None:
    if row.state is not RateState.WAITING:
        raise Refused(_("This table does not wait any more."))
