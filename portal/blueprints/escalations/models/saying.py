"""What the customer is told of a case: texts that somebody approved."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Row, words


class CustomerStatus(Row):
    """Where a case stands, in words for the customer; the newest approved one counts. Where it
    says so it goes out as a note by itself, once.
    """

    __tablename__ = "customer_status"
    __table_args__ = (sa.Index("ix_customer_status_next", "next_at"),)

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    text: Mapped[str] = words(2_000, holds=personal.WORDS)
    language: Mapped[str] = words(5, holds=None)
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    every_days: Mapped[int | None]
    next_at: Mapped[datetime | None]
    noted_at: Mapped[datetime | None]
