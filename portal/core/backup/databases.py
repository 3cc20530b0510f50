"""Copying a database while it is used, and putting a copy in its place: SQLite and PostgreSQL."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.core.errors import Refused

LIVING = timedelta(seconds=5)
"""A process that runs jobs says so every second; after this long it is taken for dead."""
EMPTY = (
    # Everything of ours goes, so that nothing of a later version stays behind. Extensions stay.
    "drop schema if exists dbos cascade;\n"
    "do $$ declare one record; begin\n"
    "  for one in select format('drop table if exists public.%I cascade', tablename) as word\n"
    "      from pg_tables where schemaname = 'public' loop execute one.word; end loop;\n"
    "  for one in select format('drop sequence if exists public.%I cascade', sequencename)\n"
    "      as word from pg_sequences where schemaname = 'public' loop execute one.word; end loop;\n"
    "  for one in select format('drop function %s cascade', p.oid::regprocedure) as word\n"
    "      from pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname = 'public'\n"
    "      where not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')\n"
    "      loop execute one.word; end loop;\n"
    "end $$;\n"
)


@dataclass(frozen=True)
class Snapshot:
    """A copy of a database and what it says of itself: revision, head of the log, stored files."""

    path: Path
    revision: str
    seq: int
    digest: str
    signature: str
    files: tuple[str, ...]


class Target(Protocol):
    """A database that can be copied and replaced."""

    @property
    def kind(self) -> str:
        """Give which database it is: sqlite or postgresql."""

    def is_empty(self) -> bool:
        """Say whether there is nothing that a restore would destroy."""

    def in_use(self, *, now: datetime) -> bool:
        """Say whether a process runs jobs on it now."""

    def copy(self, folder: Path) -> Snapshot:
        """Copy it into a folder as it is at one moment, while others write."""

    def load(self, dump: Path) -> None:
        """Put a copy in its place, wholly or not at all."""


def target(url: str) -> Target:
    """Give the database at an address."""
    if url.startswith("sqlite:///"):
        return Sqlite(Path(url.removeprefix("sqlite:///")))
    return Postgres(conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1)))


def _described(path: Path, ask: Any) -> Snapshot:
    """Ask a copy, or the transaction it is made in, what it holds."""
    (revision,) = ask("select version_num from alembic_version").fetchone()
    seq, digest, signature = ask("select seq, digest, signature from event_head").fetchone()
    rows = ask("select distinct digest from stored_file order by digest").fetchall()
    return Snapshot(path, revision, seq, digest, signature, tuple(row[0] for row in rows))


@dataclass(frozen=True)
class Sqlite:
    """A SQLite file."""

    path: Path
    kind: str = "sqlite"

    @contextmanager
    def _open(self, path: Path | None = None) -> Iterator[sqlite3.Connection]:
        # mode=rw: a file that is not there must not be made.
        address = f"{(path or self.path).absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
            yield connection

    def is_empty(self) -> bool:
        """Say whether there is no table."""
        if not self.path.exists():
            return True
        with self._open() as connection:
            return not connection.execute("select count(*) from sqlite_master").fetchone()[0]

    def in_use(self, *, now: datetime) -> bool:
        """Say whether a process runs jobs on it now."""
        if not self.path.exists():
            return False
        there = "select count(*) from sqlite_master where name = 'job_worker'"
        with self._open() as connection:
            if not connection.execute(there).fetchone()[0]:
                return False
            last = connection.execute("select max(seen_at) from job_worker").fetchone()[0]
        return bool(last) and datetime.fromisoformat(last).replace(tzinfo=UTC) > now - LIVING

    def copy(self, folder: Path) -> Snapshot:
        """Copy it with SQLite's own backup: one reading transaction, which keeps no writer out."""
        if self.is_empty():
            raise Refused(f"There is no Parley database at {self.path}: run portal init first.")
        copy = folder / "database"
        with self._open() as source, closing(sqlite3.connect(copy)) as made:
            source.backup(made)
            made.execute("pragma journal_mode=delete")
            self._check(made)
            return _described(copy, made.execute)

    def load(self, dump: Path) -> None:
        """Write the copy's pages over ours in one transaction: processes that have the file open
        see the old content or the new.
        """
        with self._open(dump) as copy:
            self._check(copy)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as ours:
                ours.execute("pragma synchronous=full")
                copy.backup(ours)
                ours.execute("pragma journal_mode=wal")

    def _check(self, connection: sqlite3.Connection) -> None:
        (found,) = connection.execute("pragma integrity_check(1)").fetchone()
        if found != "ok":
            raise Refused(f"SQLite finds the copy damaged: {found}")


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL database, copied and loaded by PostgreSQL's own programs."""

    parts: dict[str, Any]
    kind: str = "postgresql"

    @property
    def _address(self) -> str:
        """Give the address without its password, which everybody could read in the list of
        processes.
        """
        return make_conninfo(**{k: v for k, v in self.parts.items() if k != "password"})

    def _program(self, name: str) -> str:
        found = shutil.which(name)
        if found is None:
            raise Refused(
                f"{name} is not installed: it copies PostgreSQL databases. On Debian: "
                "apt-get install postgresql-client (as new as the server)."
            )
        return found

    def _environment(self) -> dict[str, str]:
        password = self.parts.get("password")
        return {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(make_conninfo(**self.parts), connect_timeout=10) as connection:
            yield connection

    def is_empty(self) -> bool:
        """Say whether there is no table."""
        there = "select 1 from pg_tables where schemaname in ('public', 'dbos') limit 1"
        with self._connected() as connection:
            return connection.execute(there).fetchone() is None

    def in_use(self, *, now: datetime) -> bool:
        """Say whether a process runs jobs on it now."""
        with self._connected() as connection:
            if connection.execute("select to_regclass('public.job_worker')").fetchone() == (None,):
                return False
            row = connection.execute("select max(seen_at) from job_worker").fetchone()
        return bool(row and row[0] and row[0] > now - LIVING)

    def copy(self, folder: Path) -> Snapshot:
        """Copy it with pg_dump, in the same snapshot in which we ask what it holds."""
        if self.is_empty():
            raise Refused("There is no Parley database at DATABASE_URL: run portal init first.")
        program, copy = self._program("pg_dump"), folder / "database"
        with self._connected() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            row = connection.execute("select pg_export_snapshot()").fetchone()
            assert row is not None
            self._run(
                [
                    program,
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    f"--snapshot={row[0]}",
                    f"--file={copy}",
                    f"--dbname={self._address}",
                ]
            )
            return _described(copy, connection.execute)

    def load(self, dump: Path) -> None:
        """Replace everything by the copy in one transaction."""
        reader, writer = self._program("pg_restore"), self._program("psql")
        script, empty = dump.with_suffix(".sql"), dump.with_suffix(".empty.sql")
        empty.write_text(f"set lock_timeout = '30s';\n{EMPTY}", encoding="utf-8")
        self._run([reader, "--no-owner", "--no-privileges", f"--file={script}", str(dump)])
        self._run(
            [
                writer,
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--single-transaction",
                "--output=/dev/null",
                f"--file={empty}",
                f"--file={script}",
                f"--dbname={self._address}",
            ]
        )

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's programs, addresses from our settings
            command,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = " ".join(done.stderr.split())[-600:]
            raise Refused(f"{Path(command[0]).name} failed: {last}")
