"""The `portal` command: for people who run Parley. Each command loads only what it needs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


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


@click.group(cls=Commands)
@click.version_option(package_name="parley")
def portal() -> None:
    """Parley: executive escalations, customer value, compensation, sponsorship, post-mortems,
    briefings.
    """


def make_app(ctx: click.Context, *, demo: bool = False, **config: Any) -> Flask:
    """Make the application from this process's environment."""
    from portal.config import from_environment

    factory: Callable[..., Flask] = ctx.find_root().obj
    return factory(
        from_environment(demo=demo or (Path.cwd() / "instance" / "demo").exists()), **config
    )


def say(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print one JSON object, or a sentence."""
    click.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else text)


def _upgrade(app: Flask) -> None:
    from flask_migrate import upgrade

    from portal.core import jobs
    from portal.core.db import db

    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    jobs.migrate(app)


def _publish_defaults(app: Flask) -> list[str]:
    from portal.blueprints.auth import actions as auth
    from portal.blueprints.policies import actions as policies
    from portal.core import access, clock
    from portal.core.db import db

    with app.app_context():
        auth.ensure_roles()
        auth.ensure_organisation(name="Parley")
        published = policies.publish_defaults(by=access.operator("portal init"), now=clock.now())
        db.session.commit()
    return published


@portal.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Bring the database to the newest migration and publish version 1 of each policy. Can be
    repeated.
    """
    app = make_app(ctx)
    _upgrade(app)
    published = _publish_defaults(app)
    click.echo(f"Database ready. Policies published: {', '.join(published) or 'none new'}.")
    click.echo(
        "Make the first administrator: "
        "portal user add EMAIL --name NAME --role admin --password-stdin"
    )


@portal.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the database to the newest migration."""
    _upgrade(make_app(ctx))
    click.echo("Database is at the newest migration.")


@portal.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=8, show_default=True)
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, threads: int) -> None:
    """Serve the portal; jobs run in this process unless PORTAL_JOBS=external."""
    _serve(make_app(ctx), host=host, port=port, threads=threads)


def _serve(app: Flask, *, host: str, port: int, threads: int) -> None:
    import waitress

    from portal.core import jobs

    if app.config["PORTAL"].jobs == "embedded":
        jobs.launch(app)
    click.echo(f"Parley is at http://{host}:{port}", err=True)
    waitress.serve(
        app, host=host, port=port, threads=threads, ident=None, clear_untrusted_proxy_headers=True
    )


@portal.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Run jobs, beside any number of other workers on the same database."""
    import signal
    import threading

    from portal.core import jobs

    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    jobs.launch(make_app(ctx))
    click.echo("The worker waits for jobs.", err=True)
    ended.wait()
    jobs.stop()


@portal.command()
@click.option("--no-serve", is_flag=True, help="Fill the database at DATABASE_URL and stop.")
@click.option("--port", default=8000, show_default=True)
@click.pass_context
def demo(ctx: click.Context, no_serve: bool, port: int) -> None:
    """Fill an empty database with the demo company and serve it."""
    from portal.config import from_environment

    instance = from_environment(demo=True).instance
    instance.mkdir(parents=True, exist_ok=True)
    (instance / "demo").touch()
    building = make_app(ctx, demo=True, JOBS_INLINE=True)
    _upgrade(building)
    from portal.demo import company

    with building.app_context():
        made = company.build(progress=lambda text: click.echo(text, err=True))
    click.echo(made)
    if not no_serve:
        _serve(make_app(ctx, demo=True), host="127.0.0.1", port=port, threads=8)


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


@portal.group("import")
def import_() -> None:
    """Files from other systems."""


@import_.command("accounts")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Choice(["salesforce", "telco"]), help="Else by the header.")
@click.option(
    "--basis",
    type=click.Choice(["booked", "invoiced", "recognised", "collected"]),
    help="What the file's revenue counts; else as its shape says.",
)
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_accounts(
    ctx: click.Context,
    file: Path,
    mapping: str | None,
    basis: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a CSV file of accounts, as a whole or not at all; wrong rows are listed."""
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
            mapping=ImportMapping(mapping) if mapping else None,
            basis=Basis(basis) if basis else None,
            dry_run=dry_run,
            most_rows=settings.import_rows,
            most_bytes=settings.max_upload,
            queue=False,
            by=by,
            now=clock.now(),
        )
        db.session.commit()
        for _batch in actions.import_batches(run.id, now=clock.now()):
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


@portal.group()
def brief() -> None:
    """Briefings as PDF."""


@brief.command("account")
@click.argument("reference")
@click.option("--for", "reader", required=True, metavar="EMAIL", help="Whose edition it is.")
@click.option("--locale", type=click.Choice(["en", "fr", "it"]), help="Default: the reader's.")
@click.option("--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def brief_account(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the briefing on an account for a reader, and write its PDF."""
    from portal.blueprints.accounts import queries as accounts
    from portal.blueprints.auth import queries as people
    from portal.blueprints.briefings import actions, queries
    from portal.core import access, clock, jobs
    from portal.core.db import db

    app = make_app(ctx, JOBS_INLINE=True)
    with app.app_context():
        person = people.by_email(given["reader"])
        if person is None:
            raise Failed(f"Nobody signs in as {given['reader']}.")
        reader, now = people.actor_of(person), clock.now()
        row = actions.make_account_briefing(
            accounts.get(reader, given["reference"], now=now),
            reader=reader,
            locale=given["locale"] or reader.language,
            paper=given["paper"],
            verify_at=app.config["PORTAL"].base_url.partition("://")[2] + "/verify",
            by=access.operator("portal brief account"),
            now=now,
        )
        db.session.commit()
        jobs.drain()
        row = queries.by_reference(row.reference)
        given["out"].write_bytes(queries.pdf_of(row))
        result = {
            "reference": row.reference,
            "state": row.state.value,
            "pages": row.pages,
            "sha256": row.pdf_digest,
            "file": str(given["out"]),
        }
        say(
            result,
            f"{row.reference}, {row.pages} pages, {row.state.value}",
            as_json=given["as_json"],
        )


@brief.command("render")
@click.argument("snapshot", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--locale", type=click.Choice(["en", "fr", "it"]), default="en", show_default=True)
@click.option("--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def brief_render(snapshot: Path, locale: str, paper: str, out: Path) -> None:
    """Typeset a snapshot: needs neither a secret nor a database nor the network."""
    from portal.reports import pdf
    from portal.reports.snapshot import kind_of

    text = snapshot.read_text(encoding="utf-8")
    try:
        out.write_bytes(pdf.render(kind_of(text), text, locale=locale, paper=paper))
    except pdf.ReportError as error:
        raise Failed(f"The snapshot could not be typeset: {error}") from error
    click.echo(f"Written: {out}", err=True)


@brief.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def brief_verify(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Say whether a PDF is an issue of ours, unchanged: 0 genuine, 1 not known or revoked."""
    import hashlib

    from portal.blueprints.briefings import queries
    from portal.core.db import db

    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with make_app(ctx).app_context():
        row = queries.by_digest(digest)
        state = row.state.value if row else "unknown"
        reference = row.reference if row else None
        db.session.rollback()
    say(
        {"sha256": digest, "state": state, "reference": reference},
        f"{reference or file}: {state}",
        as_json=as_json,
    )
    ctx.exit(0 if state in {"issued", "draft"} else 1)
