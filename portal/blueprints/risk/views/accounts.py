"""Doors to the portfolio and to the risk of one account."""

from math import log10
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account, Band, Tier
from portal.core import clock, sheets
from portal.core.access import K, Permission
from portal.core.db import db, writing
from portal.core.i18n import _
from portal.core.money import from_minor
from portal.core.web import attempt, done, page, require, viewer

from .. import actions, queries, rules
from ..forms import BANDS, JudgementForm, search_of
from .base import as_file, bp

SHOWN = 6
"""Predictions of an account that its page shows."""


@bp.get("/")
@require(Permission.RISK_READ)
def index() -> ResponseReturnValue:
    """Show value and risk of the accounts that the viewer may see."""
    now, search = clock.now(), search_of(request.args)
    segments, regions, renewals = queries.options(viewer(), now=now)
    sums = queries.totals(viewer(), search, now=now)
    return page(
        "risk/index.html",
        search=search,
        segments=segments,
        regions=regions,
        renewals=renewals,
        bands=tuple(BANDS.items()),
        tiers=tuple(Tier),
        totals=sums,
        dots=dots(queries.plotted(viewer(), search, now=now), sums.whole.amount.currency.code),
        found=queries.portfolio(viewer(), search, cursor=request.args.get("after"), now=now),
        movers=queries.movers(viewer(), search, now=now),
        untouched=queries.untouched(viewer(), search, now=now),
        limits=queries.limits(),
        amount=lambda count: from_minor(count, sums.whole.amount.currency.code),
    )


def dots(rows: list[Any], currency: str) -> list[dict[str, Any]]:
    """Give where each account stands on the map: risk from left to right, yearly revenue upwards,
    each tenfold as high as the last; in shares of width and height from the top.
    """
    if not rows:
        return []
    low, high = log10(rows[-1].arr_sort), log10(rows[0].arr_sort)
    span = max(high - low, 1.0)
    return [
        {
            "reference": row.reference,
            "name": row.name,
            "score": row.risk_score,
            "band": row.risk_band.value,
            "amount": from_minor(row.arr_sort, currency),
            "x": row.risk_score / 100,
            "y": (high - log10(row.arr_sort)) / span,
        }
        for row in rows
    ]


@bp.get("/export.csv")
@require(Permission.RISK_READ)
def export() -> ResponseReturnValue:
    """Give the portfolio that is shown as a file for a spreadsheet."""
    now, search = clock.now(), search_of(request.args)
    rows = queries.every(viewer(), search, now=now)
    lines, is_cut = sheets.up_to(rows, most=sheets.MOST)
    writing()
    actions.note_export(len(lines), by=viewer(), now=now)
    db.session.commit()
    cells = [_cells(row) for row in lines]
    heads = [
        *(_("Number"), _("Account"), _("Risk"), _("Band"), _("Tier"), _("Segment"), _("Region")),
        *(_("Renewal"), _("Looked after by"), _("Yearly revenue, minor units")),
    ]
    return as_file("portfolio", "csv", heads=heads, rows=cells, is_cut=is_cut)


def _cells(row: Any) -> list[Any]:
    return [
        row.reference,
        row.name,
        str(row.risk_score),
        str(BANDS[row.risk_band]),
        row.value_tier.value if row.value_tier else "",
        row.segment,
        row.region,
        row.renewal_on.isoformat() if row.renewal_on else "",
        row.owner or "",
        str(row.arr_sort),
    ]


@bp.route("/accounts/<reference>", methods=["GET", "POST"])
@require(Permission.RISK_READ)
def account(reference: str) -> ResponseReturnValue:
    """Show an account's risk; who looks after it records a judgement of their own."""
    now = clock.now()
    row = accounts.get(viewer(), reference, now=now, klass=K.CONFIDENTIAL)
    form = JudgementForm()
    if attempt(form, lambda: _judge(row, form)):
        where = url_for("risk.account", reference=reference)
        return done(where, _("The judgement is recorded."))
    risk, today = queries.risk_of(row), queries.today(now)
    return page(
        "risk/account.html",
        form=form,
        account=row,
        risk=risk,
        today=today,
        points=_points(queries.history(row, today=today)),
        judged=queries.judgement(row),
        judgements=queries.judgements(row),
        entries=queries.of_account(row, now=now),
        editable=queries.may_work(viewer(), row),
        limits=queries.limits(),
        chance=queries.chance_of(row),
        nearest=queries.nearest(viewer(), row, now=now),
        foreseen=queries.predictions(
            viewer(), queries.Past(reference=reference), cursor=None, now=now, limit=SHOWN
        ).rows,
        verdict_of=rules.verdict_of,
    )


def _points(found: list[Any]) -> list[dict[str, Any]]:
    """Give a score for each week, so that the line keeps the distances of time."""
    weeks: dict[Any, int] = {}
    for place, (day, score) in enumerate(found):
        until = found[place + 1][0] if place + 1 < len(found) else day
        weeks[day] = score
        step = day + rules.WEEK
        while step < until:
            weeks[step] = score
            step += rules.WEEK
    return [{"day": day, "value": score} for day, score in sorted(weeks.items())]


def _judge(row: Account, form: JudgementForm) -> object:
    band: Band | None = form.band.data or None
    reason = form.reason.data or ""
    return actions.judge(row, band=band, reason=reason, by=viewer(), now=clock.now())
