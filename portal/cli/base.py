"""The `portal` command itself, and what all its commands share."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from portal.blueprints.policies.rules import Document

D = TypeVar("D", bound="Document")


UNPREPARED = (
    "The database at DATABASE_URL is not prepared for this version: run `portal init` where it is"
    " new, `portal upgrade` where it is older."
)


class Failed(click.ClickException):
    """Refused or failed: a sentence on stderr, exit 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Say why, in a sentence."""
        click.echo(self.message, err=True)


class Commands(click.Group):
    """The commands; what the business or the settings refuse becomes a sentence and exit 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        from portal.config import Misconfigured
        from portal.core.errors import NotFound, Refused

        try:
            return super().invoke(ctx)
        except (Misconfigured, Refused) as error:
            raise Failed(str(error)) from error
        except NotFound as error:
            raise Failed("There is no such record.") from error
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise Failed(f"{error.filename}: {error.strerror}") from error
        except Exception as error:
            unanswered = _unanswered(error)
            if unanswered is None:
                raise
            raise Failed(unanswered) from error


def _unanswered(error: Exception) -> str | None:
    """Say what whoever installed Parley has to do about their database; None for other errors."""
    from psycopg import OperationalError as Unreached  # where the libraries were gone around
    from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

    if isinstance(error, Unreached):
        return _unreached(str(error))
    if not isinstance(error, DatabaseError):
        return None
    first_line = str(error.orig).partition("\n")[0]
    if first_line == "file is not a database":
        return "The file that DATABASE_URL names is something else than an SQLite database."
    if not isinstance(error, OperationalError | ProgrammingError):
        return None
    if getattr(error.orig, "sqlstate", None) == "42P01" or first_line.startswith("no such table"):
        return f"{UNPREPARED} ({first_line})"
    if error.statement is not None and not error.connection_invalidated:
        return None
    return _unreached(first_line)


def _unreached(why: str) -> str:
    return (
        f"The database at DATABASE_URL does not answer: {why.partition(chr(10))[0]}\n"
        "Does it run there, and are host, port, name, user and password in DATABASE_URL right? For"
        " SQLite, may this user write to the file and its folder?"
    )


@click.group(cls=Commands)
@click.version_option(package_name="parley")
def portal() -> None:
    """Parley: executive escalations, customer value, compensation, sponsorship, post-mortems,
    briefings.
    """


def make_app(ctx: click.Context, *, demo: bool = False, port: int = 8000, **config: Any) -> Flask:
    """Make the application from this process's environment, for the port that is served."""
    import os

    from portal.config import from_environment, holds_demo

    factory: Callable[..., Flask] = ctx.find_root().obj
    settings = from_environment(demo=demo or holds_demo(os.environ), port=port)
    # What is made here lasts: to look for garbage in it takes a sixth of the time.
    gc.disable()
    try:
        return factory(settings, **config)
    finally:
        gc.enable()


def say(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print one JSON object, or a sentence."""
    click.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else text)


def policy_at_hand(shape: type[D]) -> tuple[D, int]:
    """Give the policy in force and its version where a database was initialised, else version 1 as
    shipped; asks for no secret.
    """
    from portal.blueprints.policies import rules

    return published_policy(shape) or (rules.shipped(shape), 1)


def published_policy(shape: type[D]) -> tuple[D, int] | None:
    """Give the policy in force and its version, read as it stands in the database without the
    mapped classes, which take longer to load than all the rest; None where no database was
    initialised.
    """
    import os

    import sqlalchemy as sa

    from portal.blueprints.policies import rules
    from portal.config import database_url, engine_options

    given = database_url(os.environ)
    url = sa.engine.make_url(given)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    kind = next(kind for kind, known in rules.SHAPES.items() if known is shape)
    newest = sa.text(
        "select cast(body as text), number from policy where kind = :kind and state = 'published'"
        " and published_at is not null order by number desc limit 1"
    )
    try:
        options = engine_options(given)
        engine = sa.create_engine(url, **options, poolclass=sa.NullPool)
        with engine.connect() as connection:
            there = sa.inspect(connection).has_table("policy")
            found = there and connection.execute(newest, {"kind": kind.value}).one_or_none()
    except sa.exc.SQLAlchemyError as error:
        why = getattr(error, "orig", None) or error
        raise Failed(f"The database does not answer: {why}") from error
    return (rules.read_as(shape, found[0]), found[1]) if found else None
