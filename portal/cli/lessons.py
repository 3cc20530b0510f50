"""Commands of post-mortems."""

from __future__ import annotations

from pathlib import Path

import click

from .base import Failed, make_app, portal, say


@portal.group()
def postmortems() -> None:
    """What cases taught us."""


@postmortems.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--dry-run", is_flag=True, help="Check every record, write nothing.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def postmortems_import(
    ctx: click.Context, files: tuple[Path, ...], dry_run: bool, as_json: bool
) -> None:
    """Bring in post-mortems written elsewhere: JSON Lines, CSV, Markdown with front matter.

    A file comes in as a whole or not at all. A record is known again by its uuid, else by its url,
    else by what it says; one that came before unchanged is skipped.
    """
    from portal.blueprints.postmortems import actions
    from portal.core import access, clock
    from portal.core.db import db

    app = make_app(ctx)
    counts = dict.fromkeys(("created", "updated", "skipped"), 0)
    errors: list[dict[str, str | int]] = []
    with app.app_context():
        for file in files:
            outcome = actions.import_file(
                file.read_bytes(),
                name=file.name,
                most_bytes=app.config["PORTAL"].max_upload,
                dry_run=dry_run,
                by=access.operator("portal postmortems import"),
                now=clock.now(),
            )
            db.session.commit()
            for name in counts:
                counts[name] += getattr(outcome, name)
            found = [one.plain() for one in outcome.errors]
            if len(files) > 1:
                found = [{**one, "reason": f"{file.name}: {one['reason']}"} for one in found]
            errors += found
    said = ", ".join(f"{name} {count}" for name, count in counts.items())
    lines = [f"  line {e['line']}, {e['field'] or 'record'}: {e['reason']}" for e in errors]
    say({**counts, "errors": errors}, "\n".join([said, *lines]), as_json=as_json)
    if not as_json and errors and not any(counts.values()):
        raise Failed("Nothing was brought in.")
