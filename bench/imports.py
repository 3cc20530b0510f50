"""How much memory an import takes as its file grows.

    python -m bench.imports [--rows N] [--only sqlite|postgresql]

A made-up file of customers with their contracts and revenue is imported with the shipped command,
which carries the import on as the job does: batch by batch, a commit after each. Each size has an
empty database and a process of its own; what counts is the largest resident memory of that process
(what the kernel says when it has ended). Sizes go up to N by tens: 10,000, 100,000, 1,000,000. It
ends with an error where the largest takes more than a quarter more than the smallest.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import ours
from bench.databases import databases
from bench.rig import PORTAL
from portal.blueprints.auth import actions as auth
from portal.blueprints.policies import actions as policies
from portal.core import access, clock
from portal.core.db import db

SMALLEST = 10_000
FLAT = 1.25
HEAD = "customerID,tenure,Contract,MonthlyCharges,TotalCharges,Churn\n"


@dataclass(frozen=True)
class Imported:
    """One import: rows of its file, peak of resident memory in megabytes, seconds of processor."""

    rows: int
    peak: float
    seconds: float


def write(path: Path, rows: int) -> None:
    """Write a file of `rows` customers, each with a contract and three months of revenue."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for n in range(rows):
            file.write(f"M-{n:07d},3,One year,{10 + n % 90},{30 + n % 270},No\n")


def sizes(most: int) -> Iterator[int]:
    """Give the sizes to measure, by tens up to `most`."""
    size = min(SMALLEST, most)
    while size <= most:
        yield size
        size *= 10


def imported(url: str, folder: Path, rows: int) -> Imported:
    """Import a file of `rows` rows into an empty database; RuntimeError where not every row came
    in.
    """
    _prepare(url, folder)
    path = folder / f"{rows}.csv"
    write(path, rows)
    out = (folder / "told.json").open("w+b")
    child = subprocess.Popen(
        [str(PORTAL), "import", "accounts", str(path), "--json"],
        env=_environment(url, folder, path.stat().st_size),
        stdout=out,
    )
    _pid, code, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(code)
    with out:
        out.seek(0)
        told = json.loads(out.read() or b"{}")
    if child.returncode or told.get("new") != rows:
        raise RuntimeError(f"{rows} rows: exit {child.returncode}, {told}")
    return Imported(rows, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)


def _prepare(url: str, folder: Path) -> None:
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        auth.ensure_roles()
        auth.ensure_organisation(name="Halden Systems").confirmed_at = clock.now()
        policies.publish_defaults(by=access.operator("bench imports"), now=clock.now())
        db.session.commit()
        db.engine.dispose()


def _environment(url: str, folder: Path, size: int) -> dict[str, str]:
    known = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "DATABASE_"))}
    return known | {
        "DATABASE_URL": url,
        "PORTAL_SECRET_KEY": ours.SECRET,
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_MAX_UPLOAD": str(size + 1),
    }


def main() -> None:
    """Measure, and print what was found as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="the largest file")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    found: list[Imported] = []
    print("| rows | peak of memory, MB | processor, s |\n|---|---|---|", flush=True)
    for rows in sizes(given.rows):
        for url, folder in databases(given.only):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                one = imported(url, Path(place), rows)
        found.append(one)
        print(f"| {one.rows:,} | {one.peak:.0f} | {one.seconds:.0f} |", flush=True)
    if found[-1].peak > found[0].peak * FLAT:
        sys.exit("The memory grows with the file.")


if __name__ == "__main__":
    main()
