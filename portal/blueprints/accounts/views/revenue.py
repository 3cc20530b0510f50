"""Doors to what an account spent: month by month, line by line."""

from datetime import date
from typing import Any

from babel.dates import format_skeleton
from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.core import clock, sheets
from portal.core.access import K, Permission
from portal.core.db import db, writing
from portal.core.i18n import _, get_locale, show_money
from portal.core.web import page, require, viewer

from .. import actions, queries
from ..models import Account, Basis
from ..rules.codes import BASES
from .base import bp
from .worth import rate_words


@bp.get("/<reference>/revenue")
@require(Permission.ACCOUNTS_READ)
def revenue(reference: str) -> ResponseReturnValue:
    """Show an account's lines of revenue in its currency and in ours, each with its rate."""
    account, found = _asked(reference)
    points = _points(found)
    marks: dict[int, int] = {}
    events: list[tuple[int | None, queries.Happened]] = []
    for one in found.happened:
        at = next((i for i, (month, _sum) in enumerate(found.sums) if _same(month, one.on)), None)
        number = None if at is None else marks.setdefault(at, len(marks) + 1)
        events.append((number, one))
    return page(
        "accounts/revenue.html",
        account=account,
        found=found,
        bases=BASES,
        points=points,
        lowest=min([0.0, *(float(point["value"]) for point in points)]),
        marks=marks,
        events=events,
        rate_words=rate_words,
    )


@bp.get("/<reference>/revenue.csv")
@require(Permission.ACCOUNTS_READ)
def revenue_file(reference: str) -> ResponseReturnValue:
    """Give exactly the lines that are shown as a file for a spreadsheet."""
    account, found = _asked(reference)
    writing()
    actions.note_export(len(found.lines), by=viewer(), now=clock.now(), account=account)
    db.session.commit()
    text = sheets.csv_text(_heads(), [_cells(line, found) for line in found.lines])
    response = Response(text, content_type="text/csv; charset=utf-8")
    name = f"revenue-{account.reference}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(reference: str) -> tuple[Account, queries.Spending]:
    """Read the address: whose lines, on which basis, of which product, up to which month."""
    now, args = clock.now(), request.args
    account = queries.get(viewer(), reference, now=now, klass=K.CONFIDENTIAL)
    basis = Basis(args["basis"]) if args.get("basis") in list(Basis) else None
    found = queries.spending(
        viewer(),
        account,
        now=now,
        basis=basis,
        product=args.get("product", "")[:120],
        until=_month(args.get("until", "")),
    )
    return account, found


def _month(word: str) -> date | None:
    try:
        found = date.fromisoformat(f"{word}-01")
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


def _same(month: date, day: date) -> bool:
    return (month.year, month.month) == (day.year, day.month)


def _points(found: queries.Spending) -> list[dict[str, Any]]:
    """Give the months as points of the chart; a month that cannot be converted is left out."""
    return [
        {
            "label": format_skeleton("yMMM", month, locale=get_locale()),
            "value": amount.amount if amount else 0,
            "text": show_money(amount, cents=False) if amount else _("no rate"),
        }
        for month, amount in found.sums
    ]


def _heads() -> list[str]:
    return [
        _("Month"),
        _("Product"),
        _("Basis"),
        _("Amount"),
        _("Currency"),
        _("In the reporting currency"),
        _("Reporting currency"),
        _("Rate"),
        _("Source"),
        _("Recorded"),
        _("Corrects"),
    ]


def _cells(line: Any, found: queries.Spending) -> list[str]:
    corrected = line.corrects
    return [
        f"{line.month:%Y-%m}",
        line.product,
        line.basis.value,
        format(line.amount.amount, "f"),
        line.amount.currency.code,
        format(line.reporting.amount, "f") if line.reporting else "",
        found.currency,
        "; ".join(rate_words(rate) for rate in line.rates),
        line.source,
        line.recorded_at.isoformat(),
        f"{corrected[0]:%Y-%m} {corrected[1].amount:f}" if corrected else "",
    ]
