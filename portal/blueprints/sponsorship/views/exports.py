"""The tables of the programme as CSV and XLSX."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import Response, get_template_attribute
from flask.typing import ResponseReturnValue

from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import note, require, viewer

from .. import actions, forms, queries
from ..models import ExitReason, LaneKind
from .blueprint import bp

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}
Read = Callable[[], tuple[list[str], Iterator[tuple[Any, ...]]]]


@bp.get("/export/<what>.<kind>")
@require(Permission.SPONSORSHIP_READ)
def export(what: str, kind: str) -> ResponseReturnValue:
    """Give nominations, sponsorships or touchpoints as a file."""
    tables = {"nominations": _nominations, "sponsorships": _sponsorships, "touches": _touches}
    return _file(what, kind, tables)


@bp.get("/export/load/<what>.<kind>")
@require(Permission.SPONSORSHIP_DECIDE)
def export_load(what: str, kind: str) -> ResponseReturnValue:
    """Give what sponsors carry as a file."""
    return _file(what, kind, {"sponsors": _sponsors})


def _file(what: str, kind: str, tables: dict[str, Read]) -> Response:
    if what not in tables or kind not in KINDS:
        raise NotFound
    by, now = viewer(), clock.now()
    heads, found = tables[what]()
    rows, is_cut = sheets.up_to((tuple(map(_cell, row)) for row in found), most=sheets.MOST)
    note(lambda: actions.note_export(what, len(rows), kind=kind, by=by, now=now))
    shown = [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    text = sheets.csv_text(heads, shown).encode() if kind == "csv" else None
    response = Response(text if text is not None else sheets.xlsx_bytes(what, heads, shown))
    response.content_type = KINDS[kind]
    response.headers["Content-Disposition"] = f'attachment; filename="{what}.{kind}"'
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(rows))
    return response


def _cell(value: Any) -> Any:
    if isinstance(value, LaneKind | ExitReason):
        return str(forms.LANES[value] if isinstance(value, LaneKind) else forms.EXITS[value])
    if isinstance(value, StrEnum):
        return str(get_template_attribute("macros/show.html", "stage_word")(value)).strip()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value


def _nominations() -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    heads = [
        _("Reference"),
        _("Account"),
        _("Name"),
        _("Lane"),
        _("State"),
        _("Score"),
        _("Nominated by"),
        _("Sent"),
        _("Decided"),
        _("May come back"),
        _("Outcome"),
    ]
    return heads, queries.nominations_table(viewer(), now=clock.now())


def _sponsorships() -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    heads = [
        _("Reference"),
        _("Account"),
        _("Name"),
        _("Sponsor"),
        _("Lane"),
        _("State"),
        _("Began"),
        _("Until"),
        _("Next touchpoint"),
        _("Ended"),
        _("Reason"),
        _("Outcome"),
    ]
    return heads, queries.sponsorships_table(viewer(), now=clock.now())


def _touches() -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    heads = [
        _("Reference"),
        _("Account"),
        _("Name"),
        _("Sponsor"),
        _("Planned"),
        _("State"),
        _("Held"),
        _("Minutes"),
    ]
    return heads, queries.touchpoints_table(viewer(), now=clock.now())


def _sponsors() -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    heads = [
        _("Reference"),
        _("Name"),
        _("Strategic"),
        _("Places: strategic"),
        _("Recovery"),
        _("Places: recovery"),
        _("Hours used a month"),
        _("Hours a month"),
        _("Trained on"),
        _("Training valid"),
        _("Absent"),
    ]
    return heads, queries.sponsors_table(now=clock.now())
