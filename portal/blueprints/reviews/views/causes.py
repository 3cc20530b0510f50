"""Causes and trends: the drawings, and the cases behind each bar, as a page and as a file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import note, page, require, viewer

from .. import actions, queries
from ..rules import trends
from .blueprint import bp

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}
PART = 100
"""How many cases a page of a bar holds."""


def _cut(now: datetime) -> queries.Cut:
    names = ("axis", "first", "last", "segment", "product")
    return queries.cut_of(**{name: request.args.get(name, "") for name in names}, now=now)


def _asked(cut: queries.Cut) -> dict[str, Any]:
    """Give a cut as it stands in an address."""
    asked = {
        "axis": cut.axis.value,
        "first": cut.first.reference.removeprefix("QR-"),
        "last": cut.last.reference.removeprefix("QR-"),
        "segment": cut.segment,
        "product": cut.product,
    }
    return {name: value for name, value in asked.items() if value}


@bp.get("/causes")
@require(Permission.REVIEWS_READ)
def causes() -> ResponseReturnValue:
    """Draw what recurs, how long things take, and how long agreed actions stay open."""
    now = clock.now()
    cut = _cut(now)
    found, asked = queries.trends_of(viewer(), cut, now=now), _asked(cut)

    def link(value: str) -> str:
        return url_for("reviews.caused", value=value, **asked)

    return page(
        "reviews/causes.html",
        found=found,
        asked=asked,
        axes=[(axis.value, queries.axis_words(axis)) for axis in trends.Axis],
        offered=[queries.quarter_at(now, shift=-back).reference[3:] for back in range(12)],
        paretos=queries.paretos(found, link=link, now=now),
        spans=queries.spans(found),
        survival=queries.survival(found),
        unnamed=link(trends.NONE),
    )


def _group(now: datetime) -> tuple[queries.Cut, trends.Group]:
    cut = _cut(now)
    found = queries.trends_of(viewer(), cut, now=now)
    value = request.args.get("value", "")
    return cut, trends.group(found.counted, cut.axis, value, now=now)


@bp.get("/causes/cases")
@require(Permission.REVIEWS_READ)
def caused() -> ResponseReturnValue:
    """List exactly the cases that a bar counts."""
    now = clock.now()
    cut, group = _group(now)
    start = max(request.args.get("start", 0, type=int), 0)
    asked = {**_asked(cut), "value": group.value}
    return page(
        "reviews/caused.html",
        cut=cut,
        group=group,
        name=queries.value_words(cut.axis, group.value),
        axis=queries.axis_words(cut.axis),
        rows=[_line(case, cut, group, now) for case in group.cases[start : start + PART]],
        totals=[
            (queries.size_words(by), queries.measured(group, by)) for by in queries.sizes(cut.axis)
        ],
        newer=max(start - PART, 0) if start else None,
        older=start + PART if len(group.cases) > start + PART else None,
        back=url_for("reviews.causes", **_asked(cut)),
        asked=asked,
    )


def _line(
    case: trends.Told, cut: queries.Cut, group: trends.Group, now: datetime
) -> dict[str, Any]:
    lessons = [
        one.reference
        for one in case.lessons
        if cut.axis is not trends.Axis.FACTOR or group.value in one.factors
    ]
    cost = trends.cost([case], cut.axis, group.value)
    alone = trends.Group(group.value, (case,), cost, case.hours(now=now))
    return {"case": case, "lessons": lessons, "alone": alone, "shown": queries.measured}


@bp.get("/causes/cases.<kind>")
@require(Permission.REVIEWS_READ)
def caused_file(kind: str) -> ResponseReturnValue:
    """Give the cases that a bar counts as a file."""
    if kind not in KINDS:
        raise NotFound
    by, now = viewer(), clock.now()
    group = _group(now)[1]
    heads = [_("Case"), _("Customer"), _("Opened"), _("Closed"), _("Hours open"), _("Post-mortem")]
    rows, is_cut = sheets.up_to(_cells(group, now), most=sheets.MOST)
    note(lambda: actions.note_export("causes", len(rows), kind=kind, by=by, now=now))
    shown = [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    text = sheets.csv_text(heads, shown).encode() if kind == "csv" else None
    response = Response(text if text is not None else sheets.xlsx_bytes("causes", heads, shown))
    response.content_type = KINDS[kind]
    response.headers["Content-Disposition"] = f'attachment; filename="causes.{kind}"'
    return response


def _cells(group: trends.Group, now: datetime) -> Iterator[tuple[Any, ...]]:
    for case in group.cases:
        yield (
            case.reference,
            case.account,
            case.opened_at.isoformat(),
            case.closed_at.isoformat() if case.closed_at else "",
            case.hours(now=now),
            " ".join(one.reference for one in case.lessons),
        )
