"""Doors to merges of accounts."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import MergeForm
from ..models import Account, AccountMerge
from ..rules.text import tidy
from .base import bp


@bp.route("/<reference>/merge", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_MERGE)
def merge(reference: str) -> ResponseReturnValue:
    """Merge another account into this one: both are shown side by side first."""
    into = queries.get_to_edit(viewer(), reference, now=clock.now())
    asked = tidy(request.form.get("other") or request.args.get("other"))[:200]
    other = _other(asked, into)
    form = MergeForm(other=other.reference if other else asked)
    merged = attempt(form, lambda: _merge(other, into))
    if merged:
        where = url_for("accounts.show", reference=reference)
        return done(where, _("The accounts are merged."))
    return page(
        "accounts/merge.html",
        form=form,
        account=into,
        other=other,
        asked=asked,
        names=queries.owner_names([one for one in (into, other) if one]),
        weights=[queries.weight(one) for one in (into, other) if one],
        merges=queries.merges_into(into),
    )


def _other(asked: str, into: Account) -> Account | None:
    """Find the account that was asked for, by its exact name or its number."""
    now = clock.now()
    found = queries.other(viewer(), asked, than=into, now=now) if asked else None
    return queries.get_to_edit(viewer(), found, now=now) if found else None


def _merge(other: Account | None, into: Account) -> AccountMerge:
    if other is None:
        raise NotFound
    return actions.merge(other, into, by=viewer(), now=clock.now())


@bp.post("/<reference>/merges/<int:merge_id>/undo")
@require(Permission.ACCOUNTS_MERGE)
def unmerge(reference: str, merge_id: int) -> ResponseReturnValue:
    """Undo a merge into this account."""
    into = queries.get_to_edit(viewer(), reference, now=clock.now())
    actions.unmerge(queries.merge_into(into, merge_id), by=viewer(), now=clock.now())
    return done(url_for("accounts.show", reference=reference), _("The merge is undone."))
