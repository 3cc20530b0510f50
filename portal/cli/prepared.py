"""Whether the database is as far as this version of Parley, told without Alembic: to load it, and
every migration with it, takes a second and 15 MB that a process which serves never gives back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portal.config import ROOT

from .base import UNPREPARED, Failed

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

_NAMED = re.compile(r"^(revision|down_revision)\b[^=]*=(.*)$", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")


def revisions(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Give the newest migrations that a folder of them holds, and all the older ones."""
    known, followed = set[str](), set[str]()
    for file in folder.glob("*.py"):
        for name, value in _NAMED.findall(file.read_text("utf-8")):
            (known if name == "revision" else followed).update(_QUOTED.findall(value))
    return frozenset(known - followed), frozenset(followed)


def check_prepared(app: Flask) -> None:
    """Refuse to run on a database that lacks what this version asks of it; one that is newer was
    upgraded for the version that is being rolled out.
    """
    reached = _reached(app)
    _newest, older = revisions(ROOT / "migrations" / "versions")
    if not reached or older.intersection(reached):
        raise Failed(UNPREPARED)


def check_upgradable(app: Flask) -> None:
    """Refuse to migrate a database that a later version has migrated further than we know."""
    newest, older = revisions(ROOT / "migrations" / "versions")
    unknown = sorted(_reached(app) - newest - older)
    if unknown:
        raise Failed(
            f"A later version of Parley has upgraded the database at DATABASE_URL (to"
            f" {', '.join(unknown)}): install that version again, or restore the backup that was"
            " made before with `portal restore FILE --force`."
        )


def _reached(app: Flask) -> set[str]:
    import sqlalchemy as sa

    from portal.core.db import db

    asked = sa.text("select version_num from alembic_version")
    with app.app_context(), db.engine.connect() as connection:
        begun = sa.inspect(connection).has_table("alembic_version")
        return set(connection.scalars(asked)) if begun else set()
