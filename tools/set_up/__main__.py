"""Installs what is missing to run or test Parley; started by tools/setup.

Each step keeps a stamp with the digest of what went into it, so that a second run does nothing.
Only the standard library: this runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tools.set_up import build, python, system
from tools.set_up.steps import LOGS, SetUpError, Step, say


def _in_turn(*steps: Step) -> Callable[[], bool]:
    return lambda: sum(step.do() for step in steps) > 0


def _all_at_once(*lanes: Callable[[], bool]) -> bool:
    """Runs the lanes side by side; raises the first failure after all have ended."""
    with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
        running = [pool.submit(lane) for lane in lanes]
    return sum(lane.result() for lane in running) > 0


def _python_lane(mode: str) -> bool:
    prepared = _in_turn(python.VENV_STEP, python.packages_step(python.profile(mode)))()
    built = _all_at_once(
        _in_turn(build.NPM_STEP, build.FRONTEND_STEP),
        _in_turn(build.FONTS_STEP),
        _in_turn(build.strings_step()),
    )
    return prepared or built


def set_up(mode: str) -> bool:
    """Installs and builds everything for `run` or `test`; says whether anything was to be done."""
    system_lane = system.prepare(mode)
    if python.needs_system_package():
        # Two installers of the system's packages would block each other.
        return sum([system_lane(), _python_lane(mode)]) > 0
    return _all_at_once(system_lane, lambda: _python_lane(mode))


@contextmanager
def only_one() -> Iterator[None]:
    """Waits until no other set-up works in this folder."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running here; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str]) -> int:
    """Sets up for the mode given; 0 if all is well, 1 if a step failed, 2 if asked wrongly."""
    begin = time.monotonic()
    if arguments not in (["run"], ["test"]):
        print("Usage: tools/setup [run|test]", file=sys.stderr)
        return 2
    try:
        with only_one():
            changed = set_up(arguments[0])
    except SetUpError as error:
        print(f"\nSet-up failed. {error}", file=sys.stderr)
        return 1
    took = time.monotonic() - begin
    say(f"{'Set up' if changed else 'Everything is set up'} ({took:.1f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
