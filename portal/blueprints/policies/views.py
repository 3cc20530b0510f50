"""Doors to the policies: which are in force, what they say, and since when."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.web import page, require

from . import queries, rules
from .models import Policy, PolicyKind

bp = Blueprint("policies", __name__, url_prefix="/policies")


@bp.get("/")
@require(Permission.POLICIES_READ)
def index() -> ResponseReturnValue:
    """List the policies in force."""
    found = queries.all_published()
    titles = {row.kind: rules.parse(row.kind, row.body).title for row in found}
    names = auth.names(row.publisher_id for row in found)
    return page("policies/index.html", found=found, titles=titles, names=names)


@bp.get("/<kind>")
@require(Permission.POLICIES_READ)
def show(kind: str) -> ResponseReturnValue:
    """Show what a policy says now, and its versions."""
    return _sheet(queries.published(_kind(kind)))


@bp.get("/<kind>/<int:number>")
@require(Permission.POLICIES_READ)
def version(kind: str, number: int) -> ResponseReturnValue:
    """Show what one version of a policy said."""
    row = queries.get(_kind(kind), number)
    if row.published_at is None:
        raise NotFound
    return _sheet(row)


def _kind(word: str) -> PolicyKind:
    if word not in list(PolicyKind):
        raise NotFound
    return PolicyKind(word)


def _sheet(row: Policy) -> ResponseReturnValue:
    document = rules.parse(row.kind, row.body)
    history = [one for one in queries.versions(row.kind) if one.published_at]
    return page(
        "policies/show.html",
        row=row,
        title=document.title,
        sections=rules.described(document),
        history=history,
        names=auth.names(i for one in history for i in (one.publisher_id, one.author_id)),
    )
