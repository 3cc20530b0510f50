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


class NpsSchedule(Row):
    """How often customers are asked whether they would recommend us, in months; 0 is never. One
    row.
    """

    __tablename__ = "nps_schedule"

    every_months: Mapped[int] = mapped_column(
        sa.CheckConstraint("every_months between 0 and 24", name="every_months")
    )


class Nps(Row):
    """One customer asked whether they would recommend us, with who looked after them then."""

    __tablename__ = "nps"
    __table_args__ = (sa.Index("ix_nps_account", "account_id", "asked_at"),)

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    nonce: Mapped[str] = words(32, holds=None)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(index=True)


class NpsAnswer(Base):
    """What was answered; a later answer replaces it and leaves it to be read."""

    __tablename__ = "nps_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    nps_id: Mapped[int] = mapped_column(sa.ForeignKey("nps.id"), index=True)
    score: Mapped[int] = mapped_column(sa.CheckConstraint("score between 0 and 10", name="score"))
    comment: Mapped[str] = words(2_000, holds=personal.WORDS, default="")
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
