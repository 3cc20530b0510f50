"""From snapshot to PDF without loading WeasyPrint here: a process of its own does it, and can be
killed.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import portal
from portal.reports.errors import BadSnapshot, Crashed, ReportError, TimedOut, TooLarge
from portal.reports.limits import Limits, check
from portal.reports.printed import Printed

__all__ = ["BadSnapshot", "Crashed", "Limits", "ReportError", "TimedOut", "TooLarge", "render"]

LANGUAGES = ("en", "fr", "it")
PAPERS = ("A4", "Letter")
# The child sees these of our environment and nothing else: no secret, no database address.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
DEFAULT = Limits()


def render(
    kind: str, snapshot: str, *, locale: str, paper: str = "A4", limits: Limits = DEFAULT
) -> Printed:
    """Make the PDF of a snapshot in `locale` (en, fr, it) on `paper` (A4, Letter), within `limits`.

    Raises BadSnapshot (not a snapshot of that kind, no such language or paper), TooLarge (too many
    characters or rows, told before anything is started, or no rung of the ladder fits), TimedOut,
    Crashed.
    """
    if locale not in LANGUAGES or paper not in PAPERS:
        raise BadSnapshot(f"no language {locale!r:.20} or no paper {paper!r:.20}")
    check(snapshot, limits=limits)
    request = {
        "kind": kind,
        "locale": locale,
        "paper": paper,
        "memory": limits.memory,
        "cpu": limits.cpu,
        "wall": limits.wall,
    }
    made = run("portal.reports.render", request, snapshot, limits=limits)
    pages, _line, content = made.partition(b"\n")
    return Printed.of(content, pages=int(pages))


def run(module: str, request: dict[str, object], text: str, *, limits: Limits) -> bytes:
    """Run a module as a process with a request line and a text on its input; give its output or
    raise.
    """
    # -P: the working directory is not searched for modules. No preexec_fn: it is unsafe beside
    # threads.
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        start_new_session=True,
    )
    try:
        sent = json.dumps(request).encode() + b"\n" + text.encode("utf-8", "surrogatepass")
        out, err = child.communicate(sent, timeout=limits.wall)
    except subprocess.TimeoutExpired as error:
        raise TimedOut(f"ended after {limits.wall} s") from error
    finally:
        _end(child)
    if child.returncode:
        raise _reason(child.returncode, err.decode("utf-8", "replace"))
    return out


def _end(child: subprocess.Popen[bytes]) -> None:
    # The whole group, so that nothing it may have started lives on.
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def _reason(code: int, message: str) -> ReportError:
    last = message.strip().splitlines()[-1][:300] if message.strip() else ""
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        return TimedOut("ended at its limit of time")
    kinds: dict[int, type[ReportError]] = {3: BadSnapshot, 4: TooLarge, 5: Crashed}
    return kinds.get(code, Crashed)(f"{last or 'no message'} (exit {code})")


def _environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return environment | {
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(portal.__file__).parents[1]),
        # What is kept in sets is written in an order that does not change.
        "PYTHONHASHSEED": "0",
    }
