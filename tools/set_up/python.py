"""The Python environment: .venv, what the lock pins, and Parley itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tools.set_up.steps import BIN, ROOT, STAMPS, VENV, SetUpError, Step, path_with, run
from tools.set_up.system import install_packages

FOR_TESTS = STAMPS / "for-tests"
VENV_PACKAGE = "python3-venv"


def profile(mode: str) -> str:
    """Names the lock for a mode: what is installed for tests stays, or two modes would fight."""
    return "test" if mode == "test" or FOR_TESTS.exists() else "build"


def lock(profile: str) -> Path:
    """The file that pins a profile's packages."""
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


def needs_system_package() -> bool:
    """Says whether nothing on this machine can make an environment that installs packages."""
    if (BIN / "uv").exists():
        return False
    return not (shutil.which("uv") or _has_pip() or _has_ensurepip())


def make_venv() -> None:
    """Creates .venv in the repository with `uv` in it, which installs the rest."""
    if needs_system_package():
        install_packages([VENV_PACKAGE])
    bare = bool(shutil.which("uv")) or _has_pip()
    if not _works(BIN / "python"):
        options = ["--without-pip"] if bare else []
        run("venv", [_base_python(), "-m", "venv", "--clear", *options, VENV])
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pinned("uv"))
        file.flush()
        run("venv", [*_bootstrap(), "--require-hashes", "-r", file.name])


def _works(python: Path) -> bool:
    activate = python.parent / "activate"
    # The programs of an environment name the folder it was made in: a moved one is of no use.
    if not (python.exists() and activate.exists() and str(VENV) in activate.read_text()):
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


def pinned(name: str) -> str:
    """Returns the lines of the lock that pin one package, with its hashes."""
    lines = iter(lock("build").read_text().splitlines())
    for line in lines:
        if line.startswith(f"{name}=="):
            pinned = [line]
            while pinned[-1].endswith("\\"):
                pinned.append(next(lines))
            return "\n".join(pinned) + "\n"
    raise SetUpError(f"{lock('run').name} does not pin {name}: run `make lock`.")


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
    sync = [*uv, "sync", *here, "--require-hashes", "--compile-bytecode", lock(profile)]
    run("packages", sync, env=_mirror())
    editable: list[str | Path] = [
        "--no-deps",
        "--no-build-isolation",
        "--offline",
        "--editable",
        ROOT,
    ]
    run("packages", [*uv, "install", *here, *editable], env=path_with(BIN))
    if profile == "test":
        STAMPS.mkdir(parents=True, exist_ok=True)
        FOR_TESTS.touch()


VENV_STEP = Step(
    "venv", "Python environment", make_venv, ("Python 3.11 and uv",), (BIN / "python", BIN / "uv")
)


def packages_step(profile: str) -> Step:
    """The step that makes the environment hold what a profile's lock says."""
    return Step(
        "packages",
        "Python packages",
        lambda: install_python_packages(profile),
        (lock(profile), ROOT / "pyproject.toml"),
        (BIN / "portal", BIN / "python"),
    )
