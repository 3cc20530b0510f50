"""How the pages of the case room grow: a small company beside one of a million cases.

Both are served by processes of their own and asked in turn, so that a drift of the machine meets
both; the goal is a 95th percentile at most 1.3 times that of the small one, with no more statements.
"""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench import fill, ours, report
from bench.measure import Answer, Remote, burst, counted, served
from portal.blueprints.auth import queries as auth
from portal.blueprints.escalations import queries as cases
from portal.core.db import db

HEAD = "## From ten thousand cases upwards"
ABOUT = """The pages of the case room in a company of {small:,} cases and in one of {large:,}, each
served by a process of its own and asked in turn: {rounds} bursts of {burst}. The goal is a 95th
percentile at most {goal:g} times that of the small company, with no more statements. The
load of the machine was {load:.1f} while measuring."""
READER = "manager@bench.example"
GOAL = 1.3
SMALL, LARGE = 10_000, 1_000_000
STORY = 500
CUSTOMERS = 5  # Cases for each account.
ROUNDS, BURST = 25, 8
DEEP = 4_000
STEP = 1_000


@dataclass(frozen=True)
class Company:
    """A filled database and the addresses that are asked of it."""

    url: str
    folder: Path
    size: int
    rows: dict[str, int]
    pages: dict[str, str]
    statements: dict[str, int]


@dataclass(frozen=True)
class Growth:
    """A page at both sizes: seconds at the median and at the 95th percentile, statements."""

    name: str
    small: tuple[float, float]
    large: tuple[float, float]
    statements: tuple[int, int]

    @property
    def ratio(self) -> float:
        """Give how many times longer the 95th percentile is in the large company."""
        return self.large[1] / self.small[1]

    @property
    def reached(self) -> bool:
        """Say whether time and statements stay within the goal."""
        return self.ratio <= GOAL and self.statements[1] <= self.statements[0]


def build(url: str, folder: Path, size: int) -> Company:
    """Fill an empty database with `size` cases, and count what each page sends to it."""
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        made = fill.fill(size, accounts=max(size // CUSTOMERS, 1), story=STORY)
        pages = _pages(made.case)
        cookie = ours.sign_in(READER)
        db.session.commit()
    statements = _statements(app, cookie, pages)
    with app.app_context():
        db.engine.dispose()
    return Company(url, folder, size, made.rows, pages, statements)


def _pages(case: str) -> dict[str, str]:
    """Give what is measured: lists, filters, search, my day, a case with a long history."""
    person = auth.by_email(READER)
    assert person
    me, cursor = auth.actor_of(person), None
    for _turn in range(DEEP // STEP):
        found = cases.page(me, cases.Search(state="all"), cursor=cursor, now=fill.NOW, limit=STEP)
        cursor = found.after
    return {
        "list of open cases": "/escalations/",
        f"all cases, {DEEP:,} rows in": f"/escalations/?state=all&after={cursor}",
        "next due first": "/escalations/?sort=due",
        "critical ones": "/escalations/?severity=E1",
        "mine": "/escalations/?mine=1",
        "of a team": "/escalations/?team=3",
        "of a level": "/escalations/?level=L2",
        "by team and level": "/escalations/teams",
        "search, a rare word": f"/search?q={case}",
        "search, a common word": "/search?q=invoices",
        "search, a customer": "/search?q=Loire",
        "my day": "/",
        f"a case with {STORY} entries": f"/escalations/{case}",
        "accounts": "/accounts/",
    }


def _statements(app: Flask, cookie: str, pages: dict[str, str]) -> dict[str, int]:
    client = app.test_client()
    name, _mark, word = cookie.partition("=")
    client.set_cookie(name, word)
    found = {}
    for page, address in pages.items():
        assert client.get(address).status_code == 200, address
        with counted() as seen:
            client.get(address)
        found[page] = len(seen)
    return found


def compare(small: Company, large: Company) -> Iterator[Growth]:
    """Ask both companies for every page in turn."""
    with ExitStack() as stack:
        sides = []
        for company in (small, large):
            # Filling the large one takes longer than an idle session lasts: both begin here.
            cookie = _signed_in(company)
            port, _child = stack.enter_context(served("ours", company.url, company.folder))
            sides.append(Remote(port, cookie))
        for name in small.pages:
            asks = [
                _asking(side, one.pages[name])
                for side, one in zip(sides, (small, large), strict=True)
            ]
            times = _times(asks)
            yield Growth(
                name,
                _spread(times[0]),
                _spread(times[1]),
                (small.statements[name], large.statements[name]),
            )


def _signed_in(company: Company) -> str:
    with ours.make(company.url, company.folder).app_context():
        cookie = ours.sign_in(READER)
        db.session.commit()
        db.engine.dispose()
    return cookie


def _asking(side: Remote, address: str) -> Callable[[], Answer]:
    return lambda: side.get(address)


def _times(asks: Sequence[Callable[[], Answer]]) -> list[list[float]]:
    for ask in asks:
        for _turn in range(8):
            assert ask().status == 200
    found: list[list[float]] = [[] for _ask in asks]
    for _turn in range(ROUNDS):
        for n, ask in enumerate(asks):
            found[n] += burst(ask, BURST)
    return found


def _spread(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def table(small: Company, large: Company, found: Sequence[Growth]) -> str:
    """Give what was measured on one kind of database."""
    rows = [
        f"| {one.name} | {one.small[0] * 1000:.1f} | {one.large[0] * 1000:.1f} "
        f"| {one.small[1] * 1000:.1f} | {one.large[1] * 1000:.1f} | {one.ratio:.2f} "
        f"| {'reached' if one.reached else '**missed**'} "
        f"| {one.statements[0]}, {one.statements[1]} |"
        for one in found
    ]
    held = ", ".join(f"{count:,} {name}" for name, count in large.rows.items())
    return "\n".join(
        [
            f"### {report.NAMES[large.url.partition(':')[0].partition('+')[0]]}",
            "",
            f"Rows of the large one: {held}.",
            "",
            "| page | median, small | large, ms | 95 %, small | large, ms | ratio | goal "
            "| statements |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def page(tables: Sequence[str], most: int) -> str:
    """Give the section of the page of figures."""
    about = ABOUT.format(
        small=SMALL, large=most, rounds=ROUNDS, burst=BURST, goal=GOAL, load=os.getloadavg()[0]
    )
    return "\n\n".join([HEAD, about, *tables]) + "\n"
