"""Accounts for programs: list, one, make."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.api import Amount, amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused
from portal.core.money import Money, is_currency
from portal.core.web import require, viewer

from . import actions, queries
from .models import Account, RateLoad, ValueModel
from .rules import loading
from .rules import signals as observed
from .rules.text import tidy
from .schemas import (
    AccountLine,
    AccountOut,
    AccountPage,
    AccountsAsked,
    CountingRate,
    ModelList,
    ModelOut,
    ModelPart,
    NamedSignal,
    NewAccount,
    NewSignal,
    NewSignals,
    RateBoard,
    RateLoadOut,
    RatesIn,
    SignalBatchIn,
    SignalList,
    SignalOut,
    SignalsTaken,
)

PARAMETERS = ("alpha", "beta", "r", "a", "b", "p", "q", "v")
bp = APIBlueprint("accounts_api", __name__, url_prefix="/api/v1/accounts")


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


@bp.get("/models")
@require(Permission.POLICIES_DRAFTS)
@shapes(gives=ModelList)
def models() -> Response:
    """List the versions of the models of customer value, with their parameters."""
    return call(lambda: answer(ModelList(items=[_version(row) for row in queries.models()])))


def _version(row: ValueModel) -> ModelOut:
    document = row.document or {"contracts": {}, "purchases": None}
    told = {**document["contracts"], "purchases": document["purchases"]}
    return ModelOut(
        number=row.number,
        state=row.state.value,
        history_until=row.history_until,
        decided_at=row.decided_at,
        parts=[_part(name, one) for name, one in told.items() if one is not None],
    )


def _part(name: str, one: dict[str, Any]) -> ModelPart:
    return ModelPart(
        part=name,
        customers=one["customers"],
        parameters={key: one[key] for key in PARAMETERS if key in one},
        log_likelihood=one.get("log_likelihood"),
        why=one.get("why"),
    )


@bp.get("/<reference>")
@require(Permission.ACCOUNTS_READ)
@shapes(gives=AccountOut)
def show(reference: str) -> Response:
    """Give one account; its ETag is its version for this caller's rights."""
    return call(lambda: _one(queries.get(viewer(), reference, now=clock.now())))


def _one(account: Account) -> Response:
    response = answer(_out(account), etag=_etag(account))
    response.make_conditional(request.environ)
    return response


def _etag(account: Account) -> str:
    # The version alone misses what other rooms write beside the row, and what the caller may see.
    open_books = queries.sees_value_of(viewer(), account, now=clock.now())
    return f"{account.version}-{account.updated_at.timestamp():.6f}-{int(open_books)}"


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
        customer_since=account.customer_since,
        renewal_on=account.renewal_on,
        notice_days=account.notice_days,
        tier=account.value_tier.value if account.value_tier else None,
        arr=amount_of(queries.arr(account)) if books else None,
        gross_margin=account.gross_margin if books else None,
        risk_band=account.risk_band.value if books and account.risk_band else None,
    )


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


@bp.get("/<reference>/signals")
@require(Permission.ACCOUNTS_READ)
@shapes(gives=SignalList)
def signals(reference: str) -> Response:
    """List the last signals of an account."""
    return call(lambda: answer(_signals(reference)))


def _signals(reference: str) -> SignalList:
    account = queries.get(viewer(), reference, now=clock.now(), klass=K.CONFIDENTIAL)
    return SignalList(
        items=[
            SignalOut(
                kind=row.kind,
                value=row.value,
                observed_at=row.observed_at,
                source=row.source,
                external_id=row.external_id,
            )
            for row in queries.signals(account)
        ]
    )


@bp.post("/<reference>/signals")
@require(Permission.ACCOUNTS_SIGNALS)
@shapes(takes=NewSignals, gives=SignalsTaken)
def take(reference: str) -> Response:
    """Take in what another system observed of an account; the same again changes nothing."""
    return once(lambda: _take_of(reference))


def _take_of(reference: str) -> Response:
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    given: NewSignals = read_body(NewSignals)
    return _taken([(account.reference, one) for one in given.signals], source=given.source)


@bp.post("/signals")
@require(Permission.ACCOUNTS_SIGNALS)
@shapes(takes=SignalBatchIn, gives=SignalsTaken)
def take_batch() -> Response:
    """Take in what another system observed of many accounts, all of it or nothing."""
    return once(_take_batch)


def _take_batch() -> Response:
    given: SignalBatchIn = read_body(SignalBatchIn)
    named: list[tuple[str, NamedSignal]] = [(one.account, one) for one in given.signals]
    return _taken(named, source=given.source)


def _taken(given: Sequence[tuple[str, NewSignal]], *, source: str) -> Response:
    by, now, readings = viewer(), clock.now(), []
    for place, (account, one) in enumerate(given):
        at = one.observed_at.isoformat()
        words = (account, one.kind, one.value, at, one.external_id)
        try:
            readings.append(observed.reading(*words, zone=by.zone, now=now))
        except observed.Misread as wrong:
            raise Refused(wrong.why, field=f"signals.{place}.{wrong.column}") from wrong
    found = actions.take_signals(readings, source=source, by=by, now=now)
    return answer(SignalsTaken(new=found.new, changed=found.changed, same=found.same))


@bp.get("/rates")
@require(Permission.POLICIES_READ)
@shapes(gives=RateBoard)
def rates() -> Response:
    """Give the exchange rates that count today, and the currencies that have none."""
    return call(lambda: answer(_board()))


def _board() -> RateBoard:
    board = queries.rate_board(now=clock.now())
    items = [
        CountingRate(
            currency=row.currency,
            target=row.target,
            day=row.day,
            rate=row.rate,
            source=row.source,
            counts=age <= board.oldest,
        )
        for row, age in board.rates
    ]
    return RateBoard(items=items, missing=list(board.missing))


@bp.post("/rates")
@require(Permission.ACCOUNTS_RATES)
@shapes(takes=RatesIn, gives=RateLoadOut, status=201)
def send_rates() -> Response:
    """Send a table of exchange rates; it counts once another person publishes it."""
    return once(_send_rates)


def _send_rates() -> Response:
    given: RatesIn = read_body(RatesIn)
    names = ("currency", "target", "day", "rate")
    lines = (
        (place, {name: str(getattr(one, name)) for name in names})
        for place, one in enumerate(given.rates)
    )
    now, house = clock.now(), queries.rate_board(now=clock.now())
    found, wrong = loading.read(
        lines, shape="plain", house=house.currency, since=date.min, today=house.day
    )
    if wrong:
        first = wrong[0]
        raise Refused(first.why, field=f"rates.{first.line}.{first.column}")
    looked = actions.compare_rates(found)
    row = actions.send_rates(looked, source=given.source, file_name="API", by=viewer(), now=now)
    return answer(_load(row), status=201)


def _load(row: RateLoad) -> RateLoadOut:
    return RateLoadOut(
        id=row.id,
        state=row.state.value,
        source=row.source,
        new=row.rows_new,
        changed=row.rows_changed,
    )


@bp.post("/rates/<int:load_id>/publish")
@require(Permission.ACCOUNTS_RATES)
@shapes(gives=RateLoadOut)
def publish_rates(load_id: int) -> Response:
    """Publish a table of exchange rates that somebody else sent."""
    return once(lambda: _publish(load_id))


def _publish(load_id: int) -> Response:
    row = queries.rate_load(load_id, lock=True)
    actions.publish_rates(row, by=viewer(), now=clock.now())
    return answer(_load(row))
