"""Running commands, telling how long they took, and remembering what is done."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = VENV / ".set-up"
LOGS = ROOT / "tmp" / "set-up"

LAST_LINES = 15
HINT = """
The whole output is in tmp/set-up/. If a registry could not be reached, check the network; behind a
proxy set HTTPS_PROXY, for mirrors PIP_INDEX_URL and NPM_CONFIG_REGISTRY. Then run this again: what
is done stays done."""


class SetUpError(Exception):
    """A step could not be done; the text says which and what to do."""


def say(text: str) -> None:
    """Prints one line at once, also into a pipe."""
    print(text, flush=True)


def run(
    step: str, command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Runs a command with its output in tmp/set-up/<step>.log; raises SetUpError with its end."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{step}.log"
    words = [str(word) for word in command]
    with log.open("a") as output:
        output.write(f"$ {' '.join(words)}\n")
        output.flush()
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        end = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        raise SetUpError(
            "\n".join([f"{' '.join(words)} ended with {done.returncode}:", *end, HINT])
        )


def path_with(folder: Path) -> dict[str, str]:
    """Returns the environment in which the programs of a folder come first."""
    return {"PATH": f"{folder}:{os.environ.get('PATH', '')}"}


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints one line when the work is done: what it was and how many seconds it took."""
    begin = time.monotonic()
    yield
    say(f"  {what:<34} {time.monotonic() - begin:6.1f} s")


def digest(*inputs: Path | str) -> str:
    """Returns the digest of texts, files and whole folders (names and contents)."""
    total = hashlib.sha256(str(ROOT).encode())
    for item in inputs:
        files = [item] if isinstance(item, str) else _files(item)
        for file in files:
            total.update(str(file).encode() + b"\0")
            total.update(b"" if isinstance(file, str) else file.read_bytes())
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path] if path.exists() else []


@dataclass(frozen=True)
class Step:
    """Work that is needed again only if its inputs changed or one of its outputs is gone."""

    name: str
    what: str
    work: Callable[[], None]
    inputs: tuple[Path | str, ...]
    outputs: tuple[Path, ...] = field(default=())

    @property
    def _stamp(self) -> Path:
        return STAMPS / self.name

    def is_done(self) -> bool:
        """Says whether the stamp fits the inputs and the outputs are there."""
        return (
            self._stamp.exists()
            and all(output.exists() for output in self.outputs)
            and self._stamp.read_text() == digest(*self.inputs)
        )

    def do(self) -> bool:
        """Does the work unless it is done, and says whether there was any."""
        if self.is_done():
            return False
        self._stamp.unlink(missing_ok=True)
        (LOGS / f"{self.name}.log").unlink(missing_ok=True)
        with timed(self.what):
            self.work()
        STAMPS.mkdir(parents=True, exist_ok=True)
        self._stamp.write_text(digest(*self.inputs))
        return True
