"""Writes docs/tables.md: every table, its key, what it refers to, and the room that owns it.

`tools/tables.py` writes the page, `tools/tables.py check` fails when it is out of date.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from portal.app import ROOMS
from portal.core.db import Base

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"
CORE = ("db", "access", "events", "files", "jobs", "sessions", "web")
HEAD = """# The tables

Made by `tools/tables.py` from the models; `make check` fails when it is out of date. One room owns
a table: only its `actions` write it. Every record has a public reference where people speak of it,
UTC times and a version for optimistic locking; money is an integer count of minor units beside its
currency.
"""


def owners() -> dict[str, list[type[Base]]]:
    """Gives the classes of tables by the part of the code that owns them."""
    for room in ROOMS:
        if importlib.util.find_spec(f"portal.blueprints.{room}.models"):
            importlib.import_module(f"portal.blueprints.{room}.models")
    for part in CORE:
        importlib.import_module(f"portal.core.{part}")
    found: dict[str, list[type[Base]]] = {}
    for mapper in Base.registry.mappers:
        module = mapper.class_.__module__.split(".")
        owner = "core" if module[1] == "core" else module[2]
        found.setdefault(owner, []).append(mapper.class_)
    return found


def _table(model: type[Base]) -> sa.Table:
    # SQLAlchemy promises less: a model may stand on a join or a query as well; ours never does.
    return cast("sa.Table", model.__table__)


def line(model: type[Base]) -> str:
    """Describes one table in a row."""
    table = _table(model)
    key = ", ".join(column.name for column in table.primary_key.columns)
    public = " (`reference`)" if "reference" in table.columns else ""
    refers = sorted({foreign.target_fullname.split(".")[0] for foreign in table.foreign_keys})
    what = (model.__doc__ or "").split(".")[0].strip().replace("\n", " ")
    words = " ".join(what.split())
    return f"| `{table.name}` | {key}{public} | {', '.join(refers)} | {words} |"


def page() -> str:
    """Makes the whole page."""
    parts = [HEAD]
    found = owners()
    for owner in ("core", *ROOMS):
        models = sorted(found.get(owner, ()), key=lambda model: _table(model).name)
        if models:
            rows = "\n".join(line(model) for model in models)
            parts.append(
                f"## {owner}\n\n| table | key | refers to | what |\n|---|---|---|---|\n{rows}\n"
            )
    many = [table for table in Base.metadata.sorted_tables if table.name == "roles_users"]
    parts.extend(f"`{t.name}` joins people and roles for the sign-in library.\n" for t in many)
    return "\n".join(parts)


def main() -> None:
    """Writes or checks the page."""
    sa.orm.configure_mappers()
    text = page()
    if sys.argv[1:] == ["check"]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit("docs/tables.md is out of date: run .venv/bin/python tools/tables.py")
        return
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
