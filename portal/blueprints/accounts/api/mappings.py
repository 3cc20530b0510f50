"""Saved mappings of columns."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import ColumnMapping
from ..rules import columns as cols
from ..schemas.imports import ColumnMappingIn, ColumnMappingOut, ColumnMappingPage
from .blueprint import bp


@bp.get("/imports/mappings")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ColumnMappingPage)
def mappings() -> Response:
    """List the saved mappings with all their versions, the newest of each first."""
    return call(
        lambda: answer(
            ColumnMappingPage(
                items=[_out(one.row) for versions in queries.mappings() for one in versions]
            )
        )
    )


def _out(row: ColumnMapping) -> ColumnMappingOut:
    return ColumnMappingOut(
        name=row.name,
        number=row.number,
        title=row.title,
        created_at=row.created_at,
        retired_at=row.retired_at,
        **row.columns,
    )


@bp.post("/imports/mappings")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(takes=ColumnMappingIn, gives=ColumnMappingOut, status=201)
def save_mapping() -> Response:
    """Save a mapping of columns under a name; under one that is there, its next version."""
    return once(_save)


def _save() -> Response:
    given: ColumnMappingIn = read_body(ColumnMappingIn)
    document = given.model_dump()
    title = document.pop("title")
    columns = cols.from_document(document)
    row = actions.save_mapping(columns, title=title, by=viewer(), now=clock.now())
    return answer(_out(row), status=201)
