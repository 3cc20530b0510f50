"""Tables as files: CSV that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Any

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> Any:
    """Give a cell that stays text where text begins like a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return "'" + value
    return value


def csv_text(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Give a table as CSV (RFC 4180); numbers stay numbers."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(heads)
    lines.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()
