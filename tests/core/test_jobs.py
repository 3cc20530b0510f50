"""Jobs in real processes: queued with the change, done once, whoever is killed meanwhile.

Over a second each: they start servers and workers, and kill them.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from portal.app import create_app
from portal.config import read
from portal.core import jobs
from portal.core.db import db
from portal.core.jobs import engine
from portal.core.jobs.tables import JobFailure, JobWorker
from tests import postgres

ROOT = Path(__file__).resolve().parents[2]
SECRET = "tests-" + "y" * 40

# A process with two kinds of job more than the shipped ones: one that can be held in its middle,
# and one on the clock.
PROGRAM = """
import os, time
from datetime import timedelta
import sqlalchemy as sa
from portal import app as portal_app
from portal.core import jobs
from portal.core.db import db

def effect(key):
    db.session.execute(sa.text("insert into effect (key) values (:key)"), {{"key": key}})

def slow(key):
    open({marks!r} + "/" + key, "a").write("begun\\n")
    while os.path.exists({marks!r} + "/hold"):
        time.sleep(0.05)
    effect(key)

def tick(now):
    effect("tick " + now)

make = portal_app.create_app
def create_app(*args, **more):
    made = make(*args, **more)
    jobs.add(made, "tests.slow", slow)
    jobs.every(made, timedelta(seconds=2), "tests.tick", tick)
    return made
portal_app.create_app = create_app

portal_app.main()
"""


class House:
    """An installation of its own: database, settings, and the processes that were started; `begun`
    where the database is a copy of one that was.
    """

    def __init__(self, folder, url, *, begun=False):
        self.folder, self.marks, self.processes = folder, folder / "marks", []
        self.marks.mkdir()
        self.program = folder / "program.py"
        self.program.write_text(PROGRAM.format(marks=str(self.marks)))
        self.env = {
            **os.environ,
            "DATABASE_URL": url,
            "PORTAL_SECRET_KEY": SECRET,
            "PORTAL_INSTANCE": str(folder / "instance"),
            "PORTAL_LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        self.engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        if begun:
            return
        self.run("init")
        assert not (folder / "instance").exists(), "all of it is in the database"
        with self.engine.begin() as connection:
            connection.execute(sa.text("create table effect (key varchar(200))"))

    def run(self, *args):
        command = [sys.executable, str(self.program), *map(str, args)]
        subprocess.run(
            command, env=self.env, cwd=self.folder, check=True, capture_output=True, timeout=90
        )

    def start(self, *args, **env):
        process = subprocess.Popen(
            [sys.executable, str(self.program), *args],
            env=self.env | env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.processes.append(process)
        return process

    @cached_property
    def outside(self):
        """The application in this process, which only queues: others work."""
        return create_app(read(self.env))

    def enqueue(self, prefix, *, count=1, dropped=False):
        """Queue jobs in one transaction, which is rolled back where they are `dropped`."""
        with self.outside.app_context():
            for key in (f"{prefix}{i}" for i in range(count)):
                jobs.enqueue("tests.slow", key=key, payload={"key": key})
            db.session.rollback() if dropped else db.session.commit()
            db.engine.dispose()

    @contextmanager
    def held(self):
        """Let no slow job go beyond its middle."""
        hold = self.marks / "hold"
        hold.touch()
        yield
        hold.unlink()

    def pass_time(self):
        """Wait until the clock of the jobs has struck twice more."""
        before = len(self.effects("tick"))
        until(lambda: len(self.effects("tick")) >= before + 2)

    def effects(self, prefix):
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text("select key from effect")).scalars()
            return sorted(key for key in rows if key.startswith(prefix))

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            if not process.stdout.closed:
                process.communicate()
        self.engine.dispose()


def until(found, *, within=40.0):
    """Wait for something to become true."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if found():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status(port, path="/healthz"):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


@pytest.fixture(scope="module")
def small_begun(tmp_path_factory):
    """A database on SQLite that was begun, for each test to copy."""
    file = tmp_path_factory.mktemp("small") / "portal.db"
    House(file.parent, f"sqlite:///{file}").close()
    assert not file.with_name("portal.db-wal").exists(), "all of it is in one file"
    return file


@pytest.fixture
def small_house(tmp_path, small_begun):
    """SQLite, and one process that serves and works."""
    shutil.copy(small_begun, tmp_path)
    made = House(tmp_path, f"sqlite:///{tmp_path / small_begun.name}", begun=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def large_begun(tmp_path_factory):
    """The name of a database on PostgreSQL that was begun."""
    server = postgres.session_url()
    if server is None:
        pytest.skip("no PostgreSQL is to be had on this machine")
    with postgres.database(server) as url:
        House(tmp_path_factory.mktemp("large"), url).close()
        yield sa.make_url(url).database


@pytest.fixture
def large_house(tmp_path, large_begun):
    """PostgreSQL, and workers beside the server."""
    with postgres.database(postgres.session_url(), template=large_begun) as url:
        made = House(tmp_path, url, begun=True)
        yield made
        made.close()


@pytest.mark.longest
def test_one_process_serves_and_works(small_house):
    port = free_port()
    server = small_house.start("serve", "--port", str(port))
    until(lambda: status(port) == 200)
    small_house.enqueue("one", count=3)
    small_house.enqueue("never", dropped=True)
    until(lambda: len(small_house.effects("one")) == 3)
    small_house.enqueue("one", count=3)
    until(lambda: len(small_house.effects("tick")) >= 2)
    assert len(small_house.effects("one")) == 3, "the same key again is the same job"
    assert small_house.effects("never") == []
    ticks = small_house.effects("tick")
    assert len(ticks) == len(set(ticks)), "once per period"
    server.kill()
    noise = server.communicate()[0].decode()
    assert "Traceback" not in noise
    assert len(noise.splitlines()) <= 5, noise


@pytest.mark.longest
def test_a_server_killed_in_the_middle_of_a_job_loses_nothing(small_house):
    port = free_port()
    small_house.start("serve", "--port", str(port))
    until(lambda: status(port) == 200)
    with small_house.held():
        small_house.enqueue("mid")
        until((small_house.marks / "mid0").exists)
        os.kill(small_house.processes[-1].pid, signal.SIGKILL)
    assert small_house.effects("mid") == []
    small_house.start("serve", "--port", str(port))
    until(lambda: small_house.effects("mid") == ["mid0"], within=120)
    small_house.pass_time()
    assert small_house.effects("mid") == ["mid0"], "its effect is there once"


@pytest.mark.longest
def test_a_worker_killed_in_the_middle_is_stood_in_for(large_house):
    first = large_house.start("worker")
    with large_house.held():
        large_house.enqueue("mid", count=4)
        until((large_house.marks / "mid0").exists)
        second = large_house.start("worker")
        first.kill()
    until(lambda: len(large_house.effects("mid")) == 4, within=120)
    large_house.pass_time()
    assert len(large_house.effects("mid")) == 4
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=15) == 0, "a worker ends when it is asked to"


@pytest.mark.longest
def test_two_workers_share_the_clock(large_house):
    large_house.start("worker")
    large_house.start("worker")
    until(lambda: len(large_house.effects("tick")) >= 3)
    ticks = [key.removeprefix("tick ") for key in large_house.effects("tick")]
    slots = [int(datetime.fromisoformat(at).timestamp() // 2) for at in ticks]
    assert len(slots) == len(set(slots))


@pytest.mark.longest
def test_forty_dripping_sockets_do_not_stall_the_server(small_house):
    port = free_port()
    small_house.start("serve", "--port", str(port), PORTAL_JOBS="external")
    until(lambda: status(port) == 200)
    drips = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    try:
        for drip in drips:
            drip.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        for _ in range(20):
            for drip in drips:
                drip.sendall(b"X")
            assert status(port) == 200, "within the patience of who asks"
    finally:
        for drip in drips:
            drip.close()


def test_what_a_process_began_that_never_showed_its_life_is_taken_over(app, db, now, monkeypatch):
    """It was killed before its first sign of life was written."""
    begun = {"gone": "a", "here": "b", "me": "c", "late": "d"}
    resumed = []

    class Engine:
        def list_workflows(self, *, executor_id=None, **more):
            assert more["status"] == "PENDING"
            asked = begun if executor_id is None else set(executor_id) & set(begun)
            return [
                SimpleNamespace(executor_id=one, workflow_id=begun[one], queue_name="default")
                for one in sorted(asked)
            ]

        def resume_workflow(self, number, *, queue_name):
            resumed.append((number, queue_name))

    monkeypatch.setattr(engine, "DBOS", Engine())
    app.extensions.pop("portal_jobs_strangers", None)
    for one, ago in (("here", 1), ("late", 60)):
        db.session.add(JobWorker(executor_id=one, seen_at=now - timedelta(seconds=ago)))
    engine._reap("me", now)
    assert sorted(resumed) == [("a", "default"), ("d", "default")]
    assert set(db.session.scalars(sa.select(JobWorker.executor_id))) == {"here", "me"}
    resumed.clear()
    engine._reap("me", now + timedelta(seconds=1))
    assert resumed == [], "it looks around only once in a while"


def test_a_failure_is_noted_however_long_the_database_is_busy(app, db, monkeypatch):
    waited, answers = [], [sa.exc.TimeoutError("too many writers")] * 6
    noted = engine._note_failure

    def busy(*given):
        if answers:
            raise answers.pop()
        noted(*given)

    monkeypatch.setattr(engine, "_note_failure", busy)
    monkeypatch.setattr(engine.time, "sleep", waited.append)
    engine._insist_on_note("audit.checkpoint", "busy:1", {}, RuntimeError())
    assert waited == [1, 2, 4, 8, 16, 30]
    assert db.session.scalar(sa.select(JobFailure.tries).where(JobFailure.key == "busy:1")) == 1
