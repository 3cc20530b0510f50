"""Runs every check of the code, two at a time, and prints what failed: `make check`."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable


@dataclass(frozen=True)
class Check:
    """One tool and how to call it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a check ended: its output, and the seconds it took."""

    check: Check
    passed: bool
    output: str
    seconds: float


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


CHECKS = (
    Check("types", _tool("mypy")),
    Check("migrations", (PYTHON, "tools/check_migrations.py")),
    Check("templates", _tool("djlint", "--quiet", "--lint", "portal/templates")),
    Check("translations", (PYTHON, "tools/strings.py", "check")),
    Check("imports", _tool("lint-imports", "--no-cache")),
    Check("dependencies", _tool("deptry", ".")),
    Check("code", _tool("ruff", "check", ".")),
    Check("form", _tool("ruff", "format", "--check", ".")),
    Check("layout", (PYTHON, "tools/check_layout.py")),
    Check("tables", (PYTHON, "tools/tables.py", "check")),
)


def perform(check: Check) -> Outcome:
    """Runs one check to its end."""
    begin = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(check, done.returncode == 0, done.stdout, time.monotonic() - begin)


def main() -> int:
    """Runs all checks, whatever fails; 1 if any did."""
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(perform, CHECKS):
            mark = "ok" if outcome.passed else "FAILED"
            print(f"  {outcome.check.name:<14} {mark:<7} {outcome.seconds:5.1f} s", flush=True)
            if not outcome.passed:
                failed += 1
                print(outcome.output.rstrip(), flush=True)
    print(f"{failed} of {len(CHECKS)} checks failed." if failed else "All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
