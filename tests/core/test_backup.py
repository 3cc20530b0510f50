"""`portal backup` and `portal restore` on both databases, as an operator types them."""

import hashlib
import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from portal.app import create_app
from portal.cli import portal
from portal.config import read
from portal.core import access, events, files
from portal.core.db import db
from portal.core.sessions import SessionRow
from tests import postgres
from tests.conftest import SECRET

NOW = datetime(2026, 6, 17, 8, tzinfo=UTC)
BY = access.operator("tests")
OTHER_SECRET = "tests-" + "y" * 40


@contextmanager
def database_of(kind: str, folder: Path, *, template: str | None = None) -> Iterator[str]:
    """Give the address of an empty database, or of a copy of the one at the address given."""
    if kind == "sqlite":
        path = folder / "portal.db"
        if template:
            shutil.copy(sa.make_url(template).database or "", path)
        yield f"sqlite:///{path}"
        return
    server = postgres.session_url()
    if server is None:
        pytest.skip("no PostgreSQL is to be had on this machine")
    name = sa.make_url(template).database if template else None
    with postgres.database(server, template=name) as url:
        yield url


class Place:
    """An installation of its own: a database, a folder, the command for it."""

    def __init__(self, url: str, folder: Path, secret: str = SECRET) -> None:
        self.folder = folder
        self.env = {
            "DATABASE_URL": url,
            "PORTAL_SECRET_KEY": secret,
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_LOG_LEVEL": "ERROR",
        }

    def __call__(self, *words: str) -> Result:
        made = []

        def make(settings: Any, **config: Any) -> Flask:
            made.append(create_app(settings, **{"JOBS_INLINE": True, **config}))
            return made[-1]

        found = CliRunner().invoke(portal, list(words), obj=make, env=self.env)
        for app in made:  # as the end of the process would
            with app.app_context():
                db.engine.dispose()
        return found

    @contextmanager
    def inside(self) -> Iterator[None]:
        with create_app(read(self.env), JOBS_INLINE=True).app_context():
            yield
            db.session.remove()
            db.engine.dispose()

    def verify(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self("audit", "verify", "--json").stdout)
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    """An installation as `portal init` leaves it, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("begun")
    with database_of(request.param, folder) as url:
        made = Place(url, folder)("init")
        assert made.exit_code == 0, made.output
        yield SimpleNamespace(kind=request.param, url=url)


@pytest.fixture
def there(begun: SimpleNamespace, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """An installation with events, a session, a checkpoint and a stored file; `other` is empty."""
    tmp_path.joinpath("here").mkdir()
    tmp_path.joinpath("there").mkdir()
    with (
        database_of(begun.kind, tmp_path / "here", template=begun.url) as url,
        database_of(begun.kind, tmp_path / "there") as second,
    ):
        here = Place(url, tmp_path / "here")
        with here.inside():
            for n in range(5):
                events.record("tests.done", by=BY, now=NOW, data={"n": n}, changes={"w": (None, n)})
            row = files.put(b"attached", name="a.txt", media_type="text/plain", klass=1, now=NOW)
            db.session.add(SessionRow(id="x" * 64, data="{}", begun_at=NOW, seen_at=NOW))
            db.session.commit()
            events.checkpoint(here.folder / "audit.checkpoints", now=NOW)
            db.session.rollback()
            digest = row.digest
        yield SimpleNamespace(
            here=here,
            other=Place(second, tmp_path / "there"),
            file=tmp_path / "copy.parley",
            digest=digest,
            kind=begun.kind,
        )


def backed_up(there: SimpleNamespace) -> dict[str, Any]:
    made = there.here("backup", str(there.file), "--json")
    assert made.exit_code == 0, made.output
    found: dict[str, Any] = json.loads(made.stdout)
    return found


def count(place: Place, statement: str) -> Any:
    with place.inside():
        return db.session.execute(sa.text(statement)).scalar()


def test_a_backup_comes_back_whole_in_an_empty_place(there):
    made = backed_up(there)
    assert made["database"] == there.kind
    assert made["files"] == 1
    assert there.file.stat().st_mode & 0o077 == 0
    put = there.other("restore", str(there.file), "--json")
    assert put.exit_code == 0, put.output
    assert json.loads(put.stdout)["whole"] is True
    assert there.other.verify()["whole"] is True
    with there.other.inside():
        assert b"".join(files.pieces(there.digest)) == b"attached"
        assert files.damaged() == []
        names = list(db.session.scalars(sa.select(events.Event.name).order_by(events.Event.seq)))
    assert names.count("tests.done") == 5
    assert names[-1] == "audit.restored"
    assert count(there.other, "select count(*) from session") == 0
    assert count(there.here, "select count(*) from event where name = 'audit.backed_up'") == 1
    marks = events.read_checkpoints(there.other.folder / "audit.checkpoints")
    assert marks == events.read_checkpoints(there.here.folder / "audit.checkpoints")


def test_what_is_there_is_replaced_only_when_told(there):
    backed_up(there)
    with there.here.inside():
        events.record("tests.later", by=BY, now=NOW)
        db.session.commit()
        events.checkpoint(there.here.folder / "audit.checkpoints", now=NOW)
        db.session.rollback()
    refused = there.here("restore", str(there.file))
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    later = "select count(*) from event where name = 'tests.later'"
    assert count(there.here, later) == 1
    put = there.here("restore", str(there.file), "--force", "--json")
    assert put.exit_code == 0, put.output
    assert count(there.here, later) == 0
    assert there.here.verify()["whole"] is True
    kept = json.loads(put.stdout)["later_checkpoints"]
    assert len(events.read_checkpoints(Path(kept))) == 2


def test_every_write_acknowledged_before_it_is_in_it(there):
    """Somebody writes without pause; what was committed when the backup began is in it."""
    acknowledged, ended = [0], threading.Event()

    def write() -> None:
        with there.here.inside():
            while not ended.is_set():
                events.record("tests.written", by=BY, now=NOW, data={"n": acknowledged[0] + 1})
                db.session.commit()
                acknowledged[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while acknowledged[0] < 20:
            ended.wait(0.01)
        before = acknowledged[0]
        made = there.here("backup", str(there.file))
        during = acknowledged[0] - before
    finally:
        ended.set()
        writer.join()
    assert made.exit_code == 0, made.output
    assert during > 0, "writers waited for the backup"
    assert there.other("restore", str(there.file)).exit_code == 0
    written = count(there.other, "select count(*) from event where name = 'tests.written'")
    assert written >= before
    assert there.other.verify()["whole"] is True


@pytest.mark.parametrize("part", ["database", "file", "cut", "manifest"])
def test_a_damaged_backup_changes_nothing(there, part):
    backed_up(there)
    if part == "cut":
        there.file.write_bytes(there.file.read_bytes()[:-200])
    else:
        with zipfile.ZipFile(there.file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = {
            "database": "database",
            "file": f"files/{there.digest}",
            "manifest": "manifest.json",
        }[part]
        parts[name] = parts[name][:-1] + b"#"
        with zipfile.ZipFile(there.file, "w") as archive:
            for key, content in parts.items():
                archive.writestr(key, content)
    before = there.here.verify()
    put = there.here("restore", str(there.file), "--force")
    assert put.exit_code == 1
    assert str(there.file) in put.stderr
    assert there.here.verify() == before


def test_a_backup_of_another_secret_is_refused(there):
    backed_up(there)
    stranger = Place(there.other.env["DATABASE_URL"], there.other.folder, OTHER_SECRET)
    put = stranger("restore", str(there.file))
    assert put.exit_code == 1
    assert "PORTAL_SECRET_KEY" in put.stderr
    assert not (there.other.folder / "portal.db").exists()


def test_a_lost_stored_file_is_told_and_the_rest_is_safe(there):
    path = there.here.folder / "files" / there.digest[:2] / there.digest
    path.write_bytes(b"altered")
    made = there.here("backup", str(there.file))
    assert made.exit_code == 1
    assert there.digest in made.stderr
    put = there.other("restore", str(there.file))
    assert put.exit_code == 1
    assert there.digest in put.stderr
    assert there.other.verify()["whole"] is True


def test_a_file_that_is_no_backup_is_never_overwritten(there):
    there.file.write_text("my notes")
    made = there.here("backup", str(there.file))
    assert made.exit_code == 1
    assert there.file.read_text() == "my notes"


def test_a_broken_log_in_a_backup_is_found(there, tmp_path):
    """Somebody altered the copy and put the digests right: the chain still tells."""
    if there.kind != "sqlite":
        pytest.skip("a dump of PostgreSQL cannot be altered in place")
    backed_up(there)
    with zipfile.ZipFile(there.file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    copy = tmp_path / "altered.db"
    copy.write_bytes(parts["database"])
    with sqlite3.connect(copy) as connection:
        connection.execute("drop trigger event_no_update")
        connection.execute("update event set data = '{\"n\": 9}' where name = 'tests.done'")
    connection.close()
    parts["database"] = copy.read_bytes()
    manifest = json.loads(parts["manifest.json"])
    manifest["digests"]["database"] = hashlib.sha256(parts["database"]).hexdigest()
    parts["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(there.file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    put = there.here("restore", str(there.file), "--force")
    assert put.exit_code == 1
    assert "Nothing was changed" in put.stderr
    assert there.here.verify()["whole"] is True


def test_without_the_programs_of_postgresql_it_says_what_to_install(there, monkeypatch):
    if there.kind != "postgresql":
        pytest.skip("SQLite needs no program")
    monkeypatch.setenv("PATH", "/nowhere")
    made = there.here("backup", str(there.file))
    assert made.exit_code == 1
    assert "postgresql-client" in made.stderr
