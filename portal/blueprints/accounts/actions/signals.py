"""Taking in what other systems observe of customers, once each."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import sqlalchemy as sa

from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Account, HealthSignal, SignalBatch, SignalFormer
from ..rules import reading as tables
from ..rules import signals as rules
from .runs import unreadable

MOST_ROWS, MOST_BYTES, SHOWN, AT_ONCE = 20_000, 5_000_000, 200, 400
Key = tuple[int, str, str]


@dataclass(frozen=True)
class Taken:
    """What a batch came to: how many were new, said otherwise, or known already."""

    new: int
    changed: int
    same: int
    batch_id: int | None


def take_signals(
    readings: Sequence[rules.Reading], *, source: str, by: Actor, now: datetime
) -> Taken:
    """Take in signals of one source, all or none; what it sent before under the same number is
    corrected. One event tells of them. Refuses accounts that the actor may not change.
    """
    known = queries.named(by, (one.account for one in readings), now=now)
    for place, one in enumerate(readings):
        if one.account not in known:
            raise Refused(
                _("There is no account %(name)s that you may change.", name=one.account),
                field=f"signals.{place}.account",
            )
    # Said twice in one batch: the last word counts.
    fresh: dict[Key, tuple[Account, rules.Reading]] = {}
    for one in readings:
        account = known[one.account]
        fresh[account.id, one.kind, one.external_id] = (account, one)
    _hold({account_id for account_id, _kind, _number in fresh})
    before = _before(fresh, source=source)
    new = [key for key in fresh if key not in before]
    changed = [key for key in fresh if key in before and _differs(before[key], fresh[key][1])]
    count = len(new), len(changed), len(fresh) - len(new) - len(changed)
    if not (new or changed):
        return Taken(*count, batch_id=None)
    batch = SignalBatch(
        at=now,
        by_id=by.id,
        by_name=by.name[:120],
        source=source,
        **dict(zip(("rows_new", "rows_changed", "rows_same"), count, strict=True)),
    )
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(_row(key, fresh[key][1], source=source, batch_id=batch.id) for key in new)
    for key in changed:
        row, one = before[key], fresh[key][1]
        said = {"value": row.value, "observed_at": row.observed_at}
        db.session.add(SignalFormer(signal_id=row.id, batch_id=batch.id, **said))
        row.value, row.observed_at, row.batch_id = one.value, one.observed_at, batch.id
    db.session.flush()
    accounts = {account.id: account for account, _one in fresh.values()}
    only = next(iter(accounts.values())) if len(accounts) == 1 else None
    events.record(
        "accounts.signals_taken",
        by=by,
        now=now,
        record=only.reference if only else None,
        account_id=only.id if only else None,
        klass=K.CONFIDENTIAL,
        data={"batch": batch.id, "new": count[0], "changed": count[1], "accounts": len(accounts)},
    )
    return Taken(*count, batch_id=batch.id)


def _row(key: Key, one: rules.Reading, *, source: str, batch_id: int) -> HealthSignal:
    return HealthSignal(
        account_id=key[0],
        kind=one.kind,
        value=one.value,
        observed_at=one.observed_at,
        source=source,
        external_id=one.external_id,
        batch_id=batch_id,
    )


def _hold(ids: Iterable[int]) -> None:
    """Hold accounts until the commit, in order: of two batches that are the same, sent at once, the
    second sees what the first wrote. What refers to them is not held up.
    """
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        some = sa.select(Account.id).where(Account.id.in_(ordered[start : start + AT_ONCE]))
        db.session.execute(some.order_by(Account.id).with_for_update(key_share=True)).all()


def _before(fresh: Iterable[Key], *, source: str) -> dict[Key, HealthSignal]:
    """Give what the source said before of the same accounts under the same numbers."""
    keys, found = list(fresh), {}
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        query = sa.select(HealthSignal).where(
            HealthSignal.source == source,
            HealthSignal.account_id.in_({key[0] for key in some}),
            HealthSignal.external_id.in_({key[2] for key in some}),
        )
        for row in db.session.scalars(query):
            found[row.account_id, row.kind, row.external_id] = row
    return found


def _differs(row: HealthSignal, one: rules.Reading) -> bool:
    return (row.value, row.observed_at) != (one.value, one.observed_at)


def read_signals(
    stream: IO[bytes], *, zone: str, by: Actor, now: datetime
) -> tuple[list[rules.Reading], list[rules.Wrong]]:
    """Read a CSV file of signals and say which rows are wrong, accounts that the actor may not
    change among them. Refuses what is no such table, or too large.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is too large: 5 MB at once."), field="file")
    try:
        rows = list(_rows(content))
    except tables.Unreadable as error:
        raise Refused(unreadable(error), field="file") from error
    good: list[tuple[int, rules.Reading]] = []
    wrong: list[rules.Wrong] = []
    for line, cells in rows:
        try:
            words = [cells.get(name, "") for name in (*rules.COLUMNS, *rules.ALSO)]
            good.append((line, rules.reading(*words, zone=zone, now=now)))
        except rules.Misread as error:
            wrong.append(rules.Wrong(line, error.column, error.value[:80], error.why))
    known = queries.named(by, {one.account for _line, one in good}, now=now)
    for line, one in good:
        if one.account not in known:
            why = _("There is no account %(name)s that you may change.", name=one.account)
            wrong.append(rules.Wrong(line, "account", one.account, why))
    return [one for _line, one in good], sorted(wrong, key=lambda one: one.line)


def _rows(content: bytes) -> Iterable[tuple[int, dict[str, Any]]]:
    form = tables.form_of(content[: tables.HEAD])
    delimiter, header = tables.head_of(content, form=form, wanted=rules.COLUMNS)
    names = [name.casefold() for name in header]
    missing = [name for name in rules.COLUMNS if name not in names]
    if missing:
        raise Refused(
            _("The file lacks the columns %(names)s.", names=", ".join(missing)), field="file"
        )
    stream = io.BytesIO(content)
    pieces = iter(lambda: stream.read(tables.HEAD), b"")
    for count, row in enumerate(tables.rows(pieces, form=form, delimiter=delimiter)):
        if count > MOST_ROWS:
            raise Refused(
                _("The file has more than %(n)s rows: send it in parts.", n=MOST_ROWS), field="file"
            )
        if count and any(cell.strip() for cell in row.cells):
            yield row.line, dict(zip(names, row.cells, strict=False))
