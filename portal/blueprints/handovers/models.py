"""Hand-overs: everything of a person to chosen people, at once or from a day on."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Row, choice, document, words


class Belonging(StrEnum):
    """What somebody can own; in the order in which it is handed over: tasks go with their case."""

    ACCOUNT = "account"
    SELLING = "selling"
    CASE = "case"
    EXECUTIVE = "executive"
    TASK = "task"
    STATUS = "status"
    PROMISE = "promise"
    POSTMORTEM = "postmortem"
    ACTION = "action"
    DUTY = "duty"
    TEAM = "team"
    REPORT = "report"
    SUBSTITUTE = "substitute"
    SPONSORSHIP = "sponsorship"
    NOMINATION = "nomination"
    COMPENSATION = "compensation"


class HandoverState(StrEnum):
    """How far a hand-over got."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class Handover(Row):
    """Everything of a person goes to chosen people, kind by kind, from an instant on.

    `heirs` says who takes which kind; `progress` how far each kind is (the last id looked at, how
    many were handed over, which were refused and why), so that it goes on where it was broken off.
    """

    __tablename__ = "handover"
    __table_args__ = (sa.Index("ix_handover_due", "state", "begins_at"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    heirs: Mapped[dict[str, Any]] = document(holds=None)
    summary: Mapped[str] = words(2_000, holds=personal.WORDS)
    begins_at: Mapped[datetime]
    ends_access: Mapped[bool]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    state: Mapped[HandoverState] = choice(HandoverState, default=HandoverState.PLANNED)
    progress: Mapped[dict[str, Any]] = document(holds=personal.WORDS, default=dict)
    done_at: Mapped[datetime | None]
