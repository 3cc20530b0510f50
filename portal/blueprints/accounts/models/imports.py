"""Imports: files, what was wrong with them, and what they changed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class Basis(StrEnum):
    """What a revenue line counts; lines of two bases are never added up."""

    BOOKED = "booked"
    INVOICED = "invoiced"
    RECOGNISED = "recognised"
    COLLECTED = "collected"


class ImportState(StrEnum):
    """Where an import stands."""

    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportMapping(StrEnum):
    """The shipped column mappings, and those that people made."""

    SALESFORCE = "salesforce"
    TELCO = "telco"
    HUBSPOT = "hubspot"
    GENERIC = "generic"
    OWN = "own"


class ColumnMapping(Base):
    """A version of a mapping of columns that people made and share; never changed, later versions
    stand beside it. Taken out of use, it is offered no more.
    """

    __tablename__ = "column_mapping"
    __table_args__ = (sa.UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = words(60, holds=None)
    number: Mapped[int]
    title: Mapped[str] = words(60, holds=None)
    columns: Mapped[dict[str, Any]] = document(holds=None)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ImportRun(Row):
    """A file of accounts: checked completely, then written, then made visible; one event."""

    __tablename__ = "import_run"

    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    file_name: Mapped[str] = words(200, holds=personal.EMPLOYEE)
    digest: Mapped[str] = words(64, holds=None, index=True)
    mapping: Mapped[ImportMapping] = choice(ImportMapping)
    columns_id: Mapped[int | None] = mapped_column(sa.ForeignKey("column_mapping.id"))
    source: Mapped[str] = words(40, holds=None, default="")
    basis: Mapped[Basis | None] = choice(Basis)
    encoding: Mapped[str] = words(20, holds=None, default="")
    sheet: Mapped[str] = words(80, holds=personal.EMPLOYEE, default="")
    dry_run: Mapped[bool]
    state: Mapped[ImportState] = choice(ImportState)
    why_refused: Mapped[str] = words(400, holds=None, default="")
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_bad: Mapped[int] = mapped_column(default=0)
    rows_new: Mapped[int] = mapped_column(default=0)
    rows_changed: Mapped[int] = mapped_column(default=0)
    rows_written: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None]
    rows_undone: Mapped[int] = mapped_column(default=0)
    rows_left: Mapped[int] = mapped_column(default=0)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ImportIssue(Base):
    """A bad row: its line, column, value and the reason."""

    __tablename__ = "import_issue"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"), index=True)
    line: Mapped[int]
    column: Mapped[str] = words(120, holds=None)
    value: Mapped[str] = words(200, holds=personal.CONTACT)
    reason: Mapped[str] = words(60, holds=None)
    detail: Mapped[dict[str, Any]] = document(holds=None, default=dict)


class ImportStage(Base):
    """A checked row that waits until the whole file is in; nobody sees it before."""

    __tablename__ = "import_stage"
    __table_args__ = (sa.UniqueConstraint("run_id", "line"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"))
    line: Mapped[int]
    external_id: Mapped[str] = words(120, holds=None)
    row: Mapped[dict[str, Any]] = document(holds=personal.CONTACT)


class ImportChange(Base):
    """What an import did to an account: what stood there before it (nothing where it is new) and
    after it. Once undone, what had to stay as it is, and why.
    """

    __tablename__ = "import_change"
    __table_args__ = (sa.Index("ix_import_change_run", "run_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    before: Mapped[dict[str, Any] | None] = document(holds=personal.CONTACT)
    after: Mapped[dict[str, Any] | None] = document(holds=personal.CONTACT)
    undone_at: Mapped[datetime | None]
    left: Mapped[dict[str, Any]] = document(holds=None, default=dict)
