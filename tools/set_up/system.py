"""Packages of the operating system: which are missing, and installing them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.set_up.steps import SetUpError, run, say, timed


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

APT_OPTIONS = ("-o", "DPkg::Lock::Timeout=120")
MANY = 3  # packages; a line names fewer, and counts more


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
    """Installs packages of the system; raises SetUpError with the command to run by hand."""
    prefix = _as_administrator()
    if prefix is None:
        raise SetUpError(_by_hand(names))
    with timed(
        f"system: {', '.join(names)}" if len(names) < MANY else f"system: {len(names)} packages"
    ):
        _install(prefix, names)


def _install(prefix: Sequence[str], names: Sequence[str]) -> None:
    get = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *APT_OPTIONS]
    install = [*get, "install", "-y", "--no-install-recommends", *names]
    if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        run("system", [*get, "update"])
    try:
        run("system", install)
    except SetUpError:
        say("  system: trying again with new package lists")
        run("system", [*get, "update"])
        run("system", install)


def prepare(mode: str) -> Callable[[], bool]:
    """Returns what installs the packages that `run` or `test` lacks and says if there were any.

    Raises SetUpError at once where something needed to run Parley may not be installed; what only
    tests need may be missing, and is told.
    """
    needed = missing_packages(RUN_PACKAGES)
    useful = missing_packages(TEST_PACKAGES) if mode == "test" else []
    names = [*needed, *useful]
    if not names:
        return lambda: False
    prefix = _as_administrator()
    if prefix is None and needed:
        raise SetUpError(_by_hand(names))
    if prefix is None:
        say(f"Tests that need {', '.join(useful)} will be skipped. {_by_hand(useful)}\n")
        return lambda: False
    return lambda: _installed(names)


def _installed(names: Sequence[str]) -> bool:
    install_packages(names)
    return True
