"""Holding statements: what the front line says about an incident, with questions and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class StatementState(StrEnum):
    """Where a statement stands; only an approved one is said to anybody."""

    WRITTEN = "written"
    APPROVED = "approved"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"


class Statement(Row):
    """What the front line says about the incident of a case, from its approval until `holds_until`
    or until it is withdrawn or replaced.

    `texts` holds for each language the words to say and pairs of a question and its answer.
    """

    __tablename__ = "statement"
    __table_args__ = (sa.Index("ix_statement_state", "state", "approved_at"),)

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    number: Mapped[int]
    texts: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    state: Mapped[StatementState] = choice(StatementState, default=StatementState.WRITTEN)
    holds_until: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str] = words(400, holds=personal.WORDS, default="")


class StatementReading(Base):
    """Who opened a statement, and when last: they are told when it is withdrawn."""

    __tablename__ = "statement_reading"

    statement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("statement.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
