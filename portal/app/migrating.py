"""Migrations, for the processes that migrate: Alembic takes a quarter of a second and 12 MB, which
one that serves does not need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

import click

if TYPE_CHECKING:
    from flask import Flask


class Late:
    """Stands for the settings of migrations until somebody asks for one of them."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        return getattr(_loaded(self._app), name)


class LateCommands(click.Group):
    """`flask db`, loaded when it is asked for."""

    def __init__(self, app: Flask) -> None:
        super().__init__("db", help="Make and apply migrations.")
        self._app = app

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Let the library's own group take over."""
        _loaded(self._app)
        given = cast(click.Group, self._app.cli.commands["db"])
        return given.make_context(info_name, args, parent, **extra)


def init_app(app: Flask) -> None:
    """Let the application know how it is migrated, without loading what does it."""
    app.extensions["migrate"] = Late(app)
    app.cli.add_command(LateCommands(app))


def _loaded(app: Flask) -> Any:
    """Give the settings of migrations; the library takes the place of what stood for it."""
    if isinstance(app.extensions["migrate"], Late):
        from flask_migrate import Migrate

        from portal.config import ROOT
        from portal.core import db

        Migrate(
            app,
            db.db,
            directory=str(ROOT / "migrations"),
            render_as_batch=True,
            compare_type=True,
            render_item=_plain,
            include_object=_ours,
        )
    return app.extensions["migrate"]


def _ours(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave alone the tables that are not ours: those of the job engine and of the search index."""
    return not (kind == "table" and reflected and other is None)


def _plain(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """Let migrations name plain types, so that they import nothing of ours."""
    import sqlalchemy as sa

    from portal.core.db import Rate, UTCDateTime

    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Rate):
        return "sa.BigInteger()"
    if isinstance(item, sa.JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if type(item).__name__ == "AsaList":
        return "sa.UnicodeText()"
    return False
