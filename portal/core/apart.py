"""Heavy work in a process of its own: it sees no secret, is bounded, and can be ended."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import portal

# The child sees these of our environment and nothing else: no secret, no database address.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH")


class OutOfTime(Exception):  # noqa: N818 - says what happened
    """The process took longer than its limit of wall or processor time and was ended."""


class Ended(Exception):  # noqa: N818 - says what happened
    """The process ended with an exit code other than 0; `message` is the last line it said."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message or 'no message'} (exit {code})")
        self.code = code
        self.message = message


def run(module: str, sent: bytes, *, wall: int) -> bytes:
    """Run a module as a process with bytes on its input, for at most `wall` seconds; give its
    output, or raise OutOfTime or Ended.
    """
    child = _start(module)
    try:
        out, err = child.communicate(sent, timeout=wall)
    except subprocess.TimeoutExpired as error:
        raise OutOfTime(f"ended after {wall} s") from error
    finally:
        _end(child)
    if child.returncode:
        raise _why(child.returncode, err)
    return out


class Talk:
    """A process that answers one question after another, each a line, for at most `wall` seconds in
    all; it starts with the first question and ends with the block.
    """

    def __init__(self, module: str, *, wall: int) -> None:
        self._module, self._wall = module, wall
        self._child: subprocess.Popen[bytes] | None = None
        self._clock: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._clock is not None:
            self._clock.cancel()
        child, self._clock, self._child = self._child, None, None
        if child is None:
            return
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        with child:  # its pipes are closed, and it is waited for
            pass

    def ask(self, question: bytes) -> bytes:
        """Give the answer to a question, both without the end of their line; raises OutOfTime or
        Ended, and the next question begins anew.
        """
        child = self._child
        if child is None:
            self._child = child = _start(self._module)
            self._clock = threading.Timer(self._wall, child.send_signal, [signal.SIGALRM])
            self._clock.daemon = True
            self._clock.start()
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # why it ended is said below
            child.stdin.write(question + b"\n")
            child.stdin.flush()
        answer = child.stdout.readline()
        if answer.endswith(b"\n"):
            return answer[:-1]
        err = child.stderr.read() if child.stderr else b""
        code = child.wait()
        self.__exit__()
        raise _why(code, err)


def _start(module: str) -> subprocess.Popen[bytes]:
    # -P: the working directory is not searched for modules. No preexec_fn: it is unsafe beside
    # threads.
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )


def _why(code: int, err: bytes) -> OutOfTime | Ended:
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        return OutOfTime("ended at its limit of time")
    said = err.decode("utf-8", "replace").strip().splitlines()
    return Ended(code, said[-1][:300] if said else "")


def _end(child: subprocess.Popen[bytes]) -> None:
    # The whole group, so that nothing it may have started lives on.
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def environment() -> dict[str, str]:
    """Give what a child may see of our environment."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return passed | {
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(portal.__file__).parents[1]),
        # What is kept in sets is written in an order that does not change.
        "PYTHONHASHSEED": "0",
        # One thread: others need the processor too, and each would reserve memory of its own.
        "OPENBLAS_NUM_THREADS": "1",
    }


def limit(*, memory: int, cpu: int, wall: int) -> None:
    """Bound this process: bytes of address space, seconds of processor, seconds until an alarm
    ends it.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The soft limit ends it with SIGXCPU, which the parent can tell from a crash.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(wall)
