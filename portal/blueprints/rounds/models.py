"""Rounds: one person or team is asked at set times how an incident stands, for all its cases."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, document, words


class Round(Row):
    """A question about an incident that a person, or whoever is on duty in a team, is asked at set
    times: `times` are minutes after midnight on the wall of `zone`, every day or from Monday to
    Friday. It was begun for one case; `next_at` is empty once it has stopped.
    """

    __tablename__ = "status_round"
    __table_args__ = (
        sa.CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="one_is_asked"),
    )

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    question: Mapped[str] = words(300, holds=personal.WORDS)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    times: Mapped[list[Any]] = document(holds=None)
    zone: Mapped[str] = words(64, holds=None)
    workdays: Mapped[bool]
    within_minutes: Mapped[int]
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    stopped_at: Mapped[datetime | None]
    stopped_because: Mapped[str] = words(400, holds=personal.WORDS, default="")


class RoundCase(Base):
    """A case that waits for the answers of a round, from when until when."""

    __tablename__ = "status_round_case"

    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("status_round.id"), primary_key=True, autoincrement=False
    )
    escalation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("escalation.id"), primary_key=True, autoincrement=False, index=True
    )
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]


class RoundCall(Base):
    """One time somebody was asked, and what came of it; with `asked_at` empty somebody told how it
    stands without being asked.
    """

    __tablename__ = "status_call"
    __table_args__ = (sa.UniqueConstraint("round_id", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("status_round.id"))
    due_at: Mapped[datetime]
    asked_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    asked_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None] = mapped_column(index=True)
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    answer: Mapped[str] = words(4000, holds=personal.WORDS, default="")
