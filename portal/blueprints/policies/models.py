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
    PLAYBOOKS = "playbooks"
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
    withdrawn_at: Mapped[datetime | None]
    withdrawer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    withdrawn_because: Mapped[str] = words(holds=personal.WORDS, default="")


class DraftState(StrEnum):
    """Where a proposed version stands."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PolicyDraft(Row):
    """A version that somebody proposes: what it says is kept as typed, right or wrong, until it is
    submitted; who signed, who published, and what it would have meant for the last 12 months.
    """

    __tablename__ = "policy_draft"
    __table_args__ = (
        sa.Index("ix_policy_draft_kind", "kind", "state", "id"),
        sa.Index("ix_policy_draft_state", "state", "id"),
    )

    kind: Mapped[PolicyKind] = choice(PolicyKind, check="_draft")
    state: Mapped[DraftState] = choice(DraftState, default=DraftState.WRITING)
    base_number: Mapped[int]
    body: Mapped[dict[str, Any]] = document(holds=None)
    why: Mapped[str] = words(holds=personal.WORDS, default="")
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    signer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    signer_role: Mapped[str] = words(40, holds=None, default="")
    signed_at: Mapped[datetime | None]
    decider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = words(holds=personal.WORDS, default="")
    number: Mapped[int | None]
    load: Mapped[dict[str, Any] | None] = document(holds=None)
    load_digest: Mapped[str] = words(64, holds=None, default="")


class Decision(Row):
    """What was decided under which policy, on which facts; recommendation and choice side by
    side.
    """

    __tablename__ = "decision"
    __table_args__ = (
        sa.Index("ix_decision_record", "record_ref", "id"),
        sa.Index("ix_decision_rule", "kind", "rule", "decided_at"),
    )

    kind: Mapped[str] = words(60, holds=None, index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str] = words(24, holds=None)
    klass: Mapped[int]
    policy_kind: Mapped[PolicyKind] = choice(PolicyKind)
    policy_number: Mapped[int]
    rule: Mapped[str | None] = words(60, holds=None)
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
