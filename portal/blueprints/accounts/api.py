"""Accounts for programs: list, one, make."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import Amount, amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.money import Money, is_currency
from portal.core.web import require, viewer

from . import actions, queries
from .models import Account, AccountMerge, ImportRun, ValueModel
from .rules.text import tidy
from .schemas import (
    AccountLine,
    AccountOut,
    AccountPage,
    AccountsAsked,
    ImportFault,
    ImportLeft,
    ImportLine,
    ImportOut,
    ImportPage,
    MergeAsked,
    MergeList,
    MergeOut,
    ModelList,
    ModelOut,
    ModelPart,
    NewAccount,
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


@bp.get("/imports")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportPage)
def imports() -> Response:
    """List the newest imports: counts alone, no rows."""
    return call(lambda: answer(ImportPage(items=[_import_line(r) for r, _who in queries.runs()])))


def _counts(run: ImportRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "file": run.file_name,
        "mapping": run.mapping.value,
        "dry_run": run.dry_run,
        "state": run.state.value,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "read": run.rows_read,
        "bad": run.rows_bad,
        "new": run.rows_new,
        "changed": run.rows_changed,
        "undone": run.rows_undone,
        "left": run.rows_left,
    }


def _import_line(run: ImportRun) -> ImportLine:
    return ImportLine(**_counts(run))


@bp.get("/imports/<int:run_id>")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportOut)
def show_import(run_id: int) -> Response:
    """Give one import: how far it is, its first wrong rows, what its undoing left."""
    return call(lambda: _import(queries.get_run(viewer(), run_id)))


def _import(run: ImportRun) -> Response:
    return answer(
        ImportOut(
            **_counts(run),
            digest=run.digest,
            basis=run.basis.value if run.basis else None,
            why_refused=run.why_refused,
            total=run.rows_total,
            written=run.rows_written,
            issues=[
                ImportFault(line=i.line, column=i.column, value=i.value, reason=i.reason)
                for i in queries.issues(run)
            ],
            stayed=[
                ImportLeft(
                    reference=one.reference, external_id=one.external_id, fields=list(one.fields)
                )
                for one in queries.left_over(run)
            ],
        )
    )


@bp.post("/imports/<int:run_id>/undo")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportOut)
def undo_import(run_id: int) -> Response:
    """Begin to undo a whole import that is in; a job does it, and what must stay is listed."""
    return once(lambda: _stopped(run_id, actions.undo))


@bp.post("/imports/<int:run_id>/take-back")
@require(Permission.ACCOUNTS_IMPORT)
@shapes(gives=ImportOut)
def take_back_import(run_id: int) -> Response:
    """Stop an import that runs; what it wrote, which nobody has seen, is removed."""
    return once(lambda: _stopped(run_id, actions.take_back))


def _stopped(run_id: int, act: Callable[..., None]) -> Response:
    run = queries.get_run(viewer(), run_id)
    act(run, by=viewer(), now=clock.now())
    return _import(run)


@bp.get("/<reference>")
@require(Permission.ACCOUNTS_READ)
@shapes(gives=AccountOut)
def show(reference: str) -> Response:
    """Give one account; its ETag is its version for this caller's rights. One that went into
    another leads there.
    """
    return call(lambda: _show(reference))


def _show(reference: str) -> Response:
    try:
        return _one(queries.get(viewer(), reference, now=clock.now()))
    except NotFound:
        there = queries.gone_to(viewer(), reference, now=clock.now())
        if there is None:
            raise
        where = url_for("accounts_api.show", reference=there)
        # Not kept by anybody between: a merge can be undone.
        return Response(status=301, headers={"Location": where, "Cache-Control": "no-store"})


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
