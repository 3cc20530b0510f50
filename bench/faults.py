"""What must hold when things break: `python -m bench.faults [experiment …] [--seconds N]`.

Each experiment runs `portal serve` as a process of its own on a fresh database, breaks something,
and counts what was acknowledged and what is there afterwards. Results go to docs/faults.md.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from bench import ours, rig
from bench.rig import Answer, Rig

BACK_WEB, BACK_DATABASE, P95, RATE = 3.0, 10.0, 0.5, 50
READS = ("/api/v1/escalations/", "/api/v1/accounts/", "/healthz")
ROOM = 60 << 20
"""The small disk: enough to start, soon full."""


@dataclass
class Result:
    """What an experiment found, in words, and whether it held."""

    name: str
    lines: list[str] = field(default_factory=list)
    held: bool = True

    def say(self, text: str, *, holds: bool = True) -> None:
        """Note a finding."""
        self.lines.append(text if holds else f"**{text}**")
        self.held = self.held and holds
        print(f"  {'' if holds else 'MISSED '}{text}", file=sys.stderr, flush=True)


class Writers:
    """Six writers, each trying one declaration under its key until it is acknowledged."""

    def __init__(self, one: Rig, *, pause: float = 0.05) -> None:
        self.rig, self.pause, self.ended = one, pause, threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.given_up: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.moments: list[float] = []
        self.threads = [threading.Thread(target=self._work, args=(n,)) for n in range(rig.WRITERS)]

    def _work(self, n: int) -> None:
        while not self.ended.is_set():
            key = f"key {uuid.uuid4().hex}"
            while True:
                answer = self.rig.declare(n, key)
                self.statuses[answer.status] += 1
                if answer.status == 201:
                    self.acknowledged[key] = answer.body["reference"]
                    self.moments.append(time.monotonic())
                    break
                if self.ended.is_set():
                    self.given_up.add(key)
                    break
                time.sleep(0.2)
            time.sleep(self.pause)

    def __enter__(self) -> "Writers":
        """Begin to write."""
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Let everybody finish what they try."""
        self.ended.set()
        for thread in self.threads:
            thread.join()


def _account(result: Result, found: Writers, one: Rig) -> None:
    """Compare what was acknowledged with what is there."""
    there = one.cases()
    missing = [key for key, ref in found.acknowledged.items() if ref not in there.get(key, ())]
    doubled = [key for key, refs in there.items() if len(refs) > 1]
    verdict = one.verify()
    bad = {code: n for code, n in found.statuses.items() if code not in (0, 201, 503, 507)}
    result.say(f"{len(found.acknowledged)} declarations acknowledged to six writers")
    result.say(f"{len(missing)} missing, {len(doubled)} doubled", holds=not (missing or doubled))
    result.say(
        f"the log is {'whole' if verdict['whole'] else 'broken'}: {verdict['events']} events",
        holds=verdict["whole"],
    )
    if bad:
        result.say(f"other answers: {bad}", holds=False)


def kill(seconds: int) -> Result:
    """Kill the web process (with its jobs) at random while six write."""
    result, draw = Result("kill -9 of `portal serve`, SQLite, jobs inside"), random.Random(5)
    with rig.sqlite() as one:
        one.start()
        back = []
        with Writers(one) as found:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                time.sleep(draw.uniform(3, 7))
                one.kill()
                back.append(one.start())
            time.sleep(2)
        _report_back(result, back)
        one.stop()
        _account(result, found, one)
    return result


def _report_back(result: Result, back: list[float]) -> None:
    result.say(
        f"killed {len(back)} times, ready again after {statistics.median(back):.1f} s "
        f"(at most {max(back):.1f} s)",
        holds=max(back) <= BACK_WEB,
    )


def kill_both(seconds: int) -> Result:
    """Kill the web process and crash the database in turn while six write."""
    result, draw = Result("kill -9 of `portal serve` and of PostgreSQL in turn"), random.Random(6)
    with rig.postgresql() as (one, server):
        one.start()
        back, turn = [], 0
        with Writers(one) as found:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                time.sleep(draw.uniform(3, 7))
                if turn % 2:
                    server.crash()
                    server.start()
                else:
                    one.kill()
                    back.append(one.start())
                turn += 1
            time.sleep(2)
        _report_back(result, back)
        result.say(f"the database was crashed {turn // 2} times")
        one.stop()
        _account(result, found, one)
    return result


def away(seconds: int) -> Result:
    """Take the database away for a while, and bring it back."""
    result = Result("PostgreSQL away and back")
    with rig.postgresql() as (one, server):
        one.start()
        with Writers(one) as found:
            time.sleep(4)
            server.crash()
            answers = [one.ask("GET", READS[0]) for _turn in range(10)]
            ready = one.ask("GET", "/readyz").status
            time.sleep(max(2, seconds / 10))
            server.start()
            back = time.monotonic()
            time.sleep(BACK_DATABASE + 2)
        first = min((m for m in found.moments if m > back), default=float("inf")) - back
        result.say(
            f"away: reading answered {_counted(answers)} in at most "
            f"{max(a.seconds for a in answers):.1f} s, with words; /readyz {ready}",
            holds={a.status for a in answers} == {503}
            and ready == 503
            and all(a.body.get("title") for a in answers),
        )
        result.say(
            f"writing again {first:.1f} s after it came back, by itself",
            holds=first <= BACK_DATABASE,
        )
        one.stop()
        _account(result, found, one)
    return result


def _counted(answers: list[Answer]) -> str:
    counts = Counter(answer.status for answer in answers)
    return ", ".join(f"{code or 'nothing'} × {n}" for code, n in sorted(counts.items()))


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """Give a disk of its own of 60 MB; None where we may not mount one."""
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", name],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            yield None
            return
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=False)


def full(seconds: int) -> Result:
    """Fill the disk while six write, look, and make room again."""
    result = Result("disk full, SQLite")
    with small_disk() as folder:
        if folder is None:
            result.say("not run: only root may mount a small disk")
            return result
        with rig.prepared(f"sqlite:///{folder / 'portal.db'}", folder) as one:
            one.start()
            with Writers(one) as found:
                time.sleep(4)
                ballast = folder / "ballast"
                _fill(ballast)
                time.sleep(max(2.0, seconds / 20))
                begun = len(found.moments)
                writes = [one.declare(0, f"full {n}") for n in range(5)]
                reads = [one.ask("GET", path) for path in READS for _turn in range(5)]
                ballast.unlink()
                back = time.monotonic()
                time.sleep(BACK_DATABASE)
            first = min((m for m in found.moments[begun:] if m > back), default=float("inf"))
            result.say(
                f"full: writing answered {_counted(writes)}, with words",
                holds=all(a.status in (503, 507) and a.body.get("title") for a in writes),
            )
            result.say(
                f"reading answered {_counted(reads)}", holds={a.status for a in reads} == {200}
            )
            result.say(
                f"writing again {first - back:.1f} s after there was room, by itself",
                holds=first - back <= BACK_DATABASE,
            )
            one.stop()
            _account(result, found, one)
    return result


def _fill(ballast: Path) -> None:
    """Write until there is no room, and again, as room comes free."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def clock_back(_seconds: int) -> Result:
    """Set the clock back and forth while things are written, across DST and 29 February."""
    result = Result("clock set back, DST, 29 February")
    begun = datetime(2027, 11, 20, 9, tzinfo=UTC)
    moments = [
        begun,
        begun - timedelta(seconds=2),
        begun - timedelta(days=3),
        datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
        datetime(2028, 3, 26, 0, 59, 59, tzinfo=UTC),
        datetime(2028, 3, 26, 1, 0, 0, tzinfo=UTC),
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
        begun + timedelta(minutes=1),
    ]
    with ExitStack() as stack:
        with time_machine.travel(begun - timedelta(hours=1)):
            one = stack.enter_context(rig.sqlite())
        app = ours.make(one.url, one.folder, JOBS_INLINE=True)
        statuses: Counter[int] = Counter()
        for n, moment in enumerate(moments):
            with time_machine.travel(moment + timedelta(milliseconds=n)):
                for turn in range(5):
                    statuses[_declared(app, one, n=turn, key=f"clock {n} {turn}")] += 1
        one.start()
        later = [one.ask("GET", path) for path in READS]
        result.say(
            f"{sum(statuses.values())} declarations at {len(moments)} moments, some before the "
            f"last: answered {dict(statuses)}",
            holds=set(statuses) == {201},
        )
        result.say(
            f"served afterwards: {_counted(later)}", holds={a.status for a in later} == {200}
        )
        one.stop()
        verdict = one.verify()
        result.say(
            f"the log is {'whole' if verdict['whole'] else 'broken'}", holds=verdict["whole"]
        )
    return result


def _declared(app: Any, one: Rig, *, n: int, key: str) -> int:
    body = {"account": one.accounts[n % rig.WRITERS], "words": key, "demand": "An answer"}
    headers = {"Authorization": f"Bearer {one.token}", "Idempotency-Key": key}
    found: int = (
        app.test_client().post("/api/v1/escalations/", json=body, headers=headers).status_code
    )
    return found


def overload(seconds: int) -> Result:
    """Ask 50 times a second, a tenth of it writing, whatever the answers take."""
    result = Result(f"{RATE} requests a second, one in ten a declaration")
    with rig.sqlite() as one:
        one.start()
        for n in range(20):
            one.declare(n, f"warm {n}")
        answers: list[tuple[bool, str, Answer]] = []
        threads: list[threading.Thread] = []

        def send(n: int) -> None:
            writes, key = n % 10 == 0, f"load {n}"
            answer = one.declare(n, key) if writes else one.ask("GET", READS[n % 2])
            answers.append((writes, key, answer))

        begun = time.monotonic()
        for n in range(RATE * min(seconds, 30)):
            time.sleep(max(0.0, begun + n / RATE - time.monotonic()))
            threads.append(threading.Thread(target=send, args=(n,)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        times = sorted(answer.seconds for _writes, _key, answer in answers)
        p95 = times[int(len(times) * 0.95)]
        counts = _counted([answer for _writes, _key, answer in answers])
        result.say(
            f"{len(answers)} requests in {time.monotonic() - begun:.0f} s: {counts}",
            holds={a.status for _w, _k, a in answers} <= {200, 201, 429, 503},
        )
        result.say(
            f"half answered in {statistics.median(times) * 1000:.0f} ms, 95 % in "
            f"{p95 * 1000:.0f} ms, all in {times[-1] * 1000:.0f} ms",
            holds=p95 <= P95,
        )
        one.stop()
        there = one.cases()
        lost = [k for writes, k, a in answers if writes and a.status == 201 and k not in there]
        result.say(f"{len(lost)} acknowledged declarations lost", holds=not lost)
    return result


EXPERIMENTS: dict[str, Callable[[int], Result]] = {
    "kill": kill,
    "kill-both": kill_both,
    "full": full,
    "away": away,
    "clock": clock_back,
    "overload": overload,
}
INTRODUCTION = """# When things break

Written by `python -m bench.faults`; change nothing here by hand. Each experiment serves with
`portal serve` (jobs inside) on a fresh database, with the load generator beside it on the same
{cores} cores, whose load was {load:.1f} when it began: read times together with that. Writers
declare cases through the API, each under an `Idempotency-Key` that they repeat until it is
acknowledged. {day}, {seconds} s each. Bold: missed.

"""


def main() -> int:
    """Run experiments, write the page; 1 where something did not hold."""
    reader = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    reader.add_argument("names", nargs="*", metavar="experiment", help=", ".join(EXPERIMENTS))
    reader.add_argument("--seconds", type=int, default=60)
    reader.add_argument("--out", type=Path, default=None)
    given = reader.parse_args()
    if unknown := set(given.names) - set(EXPERIMENTS):
        reader.error(f"no such experiment: {', '.join(sorted(unknown))}")
    load, page, held = os.getloadavg()[0], "", True
    for name in given.names or EXPERIMENTS:
        print(name, file=sys.stderr, flush=True)
        found = EXPERIMENTS[name](given.seconds)
        held = held and found.held
        page += f"## {found.name}\n\n" + "".join(f"- {line}\n" for line in found.lines) + "\n"
    if given.out:
        words = INTRODUCTION.format(
            cores=os.cpu_count(), load=load, day=datetime.now(UTC).date(), seconds=given.seconds
        )
        given.out.write_text(words + page.rstrip() + "\n", encoding="utf-8")
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
