"""Lots: what one incident makes us owe to many."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words

from .kinds import LotState


class CreditLot(Row):
    """What one incident makes us owe to many: found by the terms of each contract, approved once,
    paid to each once.
    """

    __tablename__ = "credit_lot"

    reference: Mapped[str] = words(24, holds=None, unique=True)
    state: Mapped[LotState] = choice(LotState, default=LotState.REQUESTED)
    title: Mapped[str] = words(200, holds=personal.WORDS)
    apology: Mapped[str] = words(holds=personal.WORDS, default="")
    fix: Mapped[str] = words(holds=personal.WORDS, default="")
    service: Mapped[str] = words(120, holds=None)
    day: Mapped[date]
    currency: Mapped[str] = words(3, holds=None)
    total_minor: Mapped[int] = mapped_column(sa.BigInteger)
    largest_minor: Mapped[int] = mapped_column(sa.BigInteger)
    digest: Mapped[str] = words(64, holds=None)
    policy_number: Mapped[int]
    insurer: Mapped[str] = words(20, holds=None, default="")
    insurer_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    reason: Mapped[str] = words(holds=personal.WORDS, default="")


class CreditLine(Base):
    """What a lot owes under one contract's terms, and the compensation that it became; `arr_minor`
    is the yearly revenue in the lot's currency at the time, `held` says that counsel must release
    the letter.
    """

    __tablename__ = "credit_line"
    __table_args__ = (sa.UniqueConstraint("lot_id", "terms_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("credit_lot.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    terms_id: Mapped[int] = mapped_column(sa.ForeignKey("service_terms.id"))
    availability: Mapped[Decimal]
    currency: Mapped[str] = words(3, holds=None)
    fee_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    reporting_minor: Mapped[int] = mapped_column(sa.BigInteger)
    arr_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    computed_from: Mapped[dict[str, Any]] = document(holds=None, default=dict)
    left_out: Mapped[str] = words(20, holds=None, default="")
    held: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = words(400, holds=None, default="")
    concession_id: Mapped[int | None] = mapped_column(sa.ForeignKey("concession.id"), index=True)


class LotSignature(Base):
    """A signature on a lot: one a role, bound to what the lot pays to whom."""

    __tablename__ = "lot_signature"
    __table_args__ = (sa.UniqueConstraint("lot_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("credit_lot.id"))
    role: Mapped[str] = words(40, holds=None)
    digest: Mapped[str] = words(64, holds=None)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    policy_number: Mapped[int]
    at: Mapped[datetime]
