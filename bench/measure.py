"""Two applications in one process, asked in bursts A B A B, so that a drift of the machine meets both.

A request goes straight into the WSGI application, without a server, a socket or a client's own work on
either side: what they would add to both would only bring the ratio nearer to one.
"""

import io
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask

QUIET = ("PRAGMA", "BEGIN", "COMMIT", "SET TRANSACTION", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Caller:
    """Asks an application, with one person's cookie."""

    app: Flask
    cookie: str = ""

    def get(self, address: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", address, b"")

    def post(self, address: str, form: dict[str, Any]) -> Answer:
        """Send a form."""
        return self._ask("POST", address, urlencode(form).encode())

    def _ask(self, method: str, address: str, body: bytes) -> Answer:
        path, _mark, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_ACCEPT_LANGUAGE": "en",
            "HTTP_COOKIE": self.cookie,
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        told: list[Any] = []
        parts = self.app.wsgi_app(environ, lambda *given: told.append(given))
        try:
            content = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        status, headers = told[0][0], told[0][1]
        return Answer(int(status[:3]), {k.lower(): v for k, v in headers}, content)


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
    """What a pair gave: seconds a request at the median, the ratio and its spread over the rounds."""

    name: str
    goal: float
    floor: float
    ours: float
    ratio: float
    low: float
    high: float
    queries: int
    size: int
    floor_size: int
    samples: list[float] = field(default_factory=list, repr=False)

    @property
    def reached(self) -> bool:
        """Say whether the goal is reached at the median."""
        return self.ratio <= self.goal


def measure(pair: Pair, *, rounds: int = 15, burst: int = 8) -> Figure:
    """Ask both in turn; the ratio is that of the medians, its range that of neighbouring bursts."""
    queries, first, floor_first = _warm(pair)
    floor, ours, ratios = [], [], []
    for _turn in range(rounds):
        a, b = _burst(pair.floor, burst), _burst(pair.ours, burst)
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
        queries=queries,
        size=len(first.body),
        floor_size=len(floor_first.body),
        samples=ours,
    )


def _warm(pair: Pair) -> tuple[int, Answer, Answer]:
    for _turn in range(5):
        floor, ours = pair.floor(), pair.ours()
        if ours.status != pair.status or floor.status not in {200, 303}:
            raise RuntimeError(
                f"{pair.name}: floor answered {floor.status}, we {ours.status}: {ours.body[:400]!r}"
            )
    with counted() as statements:
        ours = pair.ours()
    return len(statements), ours, floor


def _burst(ask: Ask, times: int) -> list[float]:
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
