"""Checks what no other tool does: the names of the rooms' files, their size, and what is told.

A room holds only the files of the layout; a function has at most 60 lines, a file at most 400; no
committed file names a package registry or a place on somebody's machine.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

ROOM_FILES = {
    "__init__",
    "models",
    "rules",
    "queries",
    "actions",
    "remote",
    "schemas",
    "forms",
    "views",
    "api",
    "jobs",
}
DATA_FOLDERS = {"accounts": {"samples"}, "policies": {"defaults"}}
LONGEST_FUNCTION, LONGEST_FILE = 60, 400
# Tests are mostly tables of cases, which are read one at a time.
LONGEST_TEST_FILE = 800
CODE = ("portal", "tests", "bench", "tools", "migrations", "wsgi.py")

# Hosts of registries, and folders that exist on one machine only.
TELLTALE = re.compile(
    r"(?:files\.python\w+|\bpypi\.(?:org|python)|registry\.(?:npm|yarn)\w+|deb\.debian"
    r"|--(?:extra-)?index-url|--find-links|file:///"
    r"|(?<![\w.}/])/(?:work|root|home|Users)/\w)"
)
TOLD_IN = (".lock", ".json", ".md", ".toml", ".yaml", ".yml", ".txt", ".py", ".mjs", ".conf", "")
MAY_TELL = {"tools/check_layout.py"}


def room_files() -> Iterator[str]:
    """Names every file and folder of a room that the layout does not know."""
    for room in sorted(path.parent for path in ROOT.glob("portal/blueprints/*/__init__.py")):
        allowed = ROOM_FILES | DATA_FOLDERS.get(room.name, set())
        for path in sorted(room.iterdir()):
            if path.name != "__pycache__" and (path.stem not in allowed or _is_foreign(path, room)):
                yield f"{path.relative_to(ROOT)}: a room has no such file"


def _is_foreign(path: Path, room: Path) -> bool:
    if path.is_dir():
        is_data = path.name in DATA_FOLDERS.get(room.name, set())
        return not is_data and not (path / "__init__.py").exists()
    return path.suffix != ".py"


def committed() -> list[Path]:
    """Lists the files under version control, the new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listing.stdout.splitlines() if (path := ROOT / name).is_file()]


def sizes(files: list[Path]) -> Iterator[str]:
    """Names the files and functions that are too long."""
    for path in files:
        name = path.relative_to(ROOT)
        # A migration is as long as what it changes.
        if path.suffix != ".py" or name.parts[0] not in CODE or "versions" in name.parts:
            continue
        text = path.read_text()
        lines = text.count("\n")
        most = LONGEST_TEST_FILE if name.parts[0] == "tests" else LONGEST_FILE
        if lines > most:
            yield f"{name}: {lines} lines; make it a folder (at most {most})"
        yield from (f"{name}:{fault}" for fault in _long_functions(text))


def _long_functions(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {length} lines (at most {LONGEST_FUNCTION})"


def telltales(files: list[Path]) -> Iterator[str]:
    """Names the lines that tell a registry's address or a place on one machine."""
    for path in files:
        name = path.relative_to(ROOT)
        if str(name) in MAY_TELL or path.suffix not in TOLD_IN:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if found := TELLTALE.search(line):
                yield f"{name}:{number}: tells {found.group()!r}"


def main() -> int:
    """Prints every fault; 1 if there is one."""
    files = committed()
    faults = [*room_files(), *sizes(files), *telltales(files)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
