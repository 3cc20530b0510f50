"""Policies with their versions, and every decision taken under them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class PolicyKind(StrEnum):
    """The documents leadership sets."""

    SEVERITY = "severity"
    ROUTING = "routing"
    TRIGGERS = "triggers"
    VALUE = "value"
    RISK = "risk"
    COMPENSATION = "compensation"
    SPONSORSHIP = "sponsorship"
    POSTMORTEM = "postmortem"
    REGULATOR_CLOCKS = "regulator_clocks"


class PolicyState(StrEnum):
    """Where a version of a policy stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Policy(Row):
    """One version of a policy; published ones never change."""

    __tablename__ = "policy"
    __table_args__ = (sa.UniqueConstraint("kind", "number"),)

    kind: Mapped[PolicyKind] = choice(PolicyKind)
    number: Mapped[int]
    state: Mapped[PolicyState] = choice(PolicyState)
    body: Mapped[dict[str, Any]] = document(holds=None)
    note: Mapped[str] = words(holds=None, default="")
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    publisher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    second_publisher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    published_at: Mapped[datetime | None]


class Decision(Row):
    """What was decided under which policy, on which facts; recommendation and choice side by
    side.
    """

    __tablename__ = "decision"
    __table_args__ = (sa.Index("ix_decision_record", "record_ref", "id"),)

    kind: Mapped[str] = words(60, holds=None, index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str] = words(24, holds=None)
    klass: Mapped[int]
    policy_kind: Mapped[PolicyKind] = choice(PolicyKind)
    policy_number: Mapped[int]
    facts: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    recommendation: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    chosen: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    reason: Mapped[str] = words(holds=personal.WORDS, default="")
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime]


class ExchangeRate(Base):
    """How much of the reporting currency one unit of a currency was worth on a day; published by
    two people.
    """

    __tablename__ = "exchange_rate"
    __table_args__ = (sa.UniqueConstraint("currency", "target", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    currency: Mapped[str] = words(3, holds=None)
    target: Mapped[str] = words(3, holds=None)
    day: Mapped[date]
    rate: Mapped[Decimal]
    source: Mapped[str] = words(80, holds=None)
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    second_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
