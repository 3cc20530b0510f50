"""Commands that keep the data safe: backup and restore."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import Failed, make_app, portal, say

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings
    from portal.core.backup import Opened, Target
    from portal.core.events import Verdict


@portal.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def backup(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Copy database, stored files and checkpoints into one file, while people work."""
    from portal.blueprints.audit import actions
    from portal.core import access, clock
    from portal.core import backup as copies
    from portal.core.db import db

    app = make_app(ctx)
    settings: Settings = app.config["PORTAL"]
    with app.app_context():
        source = copies.target(settings.database_url)
        marks = Path(settings.audit_checkpoints)
        made = copies.write(file, source, checkpoints=marks, now=clock.now())
        actions.note_backup(made, by=access.operator("portal backup"), now=clock.now())
        db.session.commit()
    size = file.stat().st_size
    result = {
        "file": str(file),
        "bytes": size,
        "database": made.database,
        "events": made.seq,
        "files": made.files,
        "bad_files": made.bad_files,
    }
    words = f"{file}: {made.database}, {made.seq} events, {made.files} files, {size:,} bytes."
    say(result, words, as_json=as_json)
    if made.bad_files:
        raise Failed(
            f"The rest is safe, but {len(made.bad_files)} stored files are gone or were altered: "
            + ", ".join(made.bad_files[:5])
        )


@portal.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the database that is there.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def restore(ctx: click.Context, file: Path, force: bool, as_json: bool) -> None:
    """Put a backup in place and verify it: stop Parley first, start it afterwards."""
    from portal.core import backup as copies
    from portal.core import clock

    app = make_app(ctx)
    settings: Settings = app.config["PORTAL"]
    place = copies.target(settings.database_url)
    with app.app_context(), copies.opened(file, folder=settings.instance) as given:
        _refuse(given, place, settings, force=force)
        if place.in_use(now=clock.now()):
            click.echo("Parley is running on this database: start it again afterwards.", err=True)
        if place.kind == "sqlite":  # where a look beforehand is cheap
            _look_first(ctx, given, settings)
        files = given.put_files()
        _load(app, place, given)
        kept = _put_checkpoints(given, Path(settings.audit_checkpoints), now=clock.now())
        verdict, bad = _verified(app, given)
        result = {
            "file": str(file),
            "made_at": given.manifest.made_at,
            "database": place.kind,
            "events": given.manifest.seq,
            "files": files,
            "whole": verdict.whole,
            "bad_files": bad,
            "later_checkpoints": str(kept) if kept else None,
        }
    words = (
        f"Restored what was there at {given.manifest.made_at}: {given.manifest.seq} events, "
        f"{files} files. Everybody signs in again."
    )
    say(result, words, as_json=as_json)
    if kept:
        click.echo(f"Checkpoints made after the backup are kept in {kept}.", err=True)
    if not verdict.whole:
        raise Failed(f"The log is broken at {verdict.bad_seq}: {verdict.why}")
    if bad:
        raise Failed(f"{len(bad)} stored files are gone or altered: {', '.join(bad[:5])}")


def _refuse(given: Opened, place: Target, settings: Settings, *, force: bool) -> None:
    """Refuse what cannot be put here, before anything is changed."""
    import hmac

    from alembic.script import ScriptDirectory

    from portal.config import ROOT
    from portal.core import events

    manifest = given.manifest
    if manifest.database != place.kind:
        raise Failed(
            f"This backup is of a {manifest.database} database, DATABASE_URL names a {place.kind} "
            "one."
        )
    known = {one.revision for one in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()}
    if manifest.revision not in known:
        raise Failed("This backup was made by a later Parley: restore it with that version.")
    signed = events.signature(manifest.seq, manifest.digest)
    if manifest.seq and not hmac.compare_digest(manifest.signature, signed):
        raise Failed("This backup belongs to another PORTAL_SECRET_KEY: set the one of its time.")
    if not force and not place.is_empty():
        raise Failed("There is a database already: --force replaces it by the backup.")


def _look_first(ctx: click.Context, given: Opened, settings: Settings) -> None:
    """Refuse a backup whose log is broken while what is here still stands."""
    beside = replace(settings, database_url=f"sqlite:///{given.database.absolute()}")
    verdict = _log_of(ctx.find_root().obj(beside), given.checkpoints)
    if not verdict.whole:
        raise Failed(
            f"Nothing was changed: the backup's log is broken at {verdict.bad_seq}: {verdict.why}"
        )


def _log_of(app: Flask, checkpoints: Path) -> Verdict:
    from portal.core import events
    from portal.core.db import db

    with app.app_context():
        try:
            return events.verify(checkpoints=events.read_checkpoints(checkpoints))
        finally:
            db.session.remove()
            db.engine.dispose()


def _load(app: Flask, place: Target, given: Opened) -> None:
    from portal.core.db import db

    db.session.remove()
    db.engine.dispose()
    place.load(given.database)


def _put_checkpoints(given: Opened, path: Path, *, now: Any) -> Path | None:
    """Put the backup's checkpoints in place; later ones, which would name entries that are gone,
    are kept beside them: gives where.
    """
    from portal.core import events

    theirs = given.checkpoints.read_text(encoding="utf-8")
    kept = None
    if path.exists() and events.checkpoint_lines(path, until=given.manifest.seq) != (
        path.read_text(encoding="utf-8").splitlines()
    ):
        kept = path.with_name(f"{path.name}.until-{now:%Y%m%dT%H%M%SZ}")
        path.rename(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(theirs, encoding="utf-8")
    return kept


def _verified(app: Flask, given: Opened) -> tuple[Verdict, list[str]]:
    """Verify log and stored files where they are now; then the log tells of the restore."""
    from portal.blueprints.audit import actions
    from portal.core import access, clock, files
    from portal.core.db import db

    verdict = _log_of(app, given.checkpoints)
    with app.app_context():
        bad = files.damaged()
        db.session.rollback()
        if verdict.whole:
            actions.note_restore(
                given.manifest, by=access.operator("portal restore"), now=clock.now()
            )
            db.session.commit()
        db.engine.dispose()
    return verdict, bad
