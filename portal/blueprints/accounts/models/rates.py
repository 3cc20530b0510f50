"""Tables of exchange rates that were sent in and wait for a second person."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, choice, document, words


class RateState(StrEnum):
    """Where a table of rates stands."""

    WAITING = "waiting"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class RateLoad(Base):
    """A table of rates as somebody sent it: [currency, target, day, rate] each, with how many are
    new and how many correct one that stands; another person publishes it.
    """

    __tablename__ = "rate_load"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[RateState] = choice(RateState, default=RateState.WAITING)
    source: Mapped[str] = words(80, holds=None)
    file_name: Mapped[str] = words(200, holds=personal.EMPLOYEE)
    rates: Mapped[list[Any]] = document(holds=None)
    former: Mapped[list[Any] | None] = document(holds=None)
    """Once published: what stood before where it corrected something, spelled as `rates`."""
    rows_new: Mapped[int]
    rows_changed: Mapped[int]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    sent_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
