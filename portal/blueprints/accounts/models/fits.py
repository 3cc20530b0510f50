"""Models of customer value, fitted to our own history: one row a version."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Row, choice, document, words


class FitState(StrEnum):
    """Where a version stands; only a person publishes one, and at most one is in force."""

    FITTING = "fitting"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REPLACED = "replaced"
    DECLINED = "declined"


class ValueModel(Row):
    """A version of the value models: fitted by a job to what was known on a day."""

    __tablename__ = "value_model"

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[FitState] = choice(FitState)
    history_until: Mapped[date]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    fitted_at: Mapped[datetime | None]
    document: Mapped[dict[str, Any] | None] = document(holds=None)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    because: Mapped[str] = words(400, holds=personal.WORDS, default="")
