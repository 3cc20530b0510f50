"""Trying criteria on an account, and the accounts for which a proposed version would differ."""

from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import PolicyDraft, PolicyKind
from portal.blueprints.policies.rules import digest
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.web import page, require, viewer

from .. import forms, queries, rules
from ..models import LaneKind
from .blueprint import bp


@bp.route("/try", methods=["GET", "POST"])
@require(Permission.SPONSORSHIP_DECIDE)
def try_criteria() -> ResponseReturnValue:
    """Hold an account against the criteria in force and those of a draft; nothing changes."""
    given = {name: request.args.get(name, "") for name in ("draft", "account")}
    form, found = forms.TryCriteriaForm(data=given | {"lane": LaneKind.STRATEGIC.value}), None
    draft = _draft(form.draft.data or "")
    if form.validate_on_submit():
        found = _tried(form, draft)
    return page("sponsorship/try.html", form=form, tried=found, draft=draft, lanes=forms.LANES)


def _draft(given: str) -> PolicyDraft | None:
    if not given:
        return None
    if not given.isdecimal() or len(given) > 9 or not viewer().may(Permission.POLICIES_DRAFTS):
        raise NotFound
    draft = policy_queries.get_draft(int(given))
    if draft.kind is not PolicyKind.SPONSORSHIP:
        raise NotFound
    return draft


def _tried(form: forms.TryCriteriaForm, draft: PolicyDraft | None) -> queries.Tried | None:
    now, by = clock.now(), viewer()
    try:
        reference = (form.account.data or "").strip().upper()
        klass = account_queries.own_class(by)
        account = account_queries.get(by, reference, now=now, klass=klass)
        number = draft.id if draft else None
        return queries.tried(by, account, LaneKind(form.lane.data), draft_id=number, now=now)
    except NotFound:
        problem = _("There is none of this number, or not for you.")
    except Refused as error:
        problem = str(error)
    form.account.errors = [*form.account.errors, problem]
    return None


@bp.get("/backtests/<int:draft_id>")
@require(Permission.SPONSORSHIP_DECIDE)
def backtest(draft_id: int) -> ResponseReturnValue:
    """Name the accounts for which a proposed version would have made a difference."""
    draft = _draft(str(draft_id))
    if draft is None or draft.load is None or draft.load_digest != digest(draft.body):
        raise NotFound
    return page(
        "sponsorship/backtest.html",
        draft=draft,
        load=draft.load,
        first=datetime.fromisoformat(draft.load["from"]),
        last=datetime.fromisoformat(draft.load["until"]),
        named=queries.concerned(viewer(), draft.load, now=clock.now()),
        lanes=forms.LANES,
        most=rules.replay.NAMED,
    )
