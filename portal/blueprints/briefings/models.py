"""Briefings: immutable, numbered issues made from a frozen snapshot, and who read them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class Kind(StrEnum):
    """Kinds of briefing."""

    ACCOUNT = "account"
    ESCALATION = "escalation"
    COMPENSATION = "compensation"
    SPONSOR = "sponsor"
    NOMINATION = "nomination"
    POSTMORTEM = "postmortem"
    QUARTERLY_REVIEW = "quarterly_review"
    PORTFOLIO_RISK = "portfolio_risk"


class State(StrEnum):
    """Where a briefing stands."""

    RENDERING = "rendering"
    DRAFT = "draft"
    ISSUED = "issued"
    FAILED = "failed"
    REVOKED = "revoked"


class Briefing(Row):
    """One issue of a briefing: for one reader, of one moment, in one language."""

    __tablename__ = "briefing"
    __table_args__ = (
        sa.Index("ix_briefing_subject", "subject_ref", "kind", "id"),
        sa.Index("ix_briefing_reader", "reader_id", "id"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    kind: Mapped[Kind] = choice(Kind)
    state: Mapped[State] = choice(State, default=State.RENDERING)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    subject_ref: Mapped[str] = words(24, holds=None)
    issue: Mapped[int]
    audience: Mapped[str] = words(20, holds=None, default="executive")
    reader_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    locale: Mapped[str] = words(5, holds=None)
    paper: Mapped[str] = words(8, holds=None, default="A4")
    classification: Mapped[str] = words(40, holds=None)
    klass: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    snapshot_digest: Mapped[str] = words(64, holds=None, index=True)
    problems: Mapped[list[Any]] = document(holds=None, default=list)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    pdf_digest: Mapped[str] = words(64, holds=None, default="", index=True)
    pages: Mapped[int | None]
    taken_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    failed_because: Mapped[str] = words(60, holds=None, default="")
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str] = words(400, holds=personal.WORDS, default="")


class BriefedCase(Base):
    """A case that an issue may tell of: its reader saw it when the issue was made.

    Once it is restricted, the issue opens to the people named on it alone.
    """

    __tablename__ = "briefed_case"
    __table_args__ = (sa.Index("ix_briefed_case", "case_ref"),)

    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"), primary_key=True)
    case_ref: Mapped[str] = words(24, holds=None, primary_key=True)


class Reading(Base):
    """What became of an issue with a reader: delivered, opened and read are told apart."""

    __tablename__ = "reading"
    __table_args__ = (sa.UniqueConstraint("briefing_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    downloads: Mapped[int] = mapped_column(default=0)
