"""The post under load: notices that are due and a message to many customers, worked off by two
`portal worker` processes against a mail server on this machine that counts what arrives.

python -m bench.post [--notices N] [--accounts N] [--out FILE]
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from bench import fill, ladder, ours, report
from bench.rig import PORTAL
from portal.blueprints.auth import queries as people
from portal.blueprints.auth.models import Role as RoleRow
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations.models import (
    AffectedAccount,
    Escalation,
    MailingLine,
    NextNotice,
)
from portal.blueprints.notifications.models import Notification, State
from portal.core import clock
from portal.core.access import Role
from portal.core.db import db, insert_all_once
from tests import postgres

HEAD = "## The post"
WORKERS, GOAL, PATIENCE = 2, 200.0, 900.0
NOTICES, ACCOUNTS, BESIDE = 10_000, 2_000, 5_000
ABOUT = """Worked off by {workers} processes of `portal worker` on PostgreSQL, which waits for the disk, against a mail
server on the same machine. Of each notice it is asked whether its recipient may still see the case; it is worded
in their language as text and HTML, and the log says that it left. The message to other customers is written to
each of them by a job, in batches, half-way through which both workers are killed and begun anew. Time runs from
the first message that arrives to the last; processor time is that of the workers alone, without database and
mail server, which share the two cores with them. The load of the machine was {load:.1f} before.

| what | due | arrived | more than once | time | a second | processor time of one | goal |
|---|---|---|---|---|---|---|---|
"""  # noqa: E501 - lines of the page


@dataclass(frozen=True)
class Run:
    """How many messages were due and arrived, how many of them more than once under another
    Message-ID, in how many seconds, and what the workers needed for them.
    """

    what: str
    due: int
    arrived: int
    twice: int
    seconds: float
    processor: float
    load: float
    goal: float = 0.0

    @property
    def rate(self) -> float:
        """Give the messages that arrived in a second."""
        return self.arrived / self.seconds if self.seconds else 0.0

    @property
    def reached(self) -> bool:
        """Say whether the goal was met, nobody was left out and nobody heard twice."""
        return self.rate >= self.goal and self.arrived == self.due and self.twice == 0


class Box:
    """A mail server that remembers how often each message of those that count came, and when the
    last of them did.
    """

    def __init__(self, counts: Callable[[str, str], bool]) -> None:
        self.counts = counts
        self.seen: Counter[str] = Counter()
        self.ids: dict[str, set[str]] = {}
        self.first = self.last = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message; named as the library asks for it."""
        head = BytesHeaderParser().parsebytes(envelope.content)
        message_id = str(head["Message-ID"])
        for address in envelope.rcpt_tos:
            if not self.counts(message_id, address):
                return "250 OK"
            self.seen[message_id] += 1
            self.ids.setdefault(address, set()).add(message_id)
        self.last = time.monotonic()
        self.first = self.first or self.last
        return "250 OK"


@contextmanager
def mail_server(counts: Callable[[str, str], bool]) -> Iterator[tuple[Box, str]]:
    """Give a mail server and its address; it counts what (Message-ID, recipient) counts."""
    box = Box(counts)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box, f"smtp://127.0.0.1:{port}"
    finally:
        server.stop()


class Workers:
    """Processes of `portal worker`, their processor time, and their end."""

    def __init__(self, url: str, folder: Path, smtp: str) -> None:
        known = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "DATABASE_"))}
        self.env = known | {
            "DATABASE_URL": url,
            "PORTAL_SECRET_KEY": ours.SECRET,
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_JOBS": "external",
            "PORTAL_LOG_LEVEL": "WARNING",
            "PORTAL_BASE_URL": "http://127.0.0.1",
            "PORTAL_SMTP_URL": smtp,
            "PORTAL_MAIL_FROM": "parley@bench.example",
        }
        self.folder, self.made = folder, list[subprocess.Popen[bytes]]()

    def begin(self) -> None:
        """Begin them."""
        with (self.folder / "workers.log").open("ab") as log:
            self.made = [
                subprocess.Popen(
                    [PORTAL, "worker"], env=self.env, cwd=self.folder, stdout=log, stderr=log
                )
                for _n in range(WORKERS)
            ]

    def used(self) -> float:
        """Give the processor time of those that run, in seconds."""
        ticks = 0
        for one in self.made:
            stat = Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self, *, hard: bool = False) -> None:
        """End them, or kill them where they stand."""
        for one in self.made:
            one.kill() if hard else one.terminate()
        for one in self.made:
            one.wait(PATIENCE)
        self.made = []


def work_off(
    workers: Workers, box: Box, due: int, *, kill_at: int = 0, patience: float = PATIENCE
) -> tuple[float, float]:
    """Let workers send until everything arrived; gives seconds and processor time from the first
    message to the last. They are killed once `kill_at` messages arrived, and begun anew.
    """
    end, before = time.monotonic() + patience, 0.0
    workers.begin()
    try:
        used = workers.used()
        while len(box.seen) < due and time.monotonic() < end:
            time.sleep(0.02)
            used = used if box.first else workers.used()
            if kill_at and len(box.seen) >= kill_at:
                before, kill_at = workers.used() - used, 0
                workers.end(hard=True)
                workers.begin()
                used = 0.0
        return box.last - box.first, before + workers.used() - used
    finally:
        workers.end()


def notices(url: str, folder: Path, app: Flask) -> Run:
    """Send the notices that one pass of the ladder of notice left behind."""
    with app.app_context():
        _let_read()
        db.session.execute(sa.delete(NextNotice))
        there = sa.select(Notification.message_id).where(Notification.state == State.WAITING)
        waiting = set(db.session.scalars(there))
        db.session.commit()
        db.session.remove()
    load, due = os.getloadavg()[0], len(waiting)
    with mail_server(lambda message_id, _to: message_id in waiting) as (box, smtp):
        seconds, used = work_off(Workers(url, folder, smtp), box, due)
    twice = sum(count > 1 for count in box.seen.values())
    what = "notices to colleagues"
    return Run(what, due, len(box.seen), twice, seconds, used, load, GOAL)


def mailing(url: str, folder: Path, app: Flask, accounts: int) -> Run:
    """Send one message to many other customers that a case hits, killed half-way."""
    with app.app_context():
        due = _approved(accounts)
        db.session.remove()
    load = os.getloadavg()[0]
    with mail_server(lambda _id, to: to.endswith("@customer.example")) as (box, smtp):
        seconds, used = work_off(Workers(url, folder, smtp), box, due, kill_at=due // 2)
    with app.app_context():
        lines = db.session.scalar(sa.select(sa.func.count()).select_from(MailingLine))
    if lines != accounts:
        raise RuntimeError(f"{lines} of {accounts} customers were looked at")
    twice = sum(len(ids) > 1 for ids in box.ids.values())
    return Run("message to other customers", due, len(box.seen), twice, seconds, used, load)


def _approved(accounts: int) -> int:
    """Have a message to many customers approved; gives how many of them can be written to."""
    now = clock.now()
    writer = people.by_email("manager@bench.example")
    second = fill._reader("second", Role.ESCALATION_MANAGER)
    if writer is None:
        raise LookupError("manager@bench.example")
    case = db.session.scalars(sa.select(Escalation).order_by(Escalation.id.desc()).limit(1)).one()
    hit = [{"account_id": n + 1} for n in range(accounts + 1) if n + 1 != case.account_id]
    insert_all_once(AffectedAccount, hit[:accounts], shared={"escalation_id": case.id})
    words = {"en": {"subject": "Slow exports", "text": "We are at work on it."}}
    row = cases.write_mailing(case, words, by=people.actor(writer.id), now=now)
    cases.approve_mailing(case, row, by=people.actor(second.id), now=now)
    db.session.commit()
    return accounts


def _let_read() -> None:
    """Give everybody a role that reads cases: what its recipient may not see is never sent."""
    places = User.metadata.tables["roles_users"]
    role = sa.select(RoleRow.id).where(RoleRow.name == Role.ESCALATION_MANAGER.value)
    there = sa.select(places.c.user_id).where(places.c.role_id == role.scalar_subquery())
    others = sa.select(User.id, role.scalar_subquery()).where(User.id.not_in(there))
    db.session.execute(sa.insert(places).from_select(["user_id", "role_id"], others))
    db.session.commit()


def run(url: str, folder: Path, *, count: int, accounts: int, beside: int) -> list[Run]:
    """Let the ladder pass over many cases in an empty database, send what it wrote, and then one
    message to many customers.
    """
    ladder.run(url, folder, count, beside)
    app = ours.make(url, folder)
    try:
        return [notices(url, folder, app), mailing(url, folder, app, accounts)]
    finally:
        with app.app_context():
            db.engine.dispose()


def page(found: list[Run]) -> str:
    """Give the section of the page of figures."""
    rows = [
        f"| {one.what} | {one.due:,} | {one.arrived:,} | {one.twice} | {one.seconds:.1f} s "
        f"| {one.rate:.0f} | {one.processor / max(one.arrived, 1) * 1000:.1f} ms "
        f"| {_goal(one)}: {'reached' if one.reached else '**missed**'} |"
        for one in found
    ]
    load = found[0].load if found else 0.0
    return "\n".join([HEAD, "", ABOUT.format(workers=WORKERS, load=load) + "\n".join(rows), ""])


def _goal(one: Run) -> str:
    return f"≥ {one.goal:.0f} a second, each once" if one.goal else "each once"


def main(ask: Callable[[], list[str]] = lambda: sys.argv[1:]) -> int:
    """Measure, renew the section of the page, and say with 1 that a goal was missed."""
    reader = argparse.ArgumentParser(prog="python -m bench.post", description=__doc__)
    reader.add_argument("--notices", type=int, default=NOTICES)
    reader.add_argument("--accounts", type=int, default=ACCOUNTS)
    reader.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    given = reader.parse_args(ask())
    beside = max(BESIDE, given.accounts + 1) if given.notices == NOTICES else given.accounts + 1
    with TemporaryDirectory(prefix="bench-") as name, postgres.server(durable=True) as server:
        if server is None:
            raise SystemExit("No PostgreSQL is to be had on this machine.")
        with postgres.database(server) as url:
            size = {"count": given.notices, "accounts": given.accounts, "beside": beside}
            found = run(url, Path(name), **size)
    text = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
    given.out.write_text(report.put(text, HEAD, page(found)), encoding="utf-8")
    print(page(found), file=sys.stderr)
    return int(any(not one.reached for one in found))


if __name__ == "__main__":
    sys.exit(main())
