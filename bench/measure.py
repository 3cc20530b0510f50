"""Two servers, asked in bursts A B A B, so that a drift of the machine meets both.

Both are waitress with the same threads, each a process of its own, asked over one lasting
connection on the loopback: what a person behind a proxy would wait for.
"""

import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

QUIET = ("PRAGMA", "BEGIN", "COMMIT", "SET TRANSACTION", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Remote:
    """Asks a server on this machine over one lasting connection, with one person's cookie."""

    port: int
    cookie: str = ""

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port)
        self.line.connect()
        self.line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, address: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", address, None, {})

    def post(self, address: str, form: dict[str, Any]) -> Answer:
        """Send a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", address, urlencode(form), kind)

    def _ask(self, method: str, address: str, body: str | None, more: dict[str, str]) -> Answer:
        headers = {"Accept-Language": "en", **({"Cookie": self.cookie} if self.cookie else {})}
        self.line.request(method, address, body=body, headers={**headers, **more})
        response = self.line.getresponse()
        content = response.read()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)


@contextmanager
def served(side: str, url: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run one side as a process of its own; gives its port."""
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.serve", side, url, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout
    try:
        yield int(child.stdout.readline()), child
    finally:
        child.stdin.close()
        child.wait(20)


def memory(child: subprocess.Popen[str]) -> dict[str, Any]:
    """Ask a side for its memory and the heavy libraries it has loaded."""
    assert child.stdin
    assert child.stdout
    print("?", file=child.stdin, flush=True)
    found: dict[str, Any] = json.loads(child.stdout.readline())
    return found


Ask = Callable[[], Answer]


@dataclass(frozen=True)
class Pair:
    """One measurement: what the floor is asked, what we are asked, and how often ours may take."""

    name: str
    floor: Ask
    ours: Ask
    goal: float
    status: int = 200


@dataclass(frozen=True)
class Figure:
    """What a pair gave: seconds a request at the median, the ratio and its spread over rounds."""

    name: str
    goal: float
    floor: float
    ours: float
    ratio: float
    low: float
    high: float
    size: int
    floor_size: int
    queries: int = 0

    @property
    def reached(self) -> bool:
        """Say whether the goal is reached at the median."""
        return self.ratio <= self.goal


def measure(pair: Pair, *, rounds: int = 15, length: int = 8) -> Figure:
    """Ask both in turn; the ratio is that of the medians, its range that of neighbouring bursts."""
    first, floor_first = _warm(pair)
    floor, ours, ratios = [], [], []
    for _turn in range(rounds):
        a, b = burst(pair.floor, length), burst(pair.ours, length)
        floor += a
        ours += b
        ratios.append(statistics.median(b) / statistics.median(a))
    ratios.sort()
    return Figure(
        name=pair.name,
        goal=pair.goal,
        floor=statistics.median(floor),
        ours=statistics.median(ours),
        ratio=statistics.median(ours) / statistics.median(floor),
        low=ratios[0],
        high=ratios[-1],
        size=len(first.body),
        floor_size=len(floor_first.body),
    )


def _warm(pair: Pair) -> tuple[Answer, Answer]:
    for _turn in range(12):
        floor, ours = pair.floor(), pair.ours()
        if ours.status != pair.status or floor.status not in {200, 303}:
            raise RuntimeError(
                f"{pair.name}: floor answered {floor.status}, we {ours.status}: {ours.body[:400]!r}"
            )
    return ours, floor


def burst(ask: Ask, times: int) -> list[float]:
    """Give the seconds that each of so many requests took."""
    found = []
    for _turn in range(times):
        begun = time.perf_counter()
        ask()
        found.append(time.perf_counter() - begun)
    return found


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent inside the block, without those that begin or end
    transactions.
    """
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(QUIET):
            seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
