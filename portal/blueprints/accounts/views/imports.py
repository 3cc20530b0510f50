"""Doors to imports: take a file in, watch it, write it, take it back."""

from collections.abc import Iterable
from pathlib import PurePath

from flask import Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import ENCODINGS, FIELDS, SHAPES, ImportForm
from ..models import Basis, ImportMapping, ImportRun
from ..rules import mapping as maps
from ..rules.codes import BASES
from .base import bp


@bp.route("/imports", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_IMPORT)
def imports() -> ResponseReturnValue:
    """Take in a file of accounts; show the imports there were."""
    form = ImportForm()
    run = attempt(form, lambda: _begin(form))
    if run:
        return done(url_for("accounts.watch", run_id=run.id), _("The file is being checked."))
    settings = current_app.config["PORTAL"]
    runs = queries.runs()
    return page(
        "accounts/imports.html",
        form=form,
        runs=runs,
        open={run.id for run, _who in runs if queries.may_open(viewer(), run)},
        shapes=SHAPES,
        columns=maps.SHAPES,
        bases=BASES,
        currency_read=auth_queries.organisation().currency,
        most_rows=settings.import_rows,
        most_megabytes=settings.max_upload >> 20,
    )


def _begin(form: ImportForm) -> ImportRun:
    settings = current_app.config["PORTAL"]
    given = form.file.data
    return actions.begin_import(
        given.stream,
        file_name=PurePath((given.filename or "").replace("\\", "/")).name or "accounts.csv",
        mapping=ImportMapping(form.mapping.data) if form.mapping.data else None,
        basis=Basis(form.basis.data) if form.basis.data else None,
        encoding=form.encoding.data or "",
        dry_run=bool(form.dry_run.data),
        most_rows=settings.import_rows,
        most_bytes=settings.max_upload,
        by=viewer(),
        now=clock.now(),
    )


@bp.get("/imports/samples/<name>.csv")
@require(Permission.ACCOUNTS_IMPORT)
def sample(name: str) -> ResponseReturnValue:
    """Give the made-up sample of a shape."""
    if name not in {mapping.value for mapping in ImportMapping}:
        raise NotFound
    with current_app.open_resource(f"blueprints/accounts/samples/{name}.csv") as file:
        response = Response(file.read(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-sample.csv"'
    return response


@bp.get("/imports/<int:run_id>")
@require(Permission.ACCOUNTS_IMPORT)
def watch(run_id: int) -> ResponseReturnValue:
    """Show how far an import is, or how it ended; its address can be left and found again."""
    run = queries.get_run(viewer(), run_id)
    template = "accounts/_import.html" if request.args.get("part") else "accounts/import.html"
    return page(
        template,
        run=run,
        issues=queries.issues(run),
        reasons=maps.REASONS,
        shapes=SHAPES,
        bases=BASES,
        encodings=ENCODINGS,
        left=queries.left_over(run) if run.rows_left else [],
        named=_named,
    )


def _named(fields: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(str(FIELDS[name]) for name in fields))


@bp.post("/imports/<int:run_id>/write")
@require(Permission.ACCOUNTS_IMPORT)
def write(run_id: int) -> ResponseReturnValue:
    """Import a checked file for real."""
    run = actions.write_checked(queries.get_run(viewer(), run_id), by=viewer(), now=clock.now())
    return done(url_for("accounts.watch", run_id=run.id), _("The file is being imported."))


@bp.post("/imports/<int:run_id>/take-back")
@require(Permission.ACCOUNTS_IMPORT)
def take_back(run_id: int) -> ResponseReturnValue:
    """Stop an import and remove what it wrote."""
    actions.take_back(queries.get_run(viewer(), run_id), by=viewer(), now=clock.now())
    return done(url_for("accounts.watch", run_id=run_id), _("The import is taken back."))


@bp.post("/imports/<int:run_id>/undo")
@require(Permission.ACCOUNTS_IMPORT)
def undo_import(run_id: int) -> ResponseReturnValue:
    """Undo a whole import that is in."""
    actions.undo(queries.get_run(viewer(), run_id), by=viewer(), now=clock.now())
    return done(url_for("accounts.watch", run_id=run_id), _("The import is being undone."))
