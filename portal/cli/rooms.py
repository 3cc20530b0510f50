"""Commands of the rooms: people, imports, the event log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import make_app, portal, say
from .running import say_first

if TYPE_CHECKING:
    pass


@portal.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True)
@click.option("--language", default="en", show_default=True)
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from standard input."
)
@click.pass_context
def user_add(
    ctx: click.Context,
    email: str,
    name: str,
    roles: tuple[str, ...],
    language: str,
    password_stdin: bool,
) -> None:
    """Add a person."""
    from portal.blueprints.auth import actions
    from portal.core import access, clock
    from portal.core.db import db

    unknown = set(roles) - {role.value for role in access.Role}
    if unknown:
        known = ", ".join(role.value for role in access.Role)
        raise click.BadParameter(
            f"{', '.join(sorted(unknown))}; known roles are {known}", param_hint="--role"
        )
    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    app = make_app(ctx)
    with app.app_context():
        actions.ensure_roles()
        person = actions.add_person(
            email=email,
            name=name,
            roles=[access.Role(role) for role in roles],
            password=password,
            language=language,
            by=access.operator("portal user add"),
            now=clock.now(),
        )
        db.session.commit()
        click.echo(f"{person.name} can sign in as {person.email}.")


@user.command("first")
@click.pass_context
def user_first(ctx: click.Context) -> None:
    """Print the address at which the first administrator begins; it opens for one day."""
    from portal.core.errors import Refused

    if not say_first(make_app(ctx)):
        raise Refused("There is somebody already. Add others with: portal user add")


@portal.group("import")
def import_() -> None:
    """Files from other systems."""


@import_.command("accounts")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    help="salesforce, telco, hubspot, generic, or the name of a saved one; else by the header.",
)
@click.option(
    "--basis",
    type=click.Choice(["booked", "invoiced", "recognised", "collected"]),
    help="What the file's revenue counts; else as its shape says.",
)
@click.option("--encoding", default="", help="Of a CSV file without a mark; else UTF-8.")
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_accounts(
    ctx: click.Context,
    file: Path,
    mapping: str | None,
    basis: str | None,
    encoding: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import accounts from a CSV file or XLSX workbook, as a whole or not at all; wrong rows are
    listed.
    """
    from portal.blueprints.accounts import actions, queries
    from portal.blueprints.accounts.models import Basis, ImportMapping
    from portal.core import access, clock
    from portal.core.db import db

    app = make_app(ctx)
    settings, by = app.config["PORTAL"], access.operator("portal import")
    with app.app_context(), file.open("rb") as stream:
        run = actions.begin_import(
            stream,
            file_name=file.name,
            mapping=ImportMapping(mapping) if mapping in queries.SHIPPED else None,
            columns=queries.usable(mapping) if mapping and mapping not in queries.SHIPPED else None,
            basis=Basis(basis) if basis else None,
            dry_run=dry_run,
            encoding=encoding,
            most_rows=settings.import_rows,
            most_bytes=settings.max_upload,
            queue=False,
            by=by,
            now=clock.now(),
        )
        db.session.commit()
        most_rows = settings.import_rows
        for _batch in actions.import_batches(run.id, most_rows=most_rows, clock=clock.now):
            db.session.commit()
        told = queries.told(queries.get_run(by, run.id))
        db.session.rollback()
    say(told, _import_words(told), as_json=as_json)


def _import_words(told: dict[str, Any]) -> str:
    lines = [
        f"{told['file']}: {told['state']}. {told['read']} rows read, {told['bad']} wrong, "
        f"{told['new']} new, {told['changed']} changed, {told['same']} unchanged."
    ]
    lines += [
        f"  line {i['line']}, {i['column'] or 'row'}, {i['value']!r}: {i['reason']}"
        for i in told["issues"]
    ]
    return "\n".join(lines)


@portal.group()
def jobs() -> None:
    """Work that follows a change, and what runs by the clock."""


@jobs.command("status")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def jobs_status(ctx: click.Context, as_json: bool) -> None:
    """Say how the job engine fares: processes, what waits, what failed, what is late."""
    from portal.core import clock
    from portal.core import jobs as engine
    from portal.core.db import looking

    # Who only reads holds SQLite's one place of writers from nobody, the engine's client included.
    with make_app(ctx).app_context(), looking():
        found = engine.health(now=clock.now())
        failed = engine.failures(limit=1000)
        names = [one.name for one in found.late]
        result = {
            "workers": found.workers,
            "heard_at": found.heard_at,
            "waiting": len(engine.waiting(limit=1000)),
            "trying_again": sum(one.next_try_at is not None for one in failed),
            "given_up": sum(one.next_try_at is None for one in failed),
            "late": names,
        }
    words = (
        f"{found.workers} processes run jobs; {result['waiting']} wait,"
        f" {result['trying_again']} are tried again, {result['given_up']} have given up."
    )
    late = f" Late: {', '.join(names)}." if names else ""
    say(result, words + late, as_json=as_json)


@portal.group()
def audit() -> None:
    """The event log."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def audit_verify(ctx: click.Context, as_json: bool) -> None:
    """Check that the event log is whole: 0 whole, 1 broken with the first bad sequence number."""
    from portal.core import events
    from portal.core.db import db

    app = make_app(ctx)
    with app.app_context():
        path = Path(app.config["PORTAL"].audit_checkpoints)
        found = events.verify(checkpoints=events.read_checkpoints(path))
        db.session.rollback()
    words = "whole" if found.whole else f"broken at {found.bad_seq}: {found.why}"
    result = {
        "whole": found.whole,
        "events": found.checked,
        "redacted": found.redacted,
        "first_bad": found.bad_seq,
        "why": found.why,
    }
    say(
        result,
        f"The log is {words}. {found.checked} events checked, {found.redacted} values redacted.",
        as_json=as_json,
    )
    ctx.exit(0 if found.whole else 1)
