"""Doors to imports: take a file in, watch it, write it, take it back."""

from collections.abc import Iterable
from pathlib import PurePath

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import FIELDS
from ..forms.imports import BY_HAND, ENCODINGS, SAVED, SHAPES, ImportForm
from ..models import Basis, ImportMapping, ImportRun, ImportState
from ..rules import mapping as maps
from ..rules import shapes
from ..rules.codes import BASES
from .base import bp


@bp.route("/imports", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_IMPORT)
def imports() -> ResponseReturnValue:
    """Take in a file of accounts; show the imports there were."""
    form = ImportForm()
    form.offer(queries.mappings_in_use())
    run = attempt(form, lambda: _begin(form))
    if run and run.state is ImportState.MAPPING:
        return done(url_for("accounts.columns", run_id=run.id))
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
        columns=shapes.SHAPES,
        bases=BASES,
        currency_read=auth_queries.organisation().currency,
        most_rows=settings.import_rows,
        most_megabytes=settings.max_upload >> 20,
    )


def _begin(form: ImportForm) -> ImportRun:
    settings = current_app.config["PORTAL"]
    given, asked = form.file.data, form.mapping.data or ""
    saved = asked.removeprefix(SAVED) if asked.startswith(SAVED) else ""
    return actions.begin_import(
        given.stream,
        file_name=PurePath((given.filename or "").replace("\\", "/")).name or "accounts.csv",
        mapping=ImportMapping(asked) if asked in SHAPES else None,
        columns=queries.usable(saved) if saved else None,
        mapped=asked != BY_HAND,
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
    if name not in {mapping.value for mapping in SHAPES}:
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
    if run.state is ImportState.MAPPING:
        return redirect(url_for("accounts.columns", run_id=run.id), 303)
    template = "accounts/_import.html" if request.args.get("part") else "accounts/import.html"
    return page(
        template,
        run=run,
        issues=queries.issues(run),
        most_issues=queries.SHOWN_ISSUES,
        reasons=maps.REASONS,
        shapes=SHAPES,
        bases=BASES,
        encodings=ENCODINGS,
        mapping=queries.mapping_of(run),
        left=queries.left_over(run) if run.rows_left else [],
        unremoved=queries.unremoved(run),
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
