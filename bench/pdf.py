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


def report(name: str, plain: list[float], ours: list[float]) -> float:
    """Print medians, their ratio, and the range of the ratios of neighbouring bursts; give the
    ratio.
    """
    ratios = sorted(b / a for a, b in zip(plain, ours, strict=True))
    ratio = statistics.median(ours) / statistics.median(plain)
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    print(
        f"{name:5} plain {statistics.median(plain) * 1000:5.0f} ms   "
        f"briefing {statistics.median(ours) * 1000:5.0f} ms   "
        f"ratio {ratio:.2f} (middle half {low:.2f}–{high:.2f}, "
        f"all {ratios[0]:.2f}–{ratios[-1]:.2f})"
    )
    return ratio


def main(rounds: int) -> int:
    """Measure and print; 1 if the ratio of processor time misses the goal."""
    snapshot = (HERE / "account.json").read_text("utf-8")
    html = (HERE / "plain_account.html").read_text("utf-8")
    fonts = f"{Path(portal.reports.__file__).parent}/"

    def plain() -> bytes:
        return bytes(weasyprint.HTML(string=html, base_url=fonts).write_pdf())

    def ours() -> bytes:
        return typeset.typeset("account", snapshot, locale="en")

    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"WeasyPrint {weasyprint.__version__}, {rounds} rounds of {BURST}")  # fmt: skip
    print(f"plain {len(plain()):,} bytes, briefing {len(ours()):,} bytes")
    figures = [(burst(plain), burst(ours)) for _ in range(rounds)]
    ratio = report("cpu", [a[0] for a, _ in figures], [b[0] for _, b in figures])
    report("wall", [a[1] for a, _ in figures], [b[1] for _, b in figures])
    print(f"peak of one child {peak_megabytes(snapshot):.0f} MB")
    print(f"goal {GOAL}: {'reached' if ratio <= GOAL else 'missed'}")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
