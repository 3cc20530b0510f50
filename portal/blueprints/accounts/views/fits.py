"""Doors to the models of customer value: have them fitted, compare, publish, decline."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules.rights import may_propose, signs_as
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries
from ..forms import FIT_STATES, ModelForm
from ..models import FitState, ValueModel
from ..rules import comparison
from .base import bp


@bp.get("/models")
@require(Permission.POLICIES_DRAFTS)
def models() -> ResponseReturnValue:
    """List the versions of the models that values may rest on."""
    rows, now = queries.models(), clock.now()
    return page(
        "accounts/models.html",
        rows=rows,
        given_up={row.number for row in rows if queries.given_up(row, now=now)},
        states=FIT_STATES,
        names=_names(rows),
        may_fit=may_propose(viewer().roles, PolicyKind.VALUE),
        fitting=any(queries.being_fitted(row, now=now) for row in rows),
    )


@bp.post("/models/fit")
@require(Permission.POLICIES_PROPOSE)
def fit() -> ResponseReturnValue:
    """Have a new version fitted to our history."""
    row = actions.ask_for_fit(by=viewer(), now=clock.now())
    where = url_for("accounts.model", number=row.number)
    return done(where, _("Our history is being fitted; this takes some seconds."))


@bp.route("/models/<int:number>", methods=["GET", "POST"])
@require(Permission.POLICIES_DRAFTS)
def model(number: int) -> ResponseReturnValue:
    """Show a version beside the one in force; who signs the value policy decides on it."""
    row = queries.model(number)
    form = ModelForm()
    if attempt(form, lambda: _decide(row, form)):
        return done(url_for("accounts.model", number=number), _("The decision is recorded."))
    force = queries.in_force()
    other = force if force is not None and force.number != number else None
    return page(
        "accounts/model.html",
        form=form,
        row=row,
        other=other,
        lines=comparison.lines(row.document, other.document if other else None),
        states=FIT_STATES,
        given_up=queries.given_up(row, now=clock.now()),
        names=_names([row]),
        may_decide=_may_decide(row),
    )


def _may_decide(row: ValueModel) -> bool:
    open_to = row.state in (FitState.PROPOSED, FitState.PUBLISHED)
    return open_to and signs_as(viewer().roles, PolicyKind.VALUE, signed=None) is not None


def _decide(row: ValueModel, form: ModelForm) -> bool:
    given: dict[str, Any] = {"because": form.because.data or "", "by": viewer()}
    decide = actions.publish_models if form.verdict.data == "publish" else actions.decline_models
    decide(row, now=clock.now(), **given)
    return True


def _names(rows: list[ValueModel]) -> dict[int, str]:
    return auth_queries.names([one for row in rows for one in (row.asked_by_id, row.decided_by_id)])
