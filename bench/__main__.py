"""Measure Parley beside the floor on both databases and write docs/performance.md.

python -m bench [--scale ROWS|full] [--only sqlite|postgresql] [--no-pdf] [--out FILE]
python -m bench --ladder | --growth: one section alone
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from bench import criteria, fill, growth, ladder, ours, pages, post, report, risk
from bench.databases import databases, sets_of_databases
from bench.measure import Figure, Remote, measure, memory, served
from portal.core.db import db

FULL, USUAL = 100_000, 20_000
LADDER, BESIDE = 10_000, 5_000


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


def main() -> int:
    """Measure, write the page, and say with 1 that a goal was missed."""
    reader = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    reader.add_argument("--scale", default="", help="rows of a kind, or full")
    reader.add_argument("--only", default="", choices=["", "sqlite", "postgresql"])
    reader.add_argument("--no-pdf", action="store_true")
    reader.add_argument("--out", type=Path, default=Path("docs/performance.md"))
    reader.add_argument("--ladder", action="store_true", help="the pass of the ladder alone")
    reader.add_argument(
        "--growth", action="store_true", help="10,000 beside 1,000,000 cases (or --scale) alone"
    )
    given = reader.parse_args()
    if given.ladder:
        return _ladder(given.only, given.out)
    if given.growth:
        return _growth(given.only, given.out, int(given.scale or growth.LARGE))
    size = FULL if given.scale == "full" else int(given.scale or USUAL)
    runs = [on_database(url, folder, size) for url, folder in databases(given.only)]
    paper = None
    if not given.no_pdf:
        from bench import pdf

        paper = pdf.compare(pdf.ROUNDS)
    passes = [ladder.run(url, folder, LADDER, BESIDE) for url, folder in databases(given.only)]
    text = report.put(report.page(runs, paper), ladder.HEAD, ladder.page(passes))
    for alone in (growth, risk, post, criteria):
        kept = report.section(_old(given.out), alone.HEAD)
        text = report.put(text, alone.HEAD, kept) if kept else text
    given.out.write_text(text, encoding="utf-8")
    print(f"Written: {given.out}", file=sys.stderr)
    missed = any(not figure.reached for run in runs for figure in run.figures)
    return int(missed or any(not one.reached for one in passes))


def _old(out: Path) -> str:
    return out.read_text(encoding="utf-8") if out.exists() else ""


def _ladder(only: str, out: Path) -> int:
    """Measure the pass of the ladder, and renew its section alone."""
    passes = [ladder.run(url, folder, LADDER, BESIDE) for url, folder in databases(only)]
    out.write_text(
        report.put(_old(out), ladder.HEAD, ladder.page(passes)),
        encoding="utf-8",
    )
    print(ladder.page(passes), file=sys.stderr)
    return int(any(not one.reached for one in passes))


def _growth(only: str, out: Path, most: int) -> int:
    """Measure the pages at two sizes, and renew their section alone."""
    sections, reached = [], True
    for (small, small_at), (large, large_at) in sets_of_databases(only, 2):
        few = growth.build(small, small_at, growth.SMALL)
        many = growth.build(large, large_at, most)
        found = list(growth.compare(few, many))
        sections.append(growth.table(few, many, found))
        reached = reached and all(one.reached for one in found)
    text = growth.page(sections, most)
    out.write_text(report.put(_old(out), growth.HEAD, text), encoding="utf-8")
    print(text, file=sys.stderr)
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
