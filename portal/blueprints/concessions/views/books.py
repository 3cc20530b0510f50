"""The books of compensation for finance: months, budgets, every compensation for auditors."""

from datetime import datetime
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.money import Money, from_minor
from portal.core.web import attempt, done, note, page, require, viewer

from .. import actions, forms, queries, rules
from ..queries import Moved, Whole
from .blueprint import bp


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


@bp.get("/books/<period>.csv")
@require(Permission.CONCESSIONS_BOOKS)
def month_file(period: str) -> ResponseReturnValue:
    """Give the movements of a month as CSV; the export itself is an entry of the log."""
    _expect(period)
    now = clock.now()
    found = queries.moved(viewer(), period, now=now, limit=sheets.MOST + 1)
    heads = (
        _("When"),
        _("Reference"),
        _("Account"),
        _("Legal entity"),
        _("Movement"),
        _("Ground"),
        _("Form"),
        _("Amount"),
        _("Currency"),
        _("Proof"),
    )
    return _file(f"compensation-{period}", heads, [_moved(one) for one in found])


def _moved(one: Moved) -> tuple[Any, ...]:
    return (
        one.at.isoformat(),
        one.reference or "",
        one.account or "",
        one.entity or "",
        forms.MOVES[one.move],
        forms.GROUNDS[one.ground],
        forms.FORMS[one.form],
        *_cells(one.amount),
        one.proof,
    )


def _cells(money: Money) -> tuple[Any, str]:
    return money.amount, money.currency.code


@bp.get("/books/population.csv")
@require(Permission.CONCESSIONS_BOOKS)
def population() -> ResponseReturnValue:
    """Give every part of every compensation that was ever handed in, for the auditor, as CSV."""
    heads = (
        _("Reference"),
        _("Account"),
        _("Case"),
        _("State"),
        _("Ground"),
        _("Form"),
        _("Value to them"),
        _("Cost to us"),
        _("Currency"),
        _("Policy"),
        _("Asked for by"),
        _("Asked for"),
        _("Approved"),
        _("Offered"),
        _("Answered"),
        _("Delivered"),
        _("Proof"),
    )
    found = queries.population(viewer(), now=clock.now())
    return _file("compensation-population", heads, [_whole(one) for one in found])


def _whole(one: Whole) -> tuple[Any, ...]:
    times = (one.requested_at, one.approved_at, one.offered_at, one.answered_at, one.delivered_at)
    return (
        one.reference or "",
        one.account or "",
        one.case_ref or "",
        one.state.value,
        one.ground.value,
        one.form.value,
        one.face.amount,
        *_cells(one.cost),
        one.policy,
        one.requested_by or "",
        *(_time(at) for at in times),
        one.proof,
    )


def _time(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _file(name: str, heads: tuple[str, ...], cells: list[tuple[Any, ...]]) -> Response:
    rows, is_cut = sheets.up_to(cells, most=sheets.MOST)
    if is_cut:
        rows.append(sheets.cut_line(most=sheets.MOST))
    by, now = viewer(), clock.now()
    note(lambda: actions.note_export(name, lines=len(rows), by=by, now=now))
    answer = Response(sheets.csv_text(heads, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    if is_cut:
        answer.headers[sheets.CUT_AT] = str(sheets.MOST)
    return answer
