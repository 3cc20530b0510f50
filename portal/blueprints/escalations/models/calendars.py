"""Opening hours, and the accounts that keep to them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Row, document, words


class BusinessCalendar(Row):
    """Opening hours with a country's holidays and closures, for the accounts that use it."""

    __tablename__ = "business_calendar"

    name: Mapped[str] = words(80, holds=None, unique=True)
    week: Mapped[dict[str, Any]] = document(holds=None)
    country: Mapped[str] = words(2, holds=None, default="")
    subdivision: Mapped[str] = words(10, holds=None, default="")
    closures: Mapped[list[Any]] = document(holds=None, default=list)


class CalendarUse(Base):
    """Which account keeps to which calendar; others keep to the policy's hours."""

    __tablename__ = "calendar_use"

    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account.id"), primary_key=True, autoincrement=False
    )
    calendar_id: Mapped[int] = mapped_column(sa.ForeignKey("business_calendar.id"), index=True)
