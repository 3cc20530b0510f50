"""Invitations to say how it went, one for each closing of a case, and what was answered."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, words


class Survey(Row):
    """An invitation after a closing, with who held the case then."""

    __tablename__ = "survey"
    __table_args__ = (
        sa.UniqueConstraint("escalation_id", "closing"),
        sa.Index("ix_survey_answered", "answered_at", "id"),
    )

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str] = words(24, holds=None, index=True)
    closing: Mapped[int]
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    nonce: Mapped[str] = words(32, holds=None)
    closed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class SurveyAnswer(Base):
    """What was answered; a later answer replaces it and leaves it to be read."""

    __tablename__ = "survey_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"), index=True)
    csat: Mapped[int] = mapped_column(sa.CheckConstraint("csat between 1 and 5", name="csat"))
    ces: Mapped[int] = mapped_column(sa.CheckConstraint("ces between 1 and 7", name="ces"))
    comment: Mapped[str] = words(2_000, holds=personal.WORDS, default="")
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
