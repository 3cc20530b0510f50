"""The account briefing against plain HTML of the same content, both warm in one process, in bursts
A B A B.

    python -m bench.pdf [rounds]

Plain is `HTML(string=…).write_pdf()` on `pdf/plain_account.html`: hand-written, automatic table
layout, its style in the page, no tags. Ours is the whole way from the stored snapshot to a PDF/UA-1
and PDF/A-3a file with the snapshot attached. The peak of memory is that of one process making one
briefing.
"""

import gc
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import weasyprint

import portal.reports
from portal.reports import pdf, typeset

HERE = Path(__file__).parent / "pdf"
ROUNDS, BURST = 12, 2
GOAL = 0.75


def burst(work: Callable[[], bytes]) -> tuple[float, float]:
    """Give the seconds of processor and of wall time that one run takes, the mean of a burst."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(BURST):
        work()
    return (time.process_time() - cpu) / BURST, (time.perf_counter() - wall) / BURST


def peak_megabytes(snapshot: str) -> float:
    """Give the largest resident memory of a child that makes one briefing."""
    pdf.render("account", snapshot, locale="en")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def spread(plain: list[float], ours: list[float]) -> tuple[float, float, float]:
    """Give the ratio of medians and the lowest and highest ratio of neighbouring bursts."""
    ratios = sorted(b / a for a, b in zip(plain, ours, strict=True))
    return statistics.median(ours) / statistics.median(plain), ratios[0], ratios[-1]


def compare(rounds: int) -> dict[str, Any]:
    """Measure both: seconds of processor and wall time, sizes in bytes, peak in megabytes."""
    snapshot = (HERE / "account.json").read_text("utf-8")
    html = (HERE / "plain_account.html").read_text("utf-8")
    fonts = f"{Path(portal.reports.__file__).parent}/"

    def plain() -> bytes:
        return bytes(weasyprint.HTML(string=html, base_url=fonts).write_pdf())

    def ours() -> bytes:
        return typeset.typeset("account", snapshot, locale="en")

    sizes = {"plain_bytes": len(plain()), "bytes": len(ours())}
    figures = [(burst(plain), burst(ours)) for _ in range(rounds)]
    ratio, low, high = spread([a[0] for a, _ in figures], [b[0] for _, b in figures])
    return {
        **sizes,
        "rounds": rounds,
        "goal": GOAL,
        "plain": statistics.median(a[0] for a, _ in figures),
        "ours": statistics.median(b[0] for _, b in figures),
        "ratio": ratio,
        "low": low,
        "high": high,
        "wall": spread([a[1] for a, _ in figures], [b[1] for _, b in figures]),
        "peak": peak_megabytes(snapshot),
    }


def main(rounds: int) -> int:
    """Measure and print; 1 if the ratio of processor time misses the goal."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"WeasyPrint {weasyprint.__version__}, {rounds} rounds of {BURST}")  # fmt: skip
    found = compare(rounds)
    print(f"plain {found['plain_bytes']:,} bytes, briefing {found['bytes']:,} bytes")
    print(
        f"processor: plain {found['plain'] * 1000:.0f} ms, briefing {found['ours'] * 1000:.0f} ms, "
        f"ratio {found['ratio']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
    )
    print("wall: ratio {:.2f} ({:.2f} to {:.2f})".format(*found["wall"]))
    print(f"peak of one child {found['peak']:.0f} MB")
    print(f"goal {GOAL}: {'reached' if found['ratio'] <= GOAL else 'missed'}")
    return int(found["ratio"] > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
