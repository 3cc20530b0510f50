"""Doors to the list, the page and the fields of accounts."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.db import db, money_of, writing
from portal.core.errors import Stale
from portal.core.i18n import _
from portal.core.money import Money
from portal.core.web import (
    attempt,
    choices,
    done,
    page,
    read_version,
    require,
    show_both,
    viewer,
)

from .. import actions, queries
from ..forms import (
    BANDS,
    LANES,
    LIFECYCLES,
    ROLES,
    AccountForm,
    ContractForm,
    NewAccountForm,
    NoteForm,
    OwnerForm,
    PromiseForm,
    lanes_of,
    search_of,
)
from ..models import Account, Tier
from ..rules.codes import BASES
from .base import bp
from .worth import bars, behind, behind_one, model_of, reasons, whole, why_words


@bp.get("/")
@require(Permission.ACCOUNTS_READ)
def index() -> ResponseReturnValue:
    """List the accounts that the viewer may see."""
    search = search_of(request.args)
    found = queries.page(viewer(), search, cursor=request.args.get("after"), now=clock.now())
    return page(
        "accounts/index.html",
        found=found,
        search=search,
        open_books=queries.sees_value(viewer()),
        stages=tuple(LIFECYCLES.items()),
        bands=tuple(BANDS.items()),
        tiers=tuple(Tier),
    )


@bp.get("/export.csv")
@require(Permission.ACCOUNTS_READ)
def export() -> ResponseReturnValue:
    """Give exactly the list that is shown as a file for a spreadsheet."""
    every = queries.export(viewer(), search_of(request.args), now=clock.now())
    lines, is_cut = sheets.up_to(every, most=sheets.MOST)
    writing()
    actions.note_export(len(lines), by=viewer(), now=clock.now())
    db.session.commit()
    books = queries.sees_value(viewer())
    rows = [_cells(line, books=books) for line in lines]
    text = sheets.csv_text(
        _heads(books=books), [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    )
    response = Response(text, content_type="text/csv; charset=utf-8")
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(lines))
    response.headers["Content-Disposition"] = 'attachment; filename="accounts.csv"'
    return response


def _heads(*, books: bool) -> list[str]:
    heads = [
        _("Number"),
        _("Account"),
        _("Segment"),
        _("Country"),
        _("Where the relation stands"),
        _("Renewal"),
        _("Looked after by"),
        _("Tier"),
    ]
    return [*heads, _("Amount a year"), _("Currency"), _("Risk")] if books else heads


def _cells(line: queries.Line, *, books: bool) -> list[str]:
    cells = [
        line.reference,
        line.name,
        line.segment,
        line.country,
        str(LIFECYCLES[line.lifecycle]),
        line.renewal_on.isoformat() if line.renewal_on else "",
        line.owner or "",
        line.tier or "",
    ]
    if books:
        money = line.arr
        amount = [format(money.amount, "f"), money.currency.code] if money else ["", ""]
        cells += [*amount, str(BANDS[line.band]) if line.band else ""]
    return cells


@bp.get("/<reference>")
@require(Permission.ACCOUNTS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show an account; one that went into another leads there."""
    return show_page(queries.get(viewer(), reference, now=clock.now()))


def show_page(
    account: Account,
    *,
    note: NoteForm | None = None,
    promise: PromiseForm | None = None,
) -> ResponseReturnValue:
    """Render the page of an account, with a form that was refused."""
    found = queries.dossier(
        viewer(),
        account,
        now=clock.now(),
        lanes=lanes_of(request.args),
        cursor=request.args.get("after"),
    )
    return page(
        "accounts/show.html",
        form=note or promise,
        found=found,
        account=account,
        note=note or NoteForm(formdata=None),
        promise=promise or PromiseForm(formdata=None),
        lanes=LANES,
        lane=request.args.getlist("lane"),
        amounts={signed.id: money_of(signed, "arr") for signed in found.contracts or []},
        roles=ROLES,
        bases=BASES,
        bars=bars(found.months),
        reasons=reasons(found.value.decision) if found.value else [],
        longer=reasons(found.value.display) if found.value else [],
        behind=behind,
        converted={one.source.partition(" ")[2]: behind_one(one) for one in found.stakes},
        model=model_of(found.value),
        why_words=why_words,
        whole=whole,
        policy_source=found.value.basis.source if found.value else "",
    )


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def new() -> ResponseReturnValue:
    """Add an account; whoever adds it looks after it."""
    form = NewAccountForm(currency=auth_queries.organisation().currency)
    made = attempt(
        form,
        lambda: actions.create(by=viewer(), now=clock.now(), owner_id=viewer().id, **form.values()),
    )
    if made:
        where = url_for("accounts.show", reference=made.reference)
        return done(where, _("The account is added."))
    return page("accounts/new.html", form=form)


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def edit(reference: str) -> ResponseReturnValue:
    """Change an account's own fields; a second editor sees both versions."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    form = AccountForm(obj=account) if request.method == "POST" else _as_it_stands(account)
    try:
        saved = attempt(form, lambda: _edit(account, form))
    except Stale as stale:
        db.session.rollback()
        stands = _as_it_stands(account)
        return show_both("accounts/edit.html", form, stale, stands=stands, account=account)
    if saved:
        return done(url_for("accounts.show", reference=reference), _("The account is changed."))
    return page("accounts/edit.html", form=form, account=account, both=None)


def _as_it_stands(account: Account) -> AccountForm:
    form = AccountForm(formdata=None, obj=account)
    form.parent.data = queries.parent_reference(account, viewer(), now=clock.now())
    if account.gross_margin is not None:
        form.gross_margin.data = account.gross_margin * 100
    return form


def _edit(account: Account, form: AccountForm) -> Account:
    return actions.edit(
        account,
        version=read_version(form.version.data),
        values=form.values(),
        by=viewer(),
        now=clock.now(),
    )


@bp.route("/<reference>/owner", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def owner(reference: str) -> ResponseReturnValue:
    """Let somebody else look after an account."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    form = OwnerForm(obj=account)
    form.owner_id.choices = choices([("", _("nobody")), *auth_queries.choices()])
    handed = attempt(form, lambda: _hand(account, form))
    if handed:
        return done(url_for("accounts.index"), _("The account is handed over."))
    return page("accounts/owner.html", form=form, account=account)


def _hand(account: Account, form: OwnerForm) -> bool:
    actions.hand_to(account, owner_id=form.owner_id.data, by=viewer(), now=clock.now())
    return True


@bp.route("/<reference>/contracts/new", methods=["GET", "POST"])
@require(Permission.ACCOUNTS_EDIT)
def add_contract(reference: str) -> ResponseReturnValue:
    """Add a contract; yearly revenue, renewal and notice follow it."""
    account = queries.get_to_edit(viewer(), reference, now=clock.now())
    form = ContractForm()
    made = attempt(form, lambda: _sign(account, form))
    if made:
        return done(url_for("accounts.show", reference=reference), _("The contract is added."))
    return page("accounts/contract.html", form=form, account=account)


def _sign(account: Account, form: ContractForm) -> object:
    values = {name: v for name, v in form.data.items() if name not in {"arr", "csrf_token"}}
    amount = form.arr.data
    arr = None if amount is None else Money(amount, account.currency)
    return actions.add_contract(account, arr=arr, by=viewer(), now=clock.now(), **values)
