"""Doors to what is wrong with the data of accounts."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.db import db, writing
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import page, require, viewer

from .. import actions, queries
from ..forms import LIFECYCLES
from ..queries import FaultLine
from ..rules.quality import FAULTS, Fault
from .base import bp


@bp.get("/quality")
@require(Permission.ACCOUNTS_READ)
def quality() -> ResponseReturnValue:
    """List accounts whose data need mending, by what is wrong."""
    now = clock.now()
    counts = queries.how_many(viewer(), now=now)
    fault = _chosen(counts)
    return page(
        "accounts/quality.html",
        counts=counts,
        fault=fault,
        faults=FAULTS,
        found=queries.faults(viewer(), fault, cursor=request.args.get("after"), now=now),
        may_merge=viewer().may(Permission.ACCOUNTS_MERGE),
        may_assign=viewer().may(Permission.ACCOUNTS_EDIT),
    )


def _chosen(counts: dict[Fault, int]) -> Fault:
    """Give what was asked for; else the first kind that there is any of."""
    asked = request.args.get("fault", "")
    if asked in set(counts):
        return Fault(asked)
    return next((one for one, count in counts.items() if count), Fault.NO_OWNER)


@bp.get("/quality/export.<kind>")
@require(Permission.ACCOUNTS_READ)
def export_quality(kind: str) -> ResponseReturnValue:
    """Give the list of one kind, or of all, as a file for a spreadsheet."""
    if kind not in {"csv", "xlsx"}:
        raise NotFound
    now, asked = clock.now(), request.args.get("fault", "")
    chosen = [Fault(asked)] if asked in set(Fault) else list(Fault)
    every = (line for one in chosen for line in queries.every_fault(viewer(), one, now=now))
    lines, is_cut = sheets.up_to(every, most=sheets.MOST)
    writing()
    actions.note_export(len(lines), by=viewer(), now=now)
    db.session.commit()
    heads = [
        *(_("What is wrong"), _("Number"), _("Account"), _("Country"), _("Looked after by")),
        *(_("Where the relation stands"), _("Since"), _("Renewal"), _("Currency")),
        *(_("Contract signed in"), _("Likely the same as")),
    ]
    rows = [_cells(line) for line in lines]
    shown = [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    text = sheets.csv_text(heads, shown) if kind == "csv" else None
    response = Response(text if text is not None else sheets.xlsx_bytes("quality", heads, shown))
    response.content_type = "text/csv; charset=utf-8" if kind == "csv" else sheets.XLSX
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(lines))
    response.headers["Content-Disposition"] = f'attachment; filename="quality.{kind}"'
    return response


def _cells(line: FaultLine) -> list[str]:
    return [
        str(FAULTS[line.fault]),
        line.reference,
        line.name,
        line.country,
        line.owner or "",
        str(LIFECYCLES[line.lifecycle]),
        line.starts_on.isoformat() if line.starts_on else "",
        line.renewal_on.isoformat() if line.renewal_on else "",
        line.currency,
        line.signed_in or "",
        line.twin or "",
    ]
