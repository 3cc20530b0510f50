"""Measure Parley beside the floor on both databases and write docs/performance.md.

python -m bench [--scale ROWS|full] [--only sqlite|postgresql] [--no-pdf] [--ladder] [--out FILE]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import fill, ladder, ours, pages, report
from bench.measure import Figure, Remote, measure
from portal.core.db import db
from tests import postgres

FULL, USUAL = 100_000, 20_000
LADDER, BESIDE = 10_000, 5_000


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


def on_database(url: str, folder: Path, size: int) -> report.Run:
    """Fill a database, measure every page on it, and count what each page sends to it."""
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        company = fill.fill(size)
        cookie = ours.sign_in("manager@bench.example")
        plan = pages.plan(company, size=size)
        db.session.commit()
    counts = pages.counted(app, cookie, plan)
    figures: list[Figure] = []
    with served("floor", url, folder) as (a, _floor), served("ours", url, folder) as (b, child):
        floor, portal = Remote(a), Remote(b, cookie)
        for pair in pages.pairs(plan, floor, portal):
            found = replace(measure(pair), queries=counts[pair.name])
            print(report.line(found), file=sys.stderr, flush=True)
            figures.append(found)
        held = memory(child)
    with app.app_context():
        kind = db.engine.dialect.name
        db.engine.dispose()
    return report.Run(kind, size, company.rows, figures, held["megabytes"], held["loaded"])


def databases(only: str) -> Iterator[tuple[str, Path]]:
    """Give an empty database of each kind, one after the other."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if only in {"", "sqlite"}:
            yield f"sqlite:///{folder / 'bench.db'}", folder
        if only in {"", "postgresql"}:
            with postgres.server(durable=True) as server:
                if server is None:
                    raise SystemExit("No PostgreSQL is to be had on this machine.")
                with postgres.database(server) as url:
                    yield url, folder


def main() -> int:
    """Measure, write the page, and say with 1 that a goal was missed."""
    reader = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    reader.add_argument("--scale", default=str(USUAL), help="rows of a kind, or full")
    reader.add_argument("--only", default="", choices=["", "sqlite", "postgresql"])
    reader.add_argument("--no-pdf", action="store_true")
    reader.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    reader.add_argument("--ladder", action="store_true", help="the pass of the ladder alone")
    given = reader.parse_args()
    if given.ladder:
        return _ladder(given.only, given.out)
    size = FULL if given.scale == "full" else int(given.scale)
    runs = [on_database(url, folder, size) for url, folder in databases(given.only)]
    paper = None
    if not given.no_pdf:
        from bench import pdf

        paper = pdf.compare(pdf.ROUNDS)
    passes = [ladder.run(url, folder, LADDER, BESIDE) for url, folder in databases(given.only)]
    text = ladder.put(report.page(runs, paper), ladder.page(passes))
    given.out.write_text(text, encoding="utf-8")
    print(f"Written: {given.out}", file=sys.stderr)
    missed = any(not figure.reached for run in runs for figure in run.figures)
    return int(missed or any(not one.reached for one in passes))


def _ladder(only: str, out: Path) -> int:
    """Measure the pass of the ladder, and renew its section alone."""
    passes = [ladder.run(url, folder, LADDER, BESIDE) for url, folder in databases(only)]
    out.write_text(
        ladder.put(out.read_text(encoding="utf-8"), ladder.page(passes)), encoding="utf-8"
    )
    print(ladder.page(passes), file=sys.stderr)
    return int(any(not one.reached for one in passes))


if __name__ == "__main__":
    sys.exit(main())
