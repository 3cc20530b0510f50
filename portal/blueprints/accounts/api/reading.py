"""List, one, make."""

from decimal import Decimal

from flask import Response, request, url_for

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import Amount, amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused, Stale
from portal.core.i18n import _
from portal.core.money import Money, is_currency
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Account
from ..rules.text import tidy
from ..schemas import (
    AccountEdit,
    AccountLine,
    AccountOut,
    AccountPage,
    AccountsAsked,
    NewAccount,
)
from .blueprint import bp


@bp.get("/")
@require(Permission.ACCOUNTS_READ)
@shapes(asks=AccountsAsked, gives=AccountPage)
def index() -> Response:
    """List accounts that the caller may see, by name, page by page."""
    return call(_page)


def _page() -> Response:
    asked = read_query(AccountsAsked)
    search = queries.Search(
        text=tidy(asked.q),
        band=asked.band,
        tier=asked.tier,
        lifecycle=asked.lifecycle,
        mine=asked.owner == "me",
        family=asked.family,
        sort="name",
    )
    found = queries.page(viewer(), search, cursor=asked.after, now=clock.now(), limit=asked.limit)
    items = [
        AccountLine(
            reference=line.reference,
            name=line.name,
            natural_person=line.natural_person,
            segment=line.segment,
            country=line.country,
            lifecycle=line.lifecycle.value,
            renewal_on=line.renewal_on,
            tier=line.tier.value if line.tier else None,
            arr=amount_of(line.arr),
            risk_band=line.band.value if line.band else None,
        )
        for line in found.rows
    ]
    return answer(AccountPage(items=items, after=found.after))


@bp.get("/<reference>")
@require(Permission.ACCOUNTS_READ)
@shapes(gives=AccountOut)
def show(reference: str) -> Response:
    """Give one account; its ETag is its version for this caller's rights. One that went into
    another leads there.
    """
    return call(lambda: _one(queries.get(viewer(), reference, now=clock.now())))


def _one(account: Account) -> Response:
    response = answer(_out(account), etag=_etag(account))
    response.make_conditional(request.environ)
    return response


def _etag(account: Account) -> str:
    # The version alone misses what other rooms write beside the row, and what the caller may see.
    open_books = queries.sees_value_of(viewer(), account, now=clock.now())
    above = queries.parent_reference(account, viewer(), now=clock.now())
    return f"{account.version}-{account.updated_at.timestamp():.6f}-{int(open_books)}{above}"


def _out(account: Account) -> AccountOut:
    books = queries.sees_value_of(viewer(), account, now=clock.now())
    return AccountOut(
        reference=account.reference,
        version=account.version,
        name=account.name,
        natural_person=account.natural_person,
        segment=account.segment,
        industry=account.industry,
        country=account.country,
        region=account.region,
        language=account.language,
        zone=account.zone,
        lifecycle=account.lifecycle.value,
        parent=queries.parent_reference(account, viewer(), now=clock.now()) or None,
        customer_since=account.customer_since,
        renewal_on=account.renewal_on,
        notice_days=account.notice_days,
        tier=account.value_tier.value if account.value_tier else None,
        arr=amount_of(queries.arr(account)) if books else None,
        gross_margin=account.gross_margin if books else None,
        growth_potential=account.growth_potential if books else None,
        growth_potential_on=account.growth_potential_on if books else None,
        success_plan_on=account.success_plan_on,
        reference_customer=account.reference_customer,
        logo=account.logo,
        regulator_exposed=account.regulator_exposed,
        risk_band=account.risk_band.value if books and account.risk_band else None,
    )


@bp.patch("/<besides(imports, models, quality, rates, signals):reference>")
@require(Permission.ACCOUNTS_EDIT)
@shapes(takes=AccountEdit, gives=AccountOut)
def change(reference: str) -> Response:
    """Change an account's own fields, all that are named or none; with `If-Match` only where it is
    what the caller read.
    """
    return once(lambda: _change(reference))


def _change(reference: str) -> Response:
    given: AccountEdit = read_body(AccountEdit)
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    if request.if_match and not request.if_match.contains(_etag(account)):
        raise Stale(_("Somebody else changed this account while you were writing."))
    named = given.model_dump(include=given.model_fields_set)
    values = {name: value for name, value in named.items() if value is not None or name in UNKNOWN}
    if values.get("gross_margin") is not None:
        values["gross_margin"] = Decimal(values["gross_margin"])
    by, now = viewer(), clock.now()
    actions.edit(account, version=account.version, values=values, by=by, now=now)
    return answer(_out(account), etag=_etag(account))


UNKNOWN = frozenset(
    {
        "customer_since",
        "gross_margin",
        "growth_potential",
        "growth_potential_on",
        "success_plan_on",
    }
)
"""Fields that may say nothing; null leaves the others as they are."""


@bp.post("/")
@require(Permission.ACCOUNTS_EDIT)
@shapes(takes=NewAccount, gives=AccountOut, status=201)
def new() -> Response:
    """Make an account, its caller the owner; once per Idempotency-Key."""
    return once(_make)


def _money(given: Amount | None) -> Money | None:
    if given is None:
        return None
    if not is_currency(given.currency):
        raise Refused(f"we know no currency {given.currency}", field="contract.arr.currency")
    return Money(Decimal(given.amount), given.currency)


def _make() -> Response:
    given: NewAccount = read_body(NewAccount)
    by, now = viewer(), clock.now()
    fields = given.model_dump(exclude={"contract", "gross_margin"})
    if given.gross_margin is not None:
        fields["gross_margin"] = Decimal(given.gross_margin)
    account = actions.create(by=by, now=now, owner_id=by.id, **fields)
    if given.contract is not None:
        terms = given.contract.model_dump(exclude={"arr"})
        actions.add_contract(account, arr=_money(given.contract.arr), by=by, now=now, **terms)
    where = url_for("accounts_api.show", reference=account.reference)
    return answer(_out(account), status=201, etag=_etag(account), location=where)
