"""What other systems observe of customers: how they fare, what they use, how late they pay."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, words


class SignalBatch(Base):
    """Signals that came in together: from whom, how many were new, changed, or known already."""

    __tablename__ = "signal_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    by_name: Mapped[str] = words(120, holds=personal.EMPLOYEE)
    source: Mapped[str] = words(80, holds=None)
    rows_new: Mapped[int]
    rows_changed: Mapped[int]
    rows_same: Mapped[int]


class HealthSignal(Base):
    """Something observed about how a customer fares; a source gives each a number of its own, or
    tells them apart by the time.
    """

    __tablename__ = "health_signal"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "source", "kind", "external_id"),
        # With the value in it, risk is reckoned without reading a row: they lie day by day.
        sa.Index(
            "ix_signal_account",
            "account_id",
            "kind",
            "observed_at",
            "id",
            postgresql_include=["value"],
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = words(60, holds=None)
    value: Mapped[Decimal]
    observed_at: Mapped[datetime]
    source: Mapped[str] = words(80, holds=None)
    external_id: Mapped[str] = words(120, holds=None)
    batch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signal_batch.id"), index=True)


class SignalFormer(Base):
    """What a signal said before a batch corrected it."""

    __tablename__ = "signal_former"

    id: Mapped[int] = mapped_column(primary_key=True)
    signal_id: Mapped[int] = mapped_column(sa.ForeignKey("health_signal.id"), index=True)
    value: Mapped[Decimal]
    observed_at: Mapped[datetime]
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("signal_batch.id"), index=True)
