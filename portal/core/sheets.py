"""Tables as files: CSV and XLSX that no spreadsheet takes for a formula."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from html import escape
from itertools import islice
from typing import Any, TypeVar

from portal.core.i18n import _, show_number

R = TypeVar("R")

MOST = 100_000
"""How many lines a file holds; it says so itself where there are more."""
CUT_AT = "X-Parley-Cut-At"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> Any:
    """Give a cell that stays text where text begins like a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return "'" + value
    return value


def up_to(rows: Iterable[R], *, most: int) -> tuple[list[R], bool]:
    """Give the first rows of a table, and whether there are more."""
    more = iter(rows)
    return list(islice(more, most)), next(more, None) is not None


def cut_line(*, most: int) -> tuple[str]:
    """Give the last line of a file that does not hold everything."""
    return (
        _(
            "Only the first %(n)s lines are here: narrow the list to have the others.",
            n=show_number(most),
        ),
    )


def csv_text(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Give a table as CSV (RFC 4180), marked as UTF-8 for spreadsheets; numbers stay numbers."""
    text = io.StringIO("\ufeff")
    text.seek(0, io.SEEK_END)
    lines = csv.writer(text)
    lines.writerow(heads)
    lines.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XLSX = f"{SHEET}.sheet"
# What XML 1.0 cannot hold, not even as a reference.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_CELL = 32_767
# A fixed time: the same table gives the same bytes.
DATED = (1980, 1, 1, 0, 0, 0)
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    f'+xml"/><Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship'
    f' Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def xlsx_bytes(title: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Give a table as a workbook of one sheet (ECMA-376): numbers are numbers, all else is text,
    and the heads stay in sight. `title` names the sheet.
    """
    name = re.sub(r"[\[\]:*?/\\\\]", " ", NO_XML.sub("", title))[:31].strip("' ") or "1"
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in {**PARTS, "xl/workbook.xml": book}.items():
            archive.writestr(_dated(part), XML + body)
        with archive.open(_dated("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write(
                (
                    f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
                    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
                    "</sheetView></sheetViews><sheetData>"
                ).encode()
            )
            sheet.write(_row(heads))
            for row in rows:
                sheet.write(_row(row))
            sheet.write(b"</sheetData></worksheet>")
    return held.getvalue()


def _dated(part: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(part, DATED)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _row(cells: Iterable[Any]) -> bytes:
    return ("<row>" + "".join(_cell(value) for value in cells) + "</row>").encode()


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"<c><v>{Decimal(value):f}</v></c>"
    text = NO_XML.sub("", str(cell(value)))[:LONGEST_CELL]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
