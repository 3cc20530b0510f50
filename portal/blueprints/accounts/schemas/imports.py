"""Shapes of imports and of their mappings in the API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from portal.core.api import Shape, Words

from ..rules.columns import FIELDS


class ImportFault(Shape):
    """A wrong row of an import."""

    line: int
    column: str
    value: str
    reason: str


class ImportLeft(Shape):
    """What an undone import had to leave: the fields that somebody changed since; none: all of
    it.
    """

    reference: str
    external_id: str
    fields: list[str]


class ImportLine(Shape):
    """An import in the list: counts alone."""

    id: int
    file: str
    mapping: str
    dry_run: bool
    state: str
    started_at: datetime
    ended_at: datetime | None
    read: int
    bad: int
    new: int
    changed: int
    undone: int
    left: int


class ImportPage(Shape):
    """The newest imports."""

    items: list[ImportLine]


class ImportOut(ImportLine):
    """An import, with its first wrong rows and what its undoing left."""

    digest: str
    basis: str | None
    why_refused: str
    total: int | None
    written: int
    issues: list[ImportFault]
    stayed: list[ImportLeft]


class ColumnMappingIn(Shape):
    """A mapping of columns: `fields` says which column of the file holds which field; `source`
    names the system whose numbers the accounts bear.
    """

    title: Annotated[str, Words(60)]
    fields: Annotated[dict[str, Annotated[str, Words(200)]], Field(max_length=len(FIELDS))]
    source: Annotated[str, Words(34)]
    dates: Literal["iso", "dmy", "mdy", "ymd"] = "iso"
    decimal: Literal["point", "comma"] = "point"
    unit: Literal["one", "minor", "thousand", "million"] = "one"
    period: Literal["year", "month"] = "year"
    currency: Annotated[str, Words(3, least=0)] = ""


class ColumnMappingOut(ColumnMappingIn):
    """A version of a saved mapping; retired: it is offered no more."""

    name: str
    number: int
    created_at: datetime
    retired_at: datetime | None


class ColumnMappingPage(Shape):
    """The saved mappings."""

    items: list[ColumnMappingOut]
