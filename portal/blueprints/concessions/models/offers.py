"""Compensation cases: what is owed, lost, spent in effort, and given as a gesture."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words

from .kinds import Form, Ground, Move, Period, Rounding, State, Verdict


class Concession(Row):
    """A compensation case: what is asked for, what was recommended, who signs, what came of it."""

    __tablename__ = "concession"
    __table_args__ = (
        sa.Index("ix_concession_account", "account_id", "id"),
        sa.Index("ix_concession_state", "state", "id"),
        sa.Index("ix_concession_approved", "currency", "approved_at"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    escalation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    case_ref: Mapped[str | None] = words(24, holds=None, index=True)
    state: Mapped[State] = choice(State, default=State.DRAFT)
    product: Mapped[str] = words(120, holds=None, default="")
    currency: Mapped[str] = words(3, holds=None)
    reporting_currency: Mapped[str] = words(3, holds=None)
    rate: Mapped[Decimal | None]
    rate_day: Mapped[date | None]
    why: Mapped[str] = words(holds=personal.WORDS)
    apology: Mapped[str] = words(holds=personal.WORDS, default="")
    fix: Mapped[str] = words(holds=personal.WORDS, default="")
    value_reason: Mapped[str] = words(holds=personal.WORDS, default="")
    departure: Mapped[str] = words(holds=personal.WORDS, default="")
    recommended_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    recommendation: Mapped[dict[str, Any]] = document(holds=personal.WORDS, default=dict)
    owed_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    loss_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    loss_documented: Mapped[bool] = mapped_column(default=False)
    effort_hours: Mapped[Decimal] = mapped_column(default=Decimal(0))
    disrupted_days: Mapped[Decimal] = mapped_column(default=Decimal(0))
    fee_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    rests_on: Mapped[str] = words(holds=personal.WORDS, default="")
    terms: Mapped[str] = words(holds=personal.WORDS, default="")
    value_moved: Mapped[bool] = mapped_column(default=False)
    threat: Mapped[bool] = mapped_column(default=False)
    waiver: Mapped[bool] = mapped_column(default=False)
    release: Mapped[bool] = mapped_column(default=False)
    termination_right: Mapped[bool] = mapped_column(default=False)
    insurer: Mapped[str] = words(20, holds=None, default="")
    insurer_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    insurer_at: Mapped[datetime | None]
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    requested_at: Mapped[datetime | None]
    digest: Mapped[str] = words(64, holds=None, default="")
    waits_for: Mapped[str] = words(400, holds=None, default="")
    asked_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    drawn_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    drawn_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("budget.id"))
    policy_number: Mapped[int] = mapped_column(default=1)
    approved_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]
    lapses_at: Mapped[datetime | None]
    chased_at: Mapped[datetime | None]
    answered_by: Mapped[str] = words(160, holds=personal.CONTACT, default="")
    counter: Mapped[str] = words(holds=personal.WORDS, default="")
    answered_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    outcome_180: Mapped[str] = words(40, holds=None, default="")
    retained_90: Mapped[bool | None]
    retained_180: Mapped[bool | None]
    retained_365: Mapped[bool | None]
    not_offered: Mapped[str] = words(holds=personal.WORDS, default="")


class ConcessionPart(Row):
    """One part of a compensation: its ground, its form, what the customer sees and what it costs
    us.
    """

    __tablename__ = "concession_part"
    __table_args__ = (
        sa.CheckConstraint("face_minor >= 0", name="face_not_negative"),
        sa.CheckConstraint("cost_minor >= 0", name="cost_not_negative"),
    )

    concession_id: Mapped[int] = mapped_column(sa.ForeignKey("concession.id"), index=True)
    ground: Mapped[Ground] = choice(Ground)
    form: Mapped[Form] = choice(Form)
    what: Mapped[str] = words(300, holds=personal.WORDS)
    face_minor: Mapped[int] = mapped_column(sa.BigInteger)
    cost_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    reporting_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    months: Mapped[int | None]
    on_renewal: Mapped[bool] = mapped_column(default=False)
    documented: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[str] = words(400, holds=personal.WORDS, default="")
    credit_note: Mapped[str] = words(60, holds=None, default="")
    delivered_at: Mapped[datetime | None]


class Approval(Base):
    """A signature on a proposal: void as soon as its amount, currency or terms change."""

    __tablename__ = "approval"
    __table_args__ = (
        # A void one does not keep the same proposal from being signed again.
        sa.Index(
            "uq_approval_living",
            "concession_id",
            "seat",
            "digest",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    concession_id: Mapped[int] = mapped_column(sa.ForeignKey("concession.id"), index=True)
    seat: Mapped[str] = words(60, holds=None)
    digest: Mapped[str] = words(64, holds=None)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    verdict: Mapped[Verdict] = choice(Verdict)
    reason: Mapped[str] = words(holds=personal.WORDS, default="")
    policy_number: Mapped[int]
    limit_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class SentOffer(Row):
    """A letter that offered a compensation to one contact, word for word as it was mailed; its
    address is signed, and shows them this letter and nothing else.
    """

    __tablename__ = "sent_offer"

    concession_id: Mapped[int] = mapped_column(sa.ForeignKey("concession.id"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    notification_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notification.id"))
    nonce: Mapped[str] = words(32, holds=None)
    language: Mapped[str] = words(5, holds=None)
    text: Mapped[str] = words(holds=personal.WORDS)
    sent_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    countered: Mapped[bool] = mapped_column(default=False)
    visits: Mapped[int] = mapped_column(default=0)
    visited_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))


class Budget(Row):
    """What a region may give as goodwill in a quarter, and what was drawn."""

    __tablename__ = "budget"
    __table_args__ = (sa.UniqueConstraint("region", "quarter"),)

    region: Mapped[str] = words(60, holds=None)
    quarter: Mapped[str] = words(10, holds=None)
    currency: Mapped[str] = words(3, holds=None)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    drawn_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class Movement(Base):
    """What a part of an offer moved in the books: only ever added, in the first open period at its
    time; `amount_minor` is the part's value to the customer, without tax and without a sign.
    """

    __tablename__ = "concession_movement"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.Index("ix_movement_period", "period", "legal_entity_id", "currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    concession_id: Mapped[int] = mapped_column(sa.ForeignKey("concession.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    legal_entity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("legal_entity.id"))
    currency: Mapped[str] = words(3, holds=None)
    period: Mapped[str] = words(7, holds=None)
    move: Mapped[Move] = choice(Move)
    ground: Mapped[Ground] = choice(Ground, check="_moved")
    form: Mapped[Form] = choice(Form, check="_moved")
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    proof: Mapped[str] = words(60, holds=None, default="")
    at: Mapped[datetime]


class ClosedPeriod(Base):
    """A month whose books are closed, with the balances that the next one opens with."""

    __tablename__ = "closed_period"

    period: Mapped[str] = words(7, holds=None, primary_key=True)
    balances: Mapped[list[Any]] = document(holds=None, default=list)
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class ServiceTerms(Row):
    """What a contract promises of a service, and what it owes below that: the affected fee, tiers
    (a JSON list of percentages: below, credit), cap, minimum, claim, rounding, exclusions.
    """

    __tablename__ = "service_terms"
    __table_args__ = (
        sa.CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
        sa.CheckConstraint("claim_days is null or claim_days >= 0", name="claim_not_negative"),
    )

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    contract_id: Mapped[int] = mapped_column(sa.ForeignKey("contract.id"), index=True)
    service: Mapped[str] = words(120, holds=None)
    period: Mapped[Period] = choice(Period, default=Period.MONTH)
    currency: Mapped[str] = words(3, holds=None)
    fee_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tiers: Mapped[list[Any]] = document(holds=None, default=list)
    cap_share: Mapped[Decimal | None]
    cap_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    least_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    claim_days: Mapped[int | None]
    automatic: Mapped[bool] = mapped_column(default=True)
    rounding: Mapped[Rounding] = choice(Rounding, default=Rounding.HALF_UP)
    exclusions: Mapped[str] = words(holds=None, default="")
    ended_on: Mapped[date | None]


class MeasuredAvailability(Row):
    """Availability (a share of the period) of a service under its terms, with the credit that
    follows and the terms it was computed from, as they were.
    """

    __tablename__ = "measured_availability"
    __table_args__ = (
        sa.UniqueConstraint("terms_id", "starts_on"),
        sa.CheckConstraint("availability between 0 and 100000000", name="availability_is_share"),
        sa.CheckConstraint("credit_minor >= 0", name="credit_not_negative"),
    )

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    terms_id: Mapped[int] = mapped_column(sa.ForeignKey("service_terms.id"))
    concession_id: Mapped[int | None] = mapped_column(sa.ForeignKey("concession.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    availability: Mapped[Decimal]
    source: Mapped[str] = words(300, holds=None, default="")
    currency: Mapped[str] = words(3, holds=None)
    fee_minor: Mapped[int] = mapped_column(sa.BigInteger)
    credit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    computed_from: Mapped[dict[str, Any]] = document(holds=None, default=dict)
    claimed_on: Mapped[date | None]
