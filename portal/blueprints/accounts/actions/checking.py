"""The check of a file: every row is read and staged, or noted with what is wrong with it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from portal.core import files
from portal.core.db import db
from portal.core.files import StoredFile

from ..models import ImportIssue, ImportRun, ImportStage, ImportState
from ..queries.imports import shape_of_run
from ..rules import mapping as maps
from ..rules import reading, shapes
from .runs import BATCH, Overtaken, Terms, advance, refuse, tell
from .writing import There, changes, existing, of_other_currency, spent

MOST_ISSUES = 1000
Checked = tuple[int, maps.Stage | maps.Faults | None]


def batches(
    stored: StoredFile, terms: Terms, *, skip: int, most_rows: int
) -> Iterator[list[Checked]]:
    """Read the file's rows in batches, each row with its line; `skip` rows were read before.
    `Unreadable` where there are too many: the count before the reading can be deceived.
    """
    wanted = terms.shape.needs
    with files.opened(stored) as stream:
        table = reading.open_table(stream, wanted=wanted, encoding=terms.encoding)
        rows = islice(table.rows, 1 + skip, None)
        checked = ((row.line, _read(table.header, row, terms)) for row in rows)
        while some := list(islice(checked, BATCH)):
            skip += len(some)
            if skip > most_rows:
                raise reading.Unreadable("rows")
            yield some


def _read(header: Sequence[str], row: reading.Row, terms: Terms) -> maps.Stage | maps.Faults | None:
    return shapes.read_row(
        header,
        row.cells,
        shape=terms.shape,
        currency=terms.currency,
        limits=terms.policy.limits,
        today=terms.today,
    )


def keep_checked(run_id: int, batch: Sequence[Checked], terms: Terms, *, done: int) -> None:
    """Stage the good rows of a batch and note the wrong ones, with what they would change."""
    good = [(line, row) for line, row in batch if isinstance(row, dict)]
    wrong = {line: row for line, row in batch if isinstance(row, tuple)}
    there = existing(terms.shape.source, [row["external_id"] for _line, row in good])
    wrong |= {line: odd for line, row in good if (odd := _odd(there.get(row["external_id"]), row))}
    good = [(line, row) for line, row in good if line not in wrong]
    sums = spent(there.values(), terms)
    new = sum(row["external_id"] not in there for _line, row in good)
    changed = sum(
        bool(changes(there[row["external_id"]], row, sums, terms))
        for _line, row in good
        if row["external_id"] in there
    )
    moved = advance(
        run_id,
        column=ImportRun.rows_read,
        before=done,
        by_rows=len(batch),
        rows_bad=ImportRun.rows_bad + len(wrong),
        rows_new=ImportRun.rows_new + new,
        rows_changed=ImportRun.rows_changed + changed,
    )
    if not moved:
        raise Overtaken
    _note(run_id, ((line, fault) for line, faults in wrong.items() for fault in faults))
    if good:
        db.session.execute(
            sa.insert(ImportStage),
            [
                {"run_id": run_id, "line": line, "external_id": row["external_id"], "row": row}
                for line, row in good
            ],
        )


def _odd(account: There | None, row: maps.Stage) -> maps.Faults:
    """Give what is wrong with a row only beside the account that is there."""
    if account is None or account.merged:
        return ()
    found = []
    if of_other_currency(account, row):
        found.append(maps.Fault("", row["currency"], "other_currency"))
    until, start = row.get("renewal_on"), account.contract_start
    # A shape with terms of its own reckons the renewal from the start: it cannot be before it.
    if until and start and until < start.isoformat():
        found.append(maps.Fault("", until, "before_start"))
    return tuple(found)


def _note(run_id: int, faults: Iterable[tuple[int, maps.Fault]]) -> None:
    noted = db.session.scalar(sa.select(sa.func.count()).where(ImportIssue.run_id == run_id)) or 0
    rows = [
        {
            "run_id": run_id,
            "line": line,
            "column": fault.column[:120],
            "value": fault.value[:200],
            "reason": fault.reason,
            "detail": {},
        }
        for line, fault in islice(faults, max(0, MOST_ISSUES - noted))
    ]
    if rows:
        db.session.execute(sa.insert(ImportIssue), rows)


def end_check(run_id: int, *, dry_run: bool, now: datetime) -> ImportState:
    """End the check: refuse the file where a row was wrong, else let it be written; give its
    state.
    """
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    if run.state is not ImportState.CHECKING:
        raise Overtaken
    _note_doubles(run)
    run.rows_total = db.session.scalar(
        sa.select(sa.func.count()).where(ImportStage.run_id == run_id)
    )
    run.updated_at = now
    if dry_run:
        run.state, run.ended_at = ImportState.CHECKED, now
        tell("accounts.import_checked", run, now=now)
    elif run.rows_bad:
        refuse(run, why=reading.Unreadable("bad_rows"), now=now)
    else:
        run.state = ImportState.WRITING
    db.session.flush()
    return run.state


def _note_doubles(run: ImportRun) -> None:
    """Find customers that stand in the file twice: every row after the first is wrong."""
    first = (
        sa.select(ImportStage.external_id, sa.func.min(ImportStage.line).label("line"))
        .where(ImportStage.run_id == run.id)
        .group_by(ImportStage.external_id)
        .having(sa.func.count() > 1)
        .subquery()
    )
    query = (
        sa.select(ImportStage.line, ImportStage.external_id)
        .join(first, first.c.external_id == ImportStage.external_id)
        .where(ImportStage.run_id == run.id, ImportStage.line > first.c.line)
        .order_by(ImportStage.line)
    )
    column = shape_of_run(run).needs[0]
    doubles = [
        (line, maps.Fault(column, external_id, "twice"))
        for line, external_id in db.session.execute(query)
    ]
    run.rows_bad += len(doubles)
    _note(run.id, doubles)
