"""Lists every address of the portal with what it asks for and where its view is: `make routes`."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from werkzeug.routing import Rule

from portal.app import create_app

ROOT = Path(__file__).resolve().parent.parent
NO_METHODS = {"HEAD", "OPTIONS"}


def permission(view: object) -> str:
    """Says what a view asks for: a permission, "anybody", or "?" where it says nothing."""
    if not hasattr(view, "permission"):
        return "?"
    return str(view.permission) if view.permission is not None else "anybody"


def place(view: object) -> str:
    """Says in which file and line a view begins, from the root of the repository."""
    plain = inspect.unwrap(view)  # type: ignore[arg-type]
    file = Path(inspect.getsourcefile(plain) or "")
    if not file.is_relative_to(ROOT / "portal"):
        return str(plain.__module__)
    return f"{file.relative_to(ROOT)}:{inspect.getsourcelines(plain)[1]}"


def main() -> int:
    """Prints the table, sorted by address."""
    app = create_app()
    table = Table("address", "methods", "permission", "view", "place", box=box.SIMPLE_HEAD)

    def address(rule: Rule) -> tuple[str, str]:
        return rule.rule, rule.endpoint

    for rule in sorted(app.url_map.iter_rules(), key=address):
        view = app.view_functions[rule.endpoint]
        methods = " ".join(sorted((rule.methods or set()) - NO_METHODS))
        table.add_row(rule.rule, methods, permission(view), rule.endpoint, place(view))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
