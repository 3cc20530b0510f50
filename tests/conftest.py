"""Fixtures: two databases, made once and copied for each test; people with a browser; counted
queries.
"""

import contextvars
import gc
import html.parser
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from portal.app import create_app
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth.models import Team
from portal.blueprints.notifications.models import Duty
from portal.config import Settings
from portal.core import clock, jobs, search
from portal.core.db import db as _db
from portal.core.sessions import TAGGED, SessionRow, hashed
from tests import cast as _cast
from tests import postgres

SHARED = Path(__file__).resolve().parents[2] / "shared"
SECRET = "tests-" + "x" * 40
# For what is costly and reads no differently on the other database.
ON_SQLITE_ALONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# What is imported and collected below stays: until all of it is there nobody looks for garbage.
gc.disable()

# No page stays long enough for its scripts to be worth a second compiler beside them.
CHROMIUM = ["--no-sandbox", "--js-flags=--single-threaded --max-lazy --no-opt"]

# What a password costs to hash is the library's business; here it is paid hundreds of times.
QUICK_HASH = {"argon2__rounds": 1, "argon2__memory_cost": 32}
# A busy machine is no failure, and a run says the same today and tomorrow.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.load_profile("tests")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: some tests mostly wait for a server or a browser."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, in each process with a part of it: at the end all others would
    have to wait for it. Every process is given an equal share of what stands in a row.
    """
    processes = getattr(config, "workerinput", {}).get("workercount", 1)
    longest = [item for item in items if item.get_closest_marker("longest")]
    files = list(dict.fromkeys(item.path for item in longest))  # what one sets up is used by all
    others = iter([item for item in items if not item.get_closest_marker("longest")])
    left, ordered = len(items), list[pytest.Item]()
    for process in range(processes):
        share = left // (processes - process)
        first = [item for item in longest if item.path in files[process::processes]]
        ordered += [*first, *itertools.islice(others, share - len(first))]
        left -= share
    items[:] = ordered


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage from here on, but not among what was collected: it would be walked through
    again and again.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20)  # as `portal serve` does; it is a twentieth of the time
    gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the real data are not beside this checkout")
    return SHARED / "data"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the whole run; a process can drive no second one."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no browser is to be had on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One folder of compiled templates for all processes of a run, whoever starts them."""
    base = tmp_path_factory.getbasetemp()
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_CACHE", str(place / "templates"))
        yield


class Sqlite:
    """A SQLite file, copied from a template before each test."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path, self.template = folder / "test.db", folder / "template.db"
        self.url = f"sqlite:///{self.path}"

    def spare_the_disk(self) -> None:
        """The data live as long as the run: no commit waits for the disk."""
        sa.event.listen(
            _db.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF")
        )

    def keep(self) -> None:
        with _db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _db.engine.dispose()
        shutil.copy(self.path, self.template)

    def reset(self) -> None:
        _db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.template, self.path)

    def close(self) -> None:
        """A file needs no goodbye."""


SCHEMAS = ("create schema kept", "create schema watch")
WRITTEN = "create table watch.written (name text)"
COUNTER = "create table watch.counter (sequence text, value bigint)"
NOTE = """create function watch.note() returns trigger language plpgsql as $$
begin insert into watch.written values (tg_table_name); return null; end $$"""
# As a replica no trigger fires and no foreign key is looked at: rows go back in any order. Numbers
# are given out for good, also to what was rolled back: all of them begin anew.
PUT_BACK = """create function watch.reset() returns void language plpgsql as $$
declare one text;
begin
  for one in
    select k.relname from pg_class k
    where k.relnamespace = 'kept'::regnamespace and k.relkind = 'r' and not exists (
      select from pg_class c join pg_trigger g on g.tgrelid = c.oid and g.tgname = 'noted'
      where c.relnamespace = 'public'::regnamespace and c.relname = k.relname)
  loop
    execute format('create trigger noted after insert or update or delete or truncate on public.%I'
      ' for each statement execute function watch.note()', one);
    insert into watch.written values (one);
  end loop;
  set local session_replication_role = replica;
  for one in select distinct name from watch.written loop
    execute format('delete from public.%1$I', one);
    execute format('insert into public.%1$I select * from kept.%1$I', one);
  end loop;
  if found then truncate watch.written; end if;
  perform setval(sequence::regclass, value) from watch.counter;
end $$"""


class Postgres:
    """A PostgreSQL database whose rows are put back before each test.

    Copying a whole database costs ten times as much, and so does looking at tables nobody wrote
    to: a trigger keeps the names of the others, and tables made anew get theirs again. The schema
    stays.
    """

    kind = "postgresql"

    def __init__(self, server: str) -> None:
        name = f"parley_{os.getpid()}"
        self._run(postgres.plain(server), f"drop database if exists {name} with (force)")
        self._run(postgres.plain(server), f"create database {name}")
        self.url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
        self.plain = postgres.plain(self.url)
        # One connection for all resets.
        self.keeper = psycopg.connect(self.plain, autocommit=True)

    def spare_the_disk(self) -> None:
        """The server was started so, see tests/postgres.py."""

    def _run(self, address: str, *statements: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def keep(self) -> None:
        _db.engine.dispose()
        tables = [table.name for table in _db.metadata.sorted_tables]
        tables += [index.name for index in search.INDEXES]
        copies = [f'create table kept."{name}" as table public."{name}"' for name in tables]
        counters = [
            f"insert into watch.counter select '{sequence}',"
            f' coalesce(max(id), 0) + 1 from public."{table}"'
            for table, sequence in self._sequences()
        ]
        self._run(self.plain, *SCHEMAS, *copies, WRITTEN, COUNTER, *counters, NOTE, PUT_BACK)

    def _sequences(self) -> list[tuple[str, str]]:
        with psycopg.connect(self.plain) as connection:
            rows = connection.execute(
                "select c.relname, pg_get_serial_sequence(quote_ident(c.relname), 'id')"
                " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'id'"
                " join pg_namespace n on n.oid = c.relnamespace"
                " where n.nspname = 'public' and c.relkind = 'r'"
            )
            return [(table, sequence) for table, sequence in rows if sequence]

    def reset(self) -> None:
        # What a test left in the middle of a transaction would hold its rows for ever.
        others = "pid <> pg_backend_pid() and datname = current_database() and state <> 'idle'"
        ended = self.keeper.execute(
            f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"
        )
        if ended.rowcount:
            _db.engine.dispose()
        self.keeper.execute("select watch.reset()")

    def close(self) -> None:
        self.keeper.close()


@pytest.fixture(scope="session")
def built(
    compiled_templates: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Sqlite | Postgres, Flask]]]:
    """Give the database of a kind, and the application on it: each is built once for all tests of
    a process, however often they change from one kind to the other.
    """
    kept: dict[str, tuple[Sqlite | Postgres, Flask]] = {}

    def give(kind: str) -> tuple[Sqlite | Postgres, Flask]:
        if kind not in kept:
            found = _empty(kind, tmp_path_factory)
            kept[kind] = found, _application(found, tmp_path_factory)
        return kept[kind]

    yield give
    for database, app in kept.values():
        with app.app_context():
            _db.engine.dispose()
        database.close()


def _empty(kind: str, folders: pytest.TempPathFactory) -> Sqlite | Postgres:
    if kind == "sqlite":
        return Sqlite(folders.mktemp("sqlite"))
    server = postgres.session_url()
    if server is None:
        pytest.skip("no PostgreSQL is to be had on this machine")
    return Postgres(server)


def _application(database: Sqlite | Postgres, folders: pytest.TempPathFactory) -> Flask:
    settings = Settings(
        database_url=database.url,
        secret_key=SECRET,
        base_url="http://127.0.0.1:8000",
        log_level="ERROR",
        public_per_minute=0,
        instance=folders.mktemp("instance"),
        cache=Path(os.environ["PORTAL_CACHE"]),
        audit_checkpoints=str(folders.mktemp("audit") / "checkpoints"),
    )
    app = create_app(
        settings,
        TESTING=True,
        JOBS_INLINE=True,
        WTF_CSRF_ENABLED=False,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH,
    )
    with app.app_context(), clock.moved(_cast.NOW):
        database.spare_the_disk()
        upgrade()
        app.extensions["test_cast"] = _cast.build()
        database.keep()
    return app


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, built: Callable[[str], tuple[Sqlite | Postgres, Flask]]
) -> Sqlite | Postgres:
    """Each test that touches the database runs on both."""
    return built(request.param)[0]


@pytest.fixture(scope="session")
def app(
    database: Sqlite | Postgres, built: Callable[[str], tuple[Sqlite | Postgres, Flask]]
) -> Flask:
    """The application on a migrated database that holds the cast."""
    return built(database.kind)[1]


@pytest.fixture
def now() -> datetime:
    """The time at which every test begins: Wednesday 17 June 2026, 10:00 in Paris."""
    return _cast.NOW


@pytest.fixture
def db(app: Flask, database: Sqlite | Postgres, now: datetime) -> Iterator[Any]:
    """A fresh copy of the database, inside an application context, with the clock at `now`."""
    jobs_kept = app.extensions["portal_jobs"].inline
    jobs_kept.clear()
    with app.app_context(), clock.moved(now):
        database.reset()
        account_queries.forget_totals()
        yield _db
        _db.session.rollback()
        _db.session.remove()


@pytest.fixture
def cast(app: Flask, db: Any) -> _cast.Cast:
    """Everybody by first name."""
    found: _cast.Cast = app.extensions["test_cast"]
    return found


BLOCKS = {"form", "div", "p", "ul", "ol", "dl", "table", "section", "details", "figure", "h2", "h3"}


class OneHeading(html.parser.HTMLParser):
    """Collects what every page must have."""

    def __init__(self) -> None:
        super().__init__()
        self.h1: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.forms: list[dict[str, Any]] = []
        self.title = ""
        self.burst: list[str] = []
        self._in: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "p" in self._in and tag in BLOCKS:
            self.burst.append(f"<{tag}> in <p>: {given}")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "h1":
            self.h1.append("")
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag == "form":
            self.forms.append({"attrs": given, "names": set()})
        if tag in {"input", "select", "textarea"}:
            self.fields.append(
                {**given, "tag": tag, "wrapped": "label" if "label" in self._in else None}
            )
            if self.forms:
                self.forms[-1]["names"].add(given.get("name"))
        if tag not in {"input", "meta", "link", "br", "hr", "img", "use", "path", "col"}:
            self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "h1" in self._in:
            self.h1[-1] += data
        if self._in and self._in[-1] == "title":
            self.title += data


def check_page(text: str) -> None:
    """Hold a page against what every page promises."""
    found = OneHeading()
    found.feed(text)
    assert len(found.h1) == 1, f"one h1, not {found.h1}"
    heading = " ".join(found.h1[0].split())
    assert " ".join(found.title.split()).startswith(heading[:60]), (found.title, heading)
    assert len(found.ids) == len(set(found.ids)), (
        f"double ids: {sorted(i for i in found.ids if found.ids.count(i) > 1)}"
    )
    assert not found.burst, f"a browser ends the paragraph before these: {found.burst}"
    for field in found.fields:
        silent = field.get("type") in {"hidden", "submit"}
        named = (
            field.get("id") in found.labels
            or field["wrapped"]
            or field.get("aria-label")
            or field.get("aria-labelledby")
        )
        assert silent or named, f"a field without a label: {field}"
    for form in found.forms:
        assert form["attrs"].get("action"), f"a form without an action: {form}"
        if (form["attrs"].get("method") or "get").lower() == "post":
            assert "csrf_token" in form["names"], f"a form without a token: {form}"


class Browser:
    """A person's browser: each request has an application context and a database session of its
    own.
    """

    def __init__(self, app: Flask, user_key: str | None, moment: Callable[[], datetime]) -> None:
        self.app, self.moment = app, moment
        self.client: FlaskClient = app.test_client()
        if user_key:
            word = secrets.token_urlsafe(16)
            data = {
                "_user_id": user_key,
                "_fresh": True,
                "fs_cc": "set",
                "fs_paa": moment().timestamp(),
                "identity": "x",
            }
            _db.session.add(
                SessionRow(
                    id=hashed(word),
                    user_key=user_key,
                    data=TAGGED.dumps(data),
                    begun_at=moment(),
                    seen_at=moment(),
                )
            )
            _db.session.commit()
            self.client.set_cookie(app.config["SESSION_COOKIE_NAME"], word)

    def _open(self, method: str, url: str, **more: Any) -> Any:
        _db.session.commit()
        moment = self.moment()

        def send() -> Any:
            with clock.moved(moment):
                return self.client.open(url, method=method, **more)

        # A context of its own: an outer one would share `g` and the session, and hide a forgotten
        # commit.
        response = contextvars.Context().run(send)
        _db.session.expire_all()
        return response

    def get(self, url: str, **more: Any) -> Any:
        response = self._open("GET", url, **more)
        if (
            response.status_code == 200
            and response.mimetype == "text/html"
            and "HX-Request" not in more.get("headers", {})
        ):
            check_page(response.get_data(as_text=True))
        return response

    def post(self, url: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self._open("POST", url, data=data, **more)

    def text(self, url: str) -> str:
        response = self.get(url)
        assert response.status_code == 200, (
            url,
            response.status_code,
            response.get_data(as_text=True)[:300],
        )
        return response.get_data(as_text=True)  # type: ignore[no-any-return]


@pytest.fixture
def watched_nights(db: Any, cast: _cast.Cast, now: datetime) -> None:
    """A team with somebody on duty round the clock: clocks that run at night can be published."""
    team = Team(name="Escalations")
    db.session.add(team)
    db.session.flush()
    end = now + timedelta(days=400)
    db.session.add(Duty(team_id=team.id, person_id=cast.ids["erik"], starts_at=now, ends_at=end))
    db.session.commit()


@pytest.fixture
def browse(app: Flask, cast: _cast.Cast) -> Callable[..., Browser]:
    """Give a person's browser: `browse("carl").get("/")`; without a name nobody is signed in."""

    def make(name: str | None = None) -> Browser:
        key = cast.user(name).fs_uniquifier if name else None
        return Browser(app, key, clock.now)

    return make


@pytest.fixture
def run_jobs(app: Flask, db: Any) -> Callable[[], int]:
    """Do what is queued, and what that queues."""

    def run() -> int:
        db.session.commit()
        return jobs.drain()

    return run


@pytest.fixture
def queries_at_most(app: Flask) -> Callable[[int], Any]:
    """Fail when more statements than that are sent: `with queries_at_most(6): …`."""

    @contextmanager
    def count(most: int) -> Iterator[list[str]]:
        seen: list[str] = []
        # The name of the house is read once a minute: not just now, whatever the clock says.
        house = app.extensions.get("portal_house", {})
        until = house.get("until")
        house["until"] = float("inf")

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not re.match(r"(PRAGMA|BEGIN|SAVEPOINT|RELEASE|SET TRANSACTION)", statement):
                seen.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            house["until"] = until
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        assert len(seen) <= most, f"{len(seen)} statements:\n" + "\n".join(s[:150] for s in seen)

    return count
