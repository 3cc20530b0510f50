"""The post under load: notices that are due, worked off by two workers against a mail server.

One pass of the ladder of notice writes them. Two `portal worker` processes on PostgreSQL, which
waits for the disk, take them to a mail server on this machine that counts what arrives by its
Message-ID.
"""

import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from bench import ladder, ours
from bench.rig import PORTAL
from portal.blueprints.notifications.models import Notification, State
from portal.core.db import db

HEAD = "## The post"
WORKERS, GOAL = 2, 200.0
PATIENCE = 600.0
ABOUT = """The notices of one pass of the ladder, worked off by {workers} processes of `portal worker` on PostgreSQL,
which waits for the disk, against a mail server on the same machine. Each is a message of its own: whether its
recipient may still see the case is asked, it is worded in their language as text and HTML, and the log says
that it left. The load of the machine was {load:.1f} before.

| notices | arrived | more than once | time | a second | goal: ≥ {goal:.0f} a second, nobody twice |
|---|---|---|---|---|---|
"""  # noqa: E501 - lines of the page


@dataclass(frozen=True)
class Run:
    """How many notices were due and arrived, how many of them more than once, in how many
    seconds.
    """

    due: int
    arrived: int
    twice: int
    seconds: float
    load: float

    @property
    def rate(self) -> float:
        """Give the notices that arrived in a second."""
        return self.arrived / self.seconds

    @property
    def reached(self) -> bool:
        """Say whether the goal was met, nobody was left out and nobody heard twice."""
        return self.rate >= GOAL and self.arrived == self.due and self.twice == 0


class Box:
    """A mail server that remembers how often each message came, and when the last one did."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.first = self.last = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message; named as the library asks for it."""
        head = BytesHeaderParser().parsebytes(envelope.content)
        self.seen[str(head["Message-ID"])] += 1
        self.last = time.monotonic()
        self.first = self.first or self.last
        return "250 OK"


def run(url: str, folder: Path, cases: int, beside: int) -> Run:
    """Let the ladder pass over many cases in an empty database, and two workers send what it wrote.

    The time runs from the arrival of the first message to that of the last.
    """
    ladder.run(url, folder, cases, beside)
    app = ours.make(url, folder)
    with app.app_context():
        due = _waiting()
        db.engine.dispose()
    box, load = Box(), os.getloadavg()[0]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with _workers(url, folder, smtp=f"smtp://127.0.0.1:{port}"):
            end = time.monotonic() + PATIENCE
            while len(box.seen) < due and time.monotonic() < end:
                time.sleep(0.05)
    finally:
        server.stop()
    seconds = box.last - box.first
    return Run(due, len(box.seen), sum(n > 1 for n in box.seen.values()), seconds, load)


def _waiting() -> int:
    there = sa.select(sa.func.count()).where(Notification.state == State.WAITING)
    return int(db.session.scalar(there) or 0)


@contextmanager
def _workers(url: str, folder: Path, *, smtp: str) -> Iterator[None]:
    known = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "DATABASE_"))}
    env = known | {
        "DATABASE_URL": url,
        "PORTAL_SECRET_KEY": ours.SECRET,
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_JOBS": "external",
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_BASE_URL": "http://127.0.0.1",
        "PORTAL_SMTP_URL": smtp,
        "PORTAL_MAIL_FROM": "parley@bench.example",
    }
    with (folder / "workers.log").open("ab") as log:
        made = [
            subprocess.Popen([PORTAL, "worker"], env=env, cwd=folder, stdout=log, stderr=log)
            for _n in range(WORKERS)
        ]
    try:
        yield
    finally:
        for one in made:
            one.terminate()
        for one in made:
            one.wait(60)


def page(found: Run) -> str:
    """Give the section of the page."""
    line = (
        f"| {found.due:,} | {found.arrived:,} | {found.twice} | {found.seconds:.1f} s "
        f"| {found.rate:.0f} | {'reached' if found.reached else '**missed**'} |"
    )
    return f"{HEAD}\n\n{ABOUT.format(workers=WORKERS, load=found.load, goal=GOAL)}{line}\n"
