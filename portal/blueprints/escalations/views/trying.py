"""Trying the routing rules: which one would take a text or a case, and why the earlier ones not."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.policies import forms
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import condition_words, fact_words, seen_words
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import page, require, viewer

from .. import queries
from .blueprint import bp


@bp.route("/try-routing", methods=["GET", "POST"])
@require(Permission.POLICIES_READ)
def try_routing() -> ResponseReturnValue:
    """Hold a text or a case against the routing rules in force, or of a draft; nothing changes."""
    form = forms.TryForm(data={"draft": request.args.get("draft", "")})
    ruling, trial = _ruling(form), None
    if form.validate_on_submit():
        trial = _trial(form, ruling)
    return page(
        "escalations/try.html",
        form=form,
        trial=trial,
        ruling=ruling,
        condition_words=condition_words,
        fact_words=fact_words,
        seen_words=seen_words,
    )


def _ruling(form: forms.TryForm) -> queries.Ruling:
    """Give the rules to try: a draft's for those who may read drafts, else those in force."""
    given = form.draft.data or ""
    if not given.isdecimal() or len(given) > 9:
        return queries.ruling_in_force()
    if not viewer().may(Permission.POLICIES_DRAFTS):
        raise NotFound
    ruling = queries.ruling_of(policy_queries.get_draft(int(given)))
    if ruling is None:
        raise NotFound
    return ruling


def _own_account(reference: str) -> Account:
    """Find an account whose facts, those of its value among them, the viewer may look at."""
    by = viewer()
    klass = account_queries.own_class(by)
    return account_queries.get(by, reference.upper(), now=clock.now(), klass=klass)


def _trial(form: forms.TryForm, ruling: queries.Ruling) -> queries.Trial | None:
    now = clock.now()
    case, account = ((form.case.data or "").strip(), (form.account.data or "").strip())
    try:
        if case:
            found = queries.get(viewer(), case.upper(), now=now)
            return queries.try_case(found, ruling, viewer=viewer(), now=now)
        row = _own_account(account) if account else None
    except NotFound:
        field = form.case if case else form.account
        field.errors = [*field.errors, _("There is none of this number, or not for you.")]
        return None
    return queries.try_text(form.words.data or "", row, ruling, viewer=viewer(), now=now)
