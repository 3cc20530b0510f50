"""Accounts that are one."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Account, AccountMerge
from ..schemas import (
    MergeAsked,
    MergeList,
    MergeOut,
)
from .blueprint import bp


@bp.get("/<reference>/merges")
@require(Permission.ACCOUNTS_MERGE)
@shapes(gives=MergeList)
def merges(reference: str) -> Response:
    """List the merges into an account that hold."""
    return call(lambda: _merges(queries.get_to_edit(viewer(), reference, now=clock.now())))


def _merges(into: Account) -> Response:
    found = queries.merges_into(into)
    return answer(MergeList(items=[_merged(row, ref, into) for row, ref, _name in found]))


def _merged(row: AccountMerge, reference: str, into: Account) -> MergeOut:
    return MergeOut(
        id=row.id,
        reference=reference,
        into=into.reference,
        merged_at=row.merged_at,
        undone_at=row.undone_at,
    )


@bp.post("/<reference>/merges")
@require(Permission.ACCOUNTS_MERGE)
@shapes(takes=MergeAsked, gives=MergeOut, status=201)
def merge(reference: str) -> Response:
    """Merge another account into this one; once per Idempotency-Key."""
    return once(lambda: _merge(reference))


def _merge(reference: str) -> Response:
    given: MergeAsked = read_body(MergeAsked)
    into = queries.get_to_edit(viewer(), reference, now=clock.now())
    other = queries.get_to_edit(viewer(), given.other, now=clock.now())
    row = actions.merge(other, into, by=viewer(), now=clock.now())
    return answer(_merged(row, given.other, into), status=201)


@bp.post("/<reference>/merges/<int:merge_id>/undo")
@require(Permission.ACCOUNTS_MERGE)
@shapes(gives=MergeOut)
def unmerge(reference: str, merge_id: int) -> Response:
    """Undo a merge into this account wholly."""
    return once(lambda: _unmerge(reference, merge_id))


def _unmerge(reference: str, merge_id: int) -> Response:
    into = queries.get_to_edit(viewer(), reference, now=clock.now())
    row = queries.merge_into(into, merge_id)
    actions.unmerge(row, by=viewer(), now=clock.now())
    return answer(_merged(row, queries.by_id(row.from_id).reference, into))
