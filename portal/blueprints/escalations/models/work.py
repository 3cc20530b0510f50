"""Who does what for a case, and who was told what."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, words


class Stance(StrEnum):
    """Where somebody stands in a case."""

    SUPPORTIVE = "supportive"
    NEUTRAL = "neutral"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class Task(Row):
    """Something to do for a case. Asked of another department it has an agreed time for the first
    reply (`reply_by`), and who is asked instead when that passes in silence (`chased_at`).
    """

    __tablename__ = "task"

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    what: Mapped[str] = words(300, holds=personal.WORDS)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    dropped_because: Mapped[str] = words(400, holds=personal.WORDS, default="")
    reply_by: Mapped[datetime | None] = mapped_column(index=True)
    replied_at: Mapped[datetime | None]
    reply: Mapped[str] = words(2000, holds=personal.WORDS, default="")
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    chased_at: Mapped[datetime | None]


class Stakeholder(Row):
    """Somebody who must hear something about a case."""

    __tablename__ = "stakeholder"

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    part: Mapped[str] = words(120, holds=personal.WORDS, default="")
    stance: Mapped[Stance] = choice(Stance, default=Stance.UNKNOWN)
    needs: Mapped[str] = words(300, holds=personal.WORDS, default="")
    heard_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class Telling(Base):
    """What a stakeholder of a case was told, and when; only ever added."""

    __tablename__ = "telling"

    id: Mapped[int] = mapped_column(primary_key=True)
    stakeholder_id: Mapped[int] = mapped_column(sa.ForeignKey("stakeholder.id"), index=True)
    text: Mapped[str] = words(holds=personal.WORDS)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
