"""Imports of accounts: a file is checked completely, then written batch by batch, unseen until the
last one is in.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core import files, jobs
from portal.core.access import Actor, ActorKind, K
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.files import StoredFile
from portal.core.i18n import _
from portal.core.sheets import XLSX

from ..models import (
    Account,
    Basis,
    ColumnMapping,
    ImportMapping,
    ImportRun,
    ImportState,
)
from ..queries.imports import shape_of_columns, shape_of_run
from ..queries.value import local_date
from ..rules import mapping as maps
from ..rules import reading, shapes
from .changing import finish
from .checking import batches, end_check, keep_checked
from .runs import RUNNING, Overtaken, Terms, forget_stage, refuse_run, unreadable
from .writing import write_batches


@dataclass(frozen=True)
class Looked:
    """What a look at a file found before anything of it was read: its shape, sheet and size."""

    mapping: ImportMapping
    sheet: str
    rows: int
    digest: str
    size: int


def check_file(
    stream: IO[bytes],
    *,
    mapping: ImportMapping | None,
    most_rows: int,
    most_bytes: int,
    encoding: str = "",
    columns: ColumnMapping | None = None,
    mapped: bool = True,
) -> Looked:
    """Look at a file without reading its rows; refuse what is too large, no table, or has not the
    columns that the mapping (a saved one: `columns`; else the one that fits best) needs. Not
    `mapped`, any header will do: its columns are mapped later.
    """
    if encoding not in reading.ENCODINGS:
        raise Refused(_("We know no encoding of this name."), field="encoding")
    size = stream.seek(0, 2)
    if size > most_bytes:
        raise Refused(
            _(
                "The file has %(size)s MB; this portal takes %(most)s MB at once.",
                size=-(-size // 10**6),
                most=most_bytes // 10**6,
            ),
            field="file",
        )
    own = shape_of_columns(columns) if columns else None
    known = [own] if own else list(shapes.SHAPES.values())
    wanted = [name for shape in known for name in shape.needs]
    try:
        table = reading.open_table(stream, wanted=wanted, encoding=encoding)
        chosen = ImportMapping.OWN if own or not mapped else mapping or shapes.guess(table.header)
        if mapped:
            _refuse_header(table.header, own or shapes.SHAPES[chosen])
        count = table.count()
    except reading.Unreadable as error:
        raise Refused(unreadable(error), field="file") from error
    if count > most_rows:
        raise Refused(
            _(
                "The file has %(count)s rows; this portal takes %(most)s at once.",
                count=count,
                most=most_rows,
            ),
            field="file",
        )
    return Looked(chosen, table.sheet, count, _digest(stream), size)


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _refuse_header(header: Sequence[str], shape: maps.Shape) -> None:
    lacking = shapes.missing(header, shape)
    if lacking:
        raise Refused(
            _(
                "The header lacks these columns of the shape %(shape)s: %(columns)s.",
                shape=shape.source,
                columns=", ".join(lacking),
            ),
            field="file",
        )
    double = shapes.twice(header, shape)
    if double:
        raise Refused(
            _("These columns stand in the header twice: %(columns)s.", columns=", ".join(double)),
            field="file",
        )


def begin_import(
    stream: IO[bytes],
    *,
    file_name: str,
    mapping: ImportMapping | None,
    basis: Basis | None,
    dry_run: bool,
    most_rows: int,
    most_bytes: int,
    by: Actor,
    now: datetime,
    encoding: str = "",
    columns: ColumnMapping | None = None,
    mapped: bool = True,
    queue: bool = True,
) -> ImportRun:
    """Take in a file and queue its import; what is no fitting table is refused before it is stored.

    `encoding` is that of a text without a mark, UTF-8 where it is not given. `basis` says what its
    revenue counts, where the file brings any; not given, the shape's own. `columns` is a saved
    mapping to read it by; not `mapped`, it waits until somebody says which column is which. Without
    `queue` the caller carries the import on itself.
    """
    looked = check_file(
        stream,
        mapping=mapping,
        most_rows=most_rows,
        most_bytes=most_bytes,
        encoding=encoding,
        columns=columns,
        mapped=mapped,
    )
    stored = files.put_stream(
        stream,
        digest=looked.digest,
        size=looked.size,
        name=file_name[:200],
        media_type=XLSX if looked.sheet else "text/csv",
        klass=int(K.CONFIDENTIAL),
        now=now,
    )
    run = _begin(
        stored.id,
        file_name=file_name,
        digest=looked.digest,
        mapping=looked.mapping,
        columns=columns,
        basis=_basis(looked.mapping, basis),
        rows=looked.rows,
        encoding=encoding,
        sheet=looked.sheet,
        dry_run=dry_run or not mapped,
        by=by,
        now=now,
        state=ImportState.CHECKING if mapped else ImportState.MAPPING,
    )
    if queue and mapped:
        enqueue(run)
    return run


def enqueue(run: ImportRun) -> None:
    """Queue the work on an import."""
    jobs.enqueue("accounts.run_import", key=f"import:{run.id}", payload={"run_id": run.id})


def _basis(mapping: ImportMapping, given: Basis | None) -> Basis | None:
    own = None if mapping is ImportMapping.OWN else shapes.SHAPES[mapping].basis
    return None if own is None else given or own


def _begin(
    file_id: int,
    *,
    file_name: str,
    digest: str,
    mapping: ImportMapping,
    columns: ColumnMapping | None,
    basis: Basis | None,
    rows: int,
    encoding: str,
    sheet: str,
    dry_run: bool,
    by: Actor,
    now: datetime,
    state: ImportState = ImportState.CHECKING,
) -> ImportRun:
    source = shape_of_columns(columns).source if columns else mapping.value
    _refuse_beside_another(source, dry_run=dry_run)
    run = ImportRun(
        file_id=file_id,
        file_name=file_name[:200],
        digest=digest,
        mapping=mapping,
        columns_id=columns.id if columns else None,
        source=source,
        basis=basis,
        encoding=encoding,
        sheet=sheet[:80],
        dry_run=dry_run,
        state=state,
        rows_total=rows,
        person_id=by.id if by.kind is ActorKind.PERSON else None,
        started_at=now,
        created_at=now,
        updated_at=now,
    )
    db.session.add(run)
    db.session.flush()
    return run


def _refuse_beside_another(source: str, *, dry_run: bool) -> None:
    """Let one file of a shape be written at a time: two could bring the same new customer."""
    other = sa.select(ImportRun.state).where(
        ImportRun.source == source,
        ImportRun.dry_run.is_(False),
        sa.or_(
            ImportRun.state.in_((*RUNNING, ImportState.UNDOING)),
            # What it wrote would pass for customers that are there, and then be removed.
            sa.and_(
                ImportRun.state == ImportState.TAKEN_BACK,
                sa.exists().where(Account.import_id == ImportRun.id),
            ),
        ),
    )
    state = None if dry_run else db.session.scalar(other.limit(1))
    if state in RUNNING:
        raise Refused(_("Another file of this shape is being imported. Wait until it is in."))
    if state is not None:
        raise Refused(_("What a file of this shape brought is being removed. Wait until it is."))


def write_checked(run: ImportRun, *, by: Actor, now: datetime) -> ImportRun:
    """Import the file of a dry run for real; it is checked again, since accounts may have changed.

    Refused where the dry run found wrong rows or has not ended.
    """
    if not run.dry_run or run.state is not ImportState.CHECKED or run.rows_bad:
        raise Refused(_("Only a file that was checked without a wrong row can be written."))
    again = _begin(
        run.file_id,
        file_name=run.file_name,
        digest=run.digest,
        mapping=run.mapping,
        columns=db.session.get_one(ColumnMapping, run.columns_id) if run.columns_id else None,
        basis=run.basis,
        rows=run.rows_read,
        encoding=run.encoding,
        sheet=run.sheet,
        dry_run=False,
        by=by,
        now=now,
    )
    enqueue(again)
    return again


def import_batches(run_id: int, *, most_rows: int, clock: Callable[[], datetime]) -> Iterator[None]:
    """Carry an import on, batch by batch; the door commits after each. It can take minutes:
    `clock` says what time it is at each step.

    Killed, it goes on where the last commit left it: rows that were checked or written are told by
    the run's own counts. A second one at work on the same run finds its count moved, and ends.
    """
    run = db.session.get(ImportRun, run_id)
    if run is None:
        raise NotFound
    terms = terms_of(run)
    stored = db.session.get_one(StoredFile, run.file_id)
    state, read, written = run.state, run.rows_read, run.rows_written
    dry_run = run.dry_run
    yield
    try:
        if state is ImportState.CHECKING:
            for batch in batches(stored, terms, skip=read, most_rows=most_rows):
                keep_checked(run_id, batch, terms, done=read)
                read += len(batch)
                yield
            state = end_check(run_id, dry_run=dry_run, now=clock())
            yield
        if state is ImportState.WRITING:
            yield from write_batches(run_id, terms, done=written, now=clock())
            finish(run_id, terms, now=clock())
            yield
    except reading.Unreadable as error:
        refuse_run(run_id, why=error, now=clock())
        yield
    except Overtaken:
        db.session.rollback()
        return
    yield from forget_stage(run_id)


def terms_of(run: ImportRun) -> Terms:
    """Give what every row of a run is read and written with."""
    house = auth_queries.organisation()
    policy, _number = policy_queries.in_force(ValuePolicy)
    return Terms(
        shape=shape_of_run(run),
        basis=run.basis,
        encoding=run.encoding,
        currency=house.currency,
        language=house.language,
        zone=house.zone,
        policy=policy,
        today=local_date(run.started_at, house.zone),
    )
