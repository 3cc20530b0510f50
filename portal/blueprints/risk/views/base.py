"""What the doors of this room share."""

from typing import Any

from flask import Blueprint, Response

from portal.core import sheets

from .. import rules
from ..forms import BANDS, BASES, IMPACT, LIKELY, RULES, STAGES, VERDICTS, WORK

bp = Blueprint("risk", __name__, url_prefix="/risk")
bp.record_once(
    lambda setup: setup.app.jinja_env.globals.update(
        risk_deed=rules.deed,
        risk_factor=rules.factor_word,
        risk_measure=rules.measured,
        risk_points=rules.in_points,
        risk_words={
            "bands": BANDS,
            "stages": STAGES,
            "rules": RULES,
            "likely": LIKELY,
            "impact": IMPACT,
            "verdicts": VERDICTS,
            "bases": BASES,
            "work": WORK,
        },
    )
)


def as_file(
    name: str, kind: str, *, heads: list[str], rows: list[list[Any]], is_cut: bool
) -> Response:
    """Give a table as CSV or XLSX; a table that is not whole says so in its last line."""
    shown = [*rows, sheets.cut_line(most=len(rows))] if is_cut else rows
    text = sheets.csv_text(heads, shown) if kind == "csv" else None
    response = Response(text if text is not None else sheets.xlsx_bytes(name, heads, shown))
    response.content_type = "text/csv; charset=utf-8" if kind == "csv" else sheets.XLSX
    if is_cut:
        response.headers[sheets.CUT_AT] = str(len(rows))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
