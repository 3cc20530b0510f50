"""The books of compensation for finance: months, budgets, every compensation for auditors."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.policies.rules import word as policy_word
from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, show_money
from portal.core.money import Money, from_minor
from portal.core.web import attempt, done, note, page, require, viewer

from .. import actions, forms, queries, rules
from ..models import Insurer
from ..queries import Moved, Signing, Whole
from .blueprint import bp

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}


@bp.get("/books/")
@require(Permission.CONCESSIONS_BOOKS)
def books() -> ResponseReturnValue:
    """Show the months of the books and what each region has left of its budgets."""
    every = queries.months()
    closed = {one.period for one in every if one.closed_at}
    return page("concessions/books.html", months=every, closed=closed, budgets=queries.budgets())


@bp.get("/outcomes")
@require(Permission.CONCESSIONS_BOOKS)
def outcomes() -> ResponseReturnValue:
    """Show what became of those who were given something, per form and per row of authority."""
    return page(
        "concessions/outcomes.html",
        found=queries.outcomes(now=clock.now()),
        shapes=forms.FORMS,
        grounds=forms.GROUNDS,
        days=rules.DAYS,
    )


@bp.get("/books/<period>")
@require(Permission.CONCESSIONS_BOOKS)
def month(period: str) -> ResponseReturnValue:
    """Show a month: what it opened with, what moved, what it closes with."""
    return _sheet(period)


def _sheet(period: str, form: FlaskForm | None = None) -> ResponseReturnValue:
    _expect(period)
    now = clock.now()
    found = queries.moved(viewer(), period, now=now, limit=queries.SHOWN + 1)
    promised, many = queries.promised(viewer(), period, cursor=request.args.get("after"), now=now)
    return page(
        "concessions/month.html",
        form=form,
        period=period,
        month=next((one for one in queries.months() if one.period == period), None),
        lines=queries.lines(period),
        entities=queries.entities(),
        money=from_minor,
        moved=found[: queries.SHOWN],
        more=len(found) > queries.SHOWN,
        effect=rules.effect,
        moves=forms.MOVES,
        grounds=forms.GROUNDS,
        shapes=forms.FORMS,
        taxed=queries.taxed(period),
        promised=promised,
        promises_made=many,
        policy_word=policy_word,
        over=period < rules.period_of(queries.today(now)),
    )


def _expect(period: str) -> None:
    if not rules.is_period(period):
        raise NotFound


@bp.post("/books/<period>/close")
@require(Permission.CONCESSIONS_CLOSE)
def close_books(period: str) -> ResponseReturnValue:
    """Close the books of a month."""
    _expect(period)
    form = FlaskForm()

    def close() -> bool:
        actions.close_period(period, by=viewer(), now=clock.now())
        return True

    if attempt(form, close):
        return done(url_for("concessions.month", period=period), _("The month is closed."))
    return _sheet(period, form)


@bp.get("/books/<period>.<kind>")
@require(Permission.CONCESSIONS_BOOKS)
def month_file(period: str, kind: str) -> ResponseReturnValue:
    """Give the movements of a month as a file; the export itself is an entry of the log."""
    _expect(period)
    found = queries.moved(viewer(), period, now=clock.now(), limit=sheets.MOST + 1)
    heads = (
        _("When"),
        _("Reference"),
        _("Account"),
        _("Legal entity"),
        _("Movement"),
        _("Ground"),
        _("Form"),
        _("Tax treatment"),
        _("Amount"),
        _("Currency"),
        _("Proof"),
    )
    return _file(kind, f"compensation-{period}", heads, map(_moved, found))


def _moved(one: Moved) -> tuple[Any, ...]:
    return (
        one.at.isoformat(),
        one.reference or "",
        one.account or "",
        one.entity or "",
        forms.MOVES[one.move],
        forms.GROUNDS[one.ground],
        forms.FORMS[one.form],
        _tax(one.tax),
        *_cells(one.amount),
        one.proof,
    )


def _tax(name: str | None) -> str:
    return policy_word(name) if name else _("not decided by finance")


def _cells(money: Money | None) -> tuple[Any, str]:
    return ("", "") if money is None else (money.amount, money.currency.code)


@bp.get("/books/population.<kind>")
@require(Permission.CONCESSIONS_BOOKS)
def population(kind: str) -> ResponseReturnValue:
    """Give every part of every compensation that was ever handed in, with all its signatures, for
    the auditor, as a file.
    """
    heads = (
        _("Reference"),
        _("Account"),
        _("Case"),
        _("State"),
        _("Ground"),
        _("Form"),
        _("Tax treatment"),
        _("Value to them"),
        _("Cost to us"),
        _("Currency"),
        _("Counted as"),
        _("Policy currency"),
        _("Exchange rate"),
        _("Recommended"),
        _("Policy"),
        _("Asked for by"),
        _("Asked for"),
        _("Insurer"),
        _("Approved"),
        _("Offered"),
        _("Answered"),
        _("Delivered"),
        _("Reversed"),
        _("Proof"),
        _("Signatures"),
    )
    found = queries.population(viewer(), now=clock.now())
    return _file(kind, "compensation-population", heads, map(_whole, found))


def _whole(one: Whole) -> tuple[Any, ...]:
    asked = (one.requested_by or "", _time(one.requested_at))
    times = (
        one.approved_at,
        one.offered_at,
        one.answered_at,
        one.delivered_at,
        one.reversed_at,
    )
    return (
        one.reference or "",
        one.account or "",
        one.case_ref or "",
        one.state.value,
        one.ground.value,
        one.form.value,
        _tax(one.tax),
        one.face.amount,
        *_cells(one.cost),
        *_cells(one.reporting),
        one.rate,
        one.recommended.amount if one.recommended else "",
        one.policy,
        *asked,
        forms.INSURER[Insurer(one.insurer)] if one.insurer else "",
        *(_time(at) for at in times),
        one.proof,
        "\n".join(map(_signed, one.signatures)),
    )


def _signed(one: Signing) -> str:
    """Spell a signature: seat, verdict, person, time, policy, limit, and whether it is void."""
    said = [one.seat, one.verdict.value, one.who or "", one.at.isoformat(), f"v{one.policy}"]
    if one.for_whom:
        said.insert(3, _("for %(name)s", name=one.for_whom))
    if one.limit is not None:
        said.append(_("up to %(amount)s", amount=show_money(one.limit)))
    if one.voided_at is not None:
        said.append(_("void since %(at)s", at=one.voided_at.isoformat()))
    return ", ".join(str(part) for part in said if part)


def _time(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _file(
    kind: str, name: str, heads: tuple[str, ...], cells: Iterable[tuple[Any, ...]]
) -> Response:
    if kind not in KINDS:
        raise NotFound
    rows, is_cut = sheets.up_to(cells, most=sheets.MOST)
    by, now = viewer(), clock.now()
    note(lambda: actions.note_export(name, kind=kind, lines=len(rows), by=by, now=now))
    if is_cut:
        rows.append(sheets.cut_line(most=sheets.MOST))
    text = sheets.csv_text(heads, rows) if kind == "csv" else sheets.xlsx_bytes(name, heads, rows)
    answer = Response(text, content_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    if is_cut:
        answer.headers[sheets.CUT_AT] = str(sheets.MOST)
    return answer
