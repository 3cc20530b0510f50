"""Imports, and undoing them."""

from collections.abc import Callable
from typing import Any

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import ImportRun
from ..schemas.imports import (
    ImportFault,
    ImportLeft,
    ImportLine,
    ImportOut,
    ImportPage,
)
from .blueprint import bp


@bp.get("/imports")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportPage)
def imports() -> Response:
    """List the newest imports: counts alone, no rows."""
    return call(lambda: answer(ImportPage(items=[_import_line(r) for r, _who in queries.runs()])))


def _counts(run: ImportRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "file": run.file_name,
        "mapping": run.mapping.value,
        "dry_run": run.dry_run,
        "state": run.state.value,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "read": run.rows_read,
        "bad": run.rows_bad,
        "new": run.rows_new,
        "changed": run.rows_changed,
        "undone": run.rows_undone,
        "left": run.rows_left,
    }


def _import_line(run: ImportRun) -> ImportLine:
    return ImportLine(**_counts(run))


@bp.get("/imports/<int:run_id>")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportOut)
def show_import(run_id: int) -> Response:
    """Give one import: how far it is, its first wrong rows, what its undoing left."""
    return call(lambda: _import(queries.get_run(viewer(), run_id)))


def _import(run: ImportRun) -> Response:
    return answer(
        ImportOut(
            **_counts(run),
            digest=run.digest,
            basis=run.basis.value if run.basis else None,
            why_refused=run.why_refused,
            total=run.rows_total,
            written=run.rows_written,
            issues=[
                ImportFault(line=i.line, column=i.column, value=i.value, reason=i.reason)
                for i in queries.issues(run)
            ],
            stayed=[
                ImportLeft(
                    reference=one.reference, external_id=one.external_id, fields=list(one.fields)
                )
                for one in queries.left_over(run)
            ],
        )
    )


@bp.post("/imports/<int:run_id>/undo")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportOut)
def undo_import(run_id: int) -> Response:
    """Begin to undo a whole import that is in; a job does it, and what must stay is listed."""
    return once(lambda: _stopped(run_id, actions.undo))


@bp.post("/imports/<int:run_id>/take-back")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportOut)
def take_back_import(run_id: int) -> Response:
    """Stop an import that runs; what it wrote, which nobody has seen, is removed."""
    return once(lambda: _stopped(run_id, actions.take_back))


def _stopped(run_id: int, act: Callable[..., None]) -> Response:
    run = queries.get_run(viewer(), run_id)
    act(run, by=viewer(), now=clock.now())
    return _import(run)
