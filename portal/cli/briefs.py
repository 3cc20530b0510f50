"""Commands that make, typeset and verify briefings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .base import Failed, make_app, portal, say


@portal.group()
def brief() -> None:
    """Briefings as PDF."""


Command = Callable[..., Any]
ISSUED = (
    click.argument("reference"),
    click.option("--for", "reader", required=True, metavar="EMAIL", help="Whose edition it is."),
    click.option("--locale", type=click.Choice(["en", "fr", "it"]), help="Default: the reader's."),
    click.option("--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True),
    click.option("--annex", is_flag=True, help="Add pages with what is too long for its place."),
    click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True),
    click.option("--json", "as_json", is_flag=True),
    click.pass_context,
)


def issued(command: Command) -> Command:
    """Give a command the argument and the options of all that make an issue."""
    for part in reversed(ISSUED):
        command = part(command)
    return command


@brief.command("account")
@issued
def brief_account(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the briefing on an account for a reader, and write its PDF."""
    _issue(ctx, "ACC-", **given)


@brief.command("escalation")
@issued
def brief_escalation(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the briefing on an open case for a reader, and write its PDF."""
    _issue(ctx, "ESC-", **given)


def _issue(ctx: click.Context, begins: str, /, **given: Any) -> None:
    from portal.blueprints.auth import queries as people
    from portal.blueprints.briefings import actions, queries
    from portal.core import access, clock, jobs
    from portal.core.db import db

    if not given["reference"].upper().startswith(begins):
        raise Failed(f"A reference that begins with {begins} is expected.")
    app = make_app(ctx, JOBS_INLINE=True)
    with app.app_context():
        person = people.by_email(given["reader"])
        if person is None:
            raise Failed(f"Nobody signs in as {given['reader']}.")
        reader = people.actor_of(person)
        row = actions.make(
            reader,
            given["reference"],
            reader=reader,
            locale=given["locale"] or reader.language,
            paper=given["paper"],
            verify_at=app.config["PORTAL"].base_url.partition("://")[2] + "/verify",
            annex=given["annex"],
            by=access.operator(ctx.command_path),
            now=clock.now(),
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
