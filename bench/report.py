"""The page of figures: what was measured, on what, how, and where a goal was missed."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import Figure

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Run:
    """What was measured on one database."""

    database: str
    size: int
    rows: dict[str, int]
    figures: Sequence[Figure]
    megabytes: float
    loaded: Sequence[str]


def line(figure: Figure) -> str:
    """Give a figure as a line for the terminal."""
    return (
        f"{figure.name:36} floor {figure.floor * 1000:6.2f} ms  Parley {figure.ours * 1000:6.2f} ms"
        f"  ratio {figure.ratio:5.2f} ({figure.low:.2f} to {figure.high:.2f})"
        f"  goal {figure.goal:g}  {figure.queries} statements"
    )


def machine() -> str:
    """Name the machine: processor, cores, memory, system, Python."""
    info = Path("/proc/cpuinfo").read_text()
    model = info.partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, {system}, "
        f"Python {platform.python_version()}; load while measuring {os.getloadavg()[0]:.1f}"
    )


HOW = """# Speed

Written by `make bench` on {day}; change nothing here by hand. Goals: the floor is one Flask view without
extensions that runs the same statement (`bench/floor.py`) and writes one table: no sign-in, no
permissions, no audit, no layout, no language.

**How.** Each side is a process of its own behind waitress with four threads, asked over one lasting
connection on the loopback: ours with the session of an escalation manager, who sees every row. Bursts of
eight requests in turn, floor, Parley, floor, Parley, fifteen times, after warming up; the ratio is that of
the medians, its range that of neighbouring bursts. PostgreSQL and SQLite both wait for the disk at each
commit (`fsync`, `synchronous=full`). Milliseconds are of this machine and this hour: compare ratios.

**Machine.** {machine}.
"""


def page(runs: Sequence[Run], paper: dict[str, Any] | None) -> str:
    """Give the page as Markdown."""
    parts = [HOW.format(day=datetime.now(UTC).date().isoformat(), machine=machine())]
    parts += [_section(run) for run in runs]
    if paper:
        parts.append(_paper(paper))
    return "\n".join(parts)


def _section(run: Run) -> str:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[run.database]
    rows = ", ".join(f"{count:,} {table}" for table, count in run.rows.items())
    heads = "| page | floor, ms | Parley, ms | ratio (range) | goal | | statements | KB, floor's |"
    table = [heads, "|---|---|---|---|---|---|---|---|", *(_row(f) for f in run.figures)]
    clean = f"it has loaded {', '.join(run.loaded)}" if run.loaded else "it has loaded none of them"
    return "\n".join(
        [
            f"## {name}, {run.size:,} accounts and {run.size:,} cases",
            "",
            f"Rows: {rows}.",
            "",
            *table,
            "",
            f"The web process held {run.megabytes:.0f} MB after the run (goal: below 150, its jobs"
            f" elsewhere). Of WeasyPrint, NumPy, SciPy and pikepdf, {clean}.",
            "",
        ]
    )


def _row(f: Figure) -> str:
    verdict = "reached" if f.reached else "**missed**"
    return (
        f"| {f.name} | {f.floor * 1000:.1f} | {f.ours * 1000:.1f} |"
        f" {f.ratio:.2f} ({f.low:.2f}–{f.high:.2f}) | ≤ {f.goal:g} | {verdict} | {f.queries} |"
        f" {f.size / 1024:.0f}, {f.floor_size / 1024:.0f} |"
    )


def _paper(paper: dict[str, Any]) -> str:
    verdict = "reached" if paper["ratio"] <= paper["goal"] else "**missed**"
    return f"""## Briefing as PDF

The account briefing with PDF/UA, from the stored snapshot to the file, against plain
`HTML(string=…).write_pdf()` of the same content (`bench/pdf/plain_account.html`), both warm in one
process, {paper["rounds"]} rounds.

| | plain | briefing | ratio (range) | goal | |
|---|---|---|---|---|---|
| processor time | {paper["plain"] * 1000:.0f} ms | {paper["ours"] * 1000:.0f} ms | {paper["ratio"]:.2f} ({paper["low"]:.2f}–{paper["high"]:.2f}) | ≤ {paper["goal"]} | {verdict} |

Sizes: plain {paper["plain_bytes"]:,} bytes, briefing {paper["bytes"]:,} bytes. One briefing is made in a
child process, limited in time and memory, that can be killed; at its peak it held {paper["peak"]:.0f} MB.
"""


def put(text: str, head: str, section: str) -> str:
    """Give the page of figures with this section in it, instead of an older one."""
    before, _head, rest = text.partition(head)
    _old, mark, after = rest.partition("\n## ")
    return before.rstrip() + "\n\n" + section + (f"\n## {after}" if mark else "")


def section(text: str, head: str) -> str:
    """Give the section with this head of the page of figures; nothing where there is none."""
    _before, mark, rest = text.partition(head)
    return mark + rest.partition("\n## ")[0] if mark else ""
