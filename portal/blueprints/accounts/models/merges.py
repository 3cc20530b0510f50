"""Merges of accounts: which went into which, and every row that went along."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, document, words


class AccountMerge(Row):
    """An account that went into another; `kept` says what the other had before."""

    __tablename__ = "account_merge"

    from_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    kept: Mapped[dict[str, Any]] = document(holds=personal.CONTACT)


class MergedRow(Base):
    """A row that went along with a merge, by the number or the reference that is its key."""

    __tablename__ = "merged_row"
    __table_args__ = (sa.Index("ix_merged_row_merge", "merge_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    merge_id: Mapped[int] = mapped_column(sa.ForeignKey("account_merge.id"))
    place: Mapped[str] = words(80, holds=None)
    """Table and column, as `contact.account_id`."""
    row_id: Mapped[int | None]
    row_ref: Mapped[str | None] = words(24, holds=None)
