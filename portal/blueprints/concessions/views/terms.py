"""What contracts owe: service-level terms of an account, and what was measured."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries, rules
from ..models import Period, Rounding
from .blueprint import bp


@bp.get("/terms/<account>")
@require(Permission.CONCESSIONS_READ)
def terms(account: str) -> ResponseReturnValue:
    """Show what the contracts of an account owe: terms, measured availability, credits."""
    now = clock.now()
    found = queries.account_of_terms(viewer(), account, now=now)
    return page(
        "concessions/terms.html",
        account=found,
        every=queries.terms_of(viewer(), found, now=now),
        owing=rules.OWING,
        periods=forms.PERIODS,
        roundings=forms.ROUNDINGS,
    )


@bp.route("/terms/<account>/new", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_TERMS)
def new_terms(account: str) -> ResponseReturnValue:
    """Write down what a contract owes for a service, from scratch or from a template."""
    now = clock.now()
    found = queries.account_of_terms(viewer(), account, now=now)
    chosen = rules.TEMPLATES.get(request.args.get("template", ""))
    data: dict[str, Any] = {"currency": found.currency, "automatic": True}
    if chosen is not None:
        level = chosen[1]
        data |= {
            "tiers": rules.tiers_as_text(level.tiers),
            "automatic": level.automatic,
            "claim_days": level.claim_days,
            "least": None if level.least is None else level.least.amount,
        }
    form = forms.TermsForm(data=data)
    contracts = account_queries.contracts([found.id])
    form.contract.choices = choices(
        (str(one.id), f"{one.number} {one.product}".strip()) for one in contracts
    )
    if attempt(form, lambda: actions.set_terms(found, _terms(form), by=viewer(), now=now)):
        return done(url_for("concessions.terms", account=account), _("The terms are recorded."))
    return page(
        "concessions/new_terms.html",
        form=form,
        account=found,
        contracts=contracts,
        templates=rules.TEMPLATES,
    )


def _terms(form: forms.TermsForm) -> actions.TermsWish:
    given = form.data
    same = ("service", "currency", "tiers", "cap_share", "cap", "least", "claim_days", "automatic")
    return actions.TermsWish(
        contract_id=int(given["contract"]),
        fee=given["fee"],
        period=Period(given["period"]),
        rounding=Rounding(given["rounding"]),
        exclusions=given["exclusions"] or "",
        **{name: given[name] for name in same},
    )


@bp.route("/terms/<account>/<int:terms_id>/measure", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_TERMS)
def measure(account: str, terms_id: int) -> ResponseReturnValue:
    """Record the availability of a period, or put it right."""
    now = clock.now()
    found = queries.account_of_terms(viewer(), account, now=now)
    form = forms.MeasureForm()

    def do() -> object:
        row = queries.get_terms(found, terms_id, lock=True)
        given = form.data
        wish = actions.Measurement(
            day=given["day"],
            availability=given["availability"],
            fee=given["fee"],
            claimed_on=given["claimed_on"],
            source=given["source"] or "",
        )
        return actions.measure(found, row, wish, by=viewer(), now=now)

    made = attempt(form, do)
    if made:
        return done(url_for("concessions.terms", account=account), _("The credit is computed."))
    terms = queries.get_terms(found, terms_id)
    return page("concessions/measure.html", form=form, account=found, terms=terms)


@bp.post("/terms/<account>/<int:terms_id>/end")
@require(Permission.CONCESSIONS_TERMS)
def end_terms(account: str, terms_id: int) -> ResponseReturnValue:
    """End terms: nothing more is measured under them."""
    now = clock.now()
    found = queries.account_of_terms(viewer(), account, now=now)
    row = queries.get_terms(found, terms_id, lock=True)
    actions.end_terms(found, row, by=viewer(), now=now)
    return done(url_for("concessions.terms", account=account), _("The terms have ended."))
