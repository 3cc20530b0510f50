"""A portal as a process of its own, that can be killed, with what an experiment needs in it."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import ours
from portal.blueprints.accounts import actions as accounts
from portal.blueprints.auth import actions as auth
from portal.blueprints.auth import queries as people
from portal.blueprints.policies import actions as policies
from portal.core import access, clock
from portal.core.access import Grade, Role
from portal.core.db import db
from tests import postgres

PORTAL = Path(sys.executable).parent / "portal"
BY = access.operator("bench faults")
WRITERS = 6


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 where nothing did."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Rig:
    """An installation on a database, with one account for each writer and a token for all."""

    url: str
    folder: Path
    jobs: str = "embedded"
    port: int = 0
    token: str = ""
    accounts: list[str] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def env(self) -> dict[str, str]:
        """Give the settings of its processes."""
        known = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "DATABASE_"))}
        return known | {
            "DATABASE_URL": self.url,
            "PORTAL_SECRET_KEY": ours.SECRET,
            "PORTAL_INSTANCE": str(self.folder),
            "PORTAL_JOBS": self.jobs,
            "PORTAL_LOG_LEVEL": "WARNING",
            "PORTAL_BASE_URL": f"http://127.0.0.1:{self.port}",
        }

    def prepare(self) -> None:
        """Migrate, and put people, accounts and a token in."""
        app = ours.make(self.url, self.folder)
        ours.prepare(app)
        with app.app_context():
            now = clock.now()
            auth.ensure_roles()
            auth.ensure_organisation(name="Halden Systems").confirmed_at = now
            policies.publish_defaults(by=BY, now=now)
            person = auth.add_person(
                email="faults@bench.example",
                name="Fanny Faults",
                roles=[Role.ESCALATION_MANAGER],
                password="bench horse battery staple",
                grade=Grade.MANAGER,
                by=BY,
                now=now,
            )
            db.session.flush()
            for n in range(WRITERS):
                made = accounts.create(
                    name=f"Forges {n}", owner_id=person.id, currency="EUR", by=BY, now=now
                )
                self.accounts.append(made.reference)
            _token, self.token = auth.make_token(
                person,
                name="faults",
                scopes=list(access.Permission),
                days=365,
                by=people.actor(person.id),
                now=now,
            )
            db.session.commit()
            db.session.remove()
            db.engine.dispose()

    def start(self) -> float:
        """Start serving; gives the seconds until it was ready."""
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        begun = time.monotonic()
        log = (self.folder / "server.log").open("ab")
        command = [str(PORTAL), "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.env, cwd=self.folder, stdout=log, stderr=log
        )
        log.close()
        while self.ask("GET", "/readyz").status != 200:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "server.log").read_text()[-2000:])
            time.sleep(0.02)
        return time.monotonic() - begun

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", patience: float = 15
    ) -> Answer:
        """Ask for something over a connection of its own."""
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            line.request(method, path, json.dumps(body) if body else None, headers)
            response = line.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            return Answer(0, {}, time.monotonic() - begun)
        finally:
            line.close()
        found = {}
        with contextlib.suppress(ValueError):
            found = json.loads(content)
        return Answer(response.status, found, time.monotonic() - begun)

    def declare(self, n: int, key: str, *, patience: float = 15) -> Answer:
        """Declare a case whose words are its key, at the n-th account."""
        body = {"account": self.accounts[n % WRITERS], "words": key, "demand": "An answer"}
        return self.ask("POST", "/api/v1/escalations/", body, key=key, patience=patience)

    def cases(self) -> dict[str, list[str]]:
        """Give the references of the cases in the database by their words."""
        app = ours.make(self.url, self.folder)
        found: dict[str, list[str]] = {}
        with app.app_context():
            for ref, words in db.session.execute(
                sa.text("select reference, customer_words from escalation")
            ):
                found.setdefault(words, []).append(ref)
            db.session.remove()
            db.engine.dispose()
        return found

    def verify(self) -> dict[str, Any]:
        """Ask the command whether the log is whole."""
        done = subprocess.run(
            [PORTAL, "audit", "verify", "--json"], env=self.env, capture_output=True, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


class Postgres:
    """A PostgreSQL server of our own, with fsync, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        programs = postgres.server_programs()
        if programs is None:
            raise SystemExit("No PostgreSQL is to be had on this machine.")
        self.programs, self.folder = programs, folder
        if os.geteuid() == 0:
            shutil.chown(folder, postgres.ACCOUNT)
        form = ("--auth=trust", "--encoding=UTF8", f"--username={postgres.ACCOUNT}")
        postgres._run(str(programs / "initdb"), f"--pgdata={folder}/data", *form)

    @property
    def url(self) -> str:
        """Give its address."""
        return f"{postgres.DIALECT}{postgres.ACCOUNT}@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = (*postgres.SETTINGS, f"unix_socket_directories={self.folder}")
        postgres._run(
            str(self.programs / "pg_ctl"),
            f"--pgdata={self.folder}/data",
            f"--log={self.folder}/log",
            "--wait",
            "--options=" + " ".join(f"-c {one}" for one in settings),
            "start",
        )

    def crash(self) -> None:
        """End it without letting anything settle."""
        control = str(self.programs / "pg_ctl")
        postgres._run(control, f"--pgdata={self.folder}/data", "--mode=immediate", "stop")


@contextmanager
def prepared(url: str, folder: Path) -> Iterator[Rig]:
    """Give an installation on the database at an address; it ends with the block."""
    rig = Rig(url, folder)
    rig.prepare()
    try:
        yield rig
    finally:
        rig.stop()


@contextmanager
def sqlite() -> Iterator[Rig]:
    """Give an installation on SQLite."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        with prepared(f"sqlite:///{folder / 'portal.db'}", folder) as rig:
            yield rig


@contextmanager
def postgresql() -> Iterator[tuple[Rig, Postgres]]:
    """Give an installation on PostgreSQL, and its server."""
    with (
        tempfile.TemporaryDirectory(prefix="faults-pg-", ignore_cleanup_errors=True) as place,
        tempfile.TemporaryDirectory(prefix="faults-") as name,
    ):
        server = Postgres(Path(place))
        server.start()
        try:
            with prepared(server.url, Path(name)) as rig:
                yield rig, server
        finally:
            server.crash()
