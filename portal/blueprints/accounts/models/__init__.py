"""Accounts: the customer, their contract, spending, people, history and promises."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal, search
from portal.core.db import Base, Row, choice, document, words

from .fits import FitState as FitState
from .fits import ValueModel as ValueModel
from .imports import Basis as Basis
from .imports import ColumnMapping as ColumnMapping
from .imports import ImportChange as ImportChange
from .imports import ImportIssue as ImportIssue
from .imports import ImportMapping as ImportMapping
from .imports import ImportRun as ImportRun
from .imports import ImportStage as ImportStage
from .imports import ImportState as ImportState
from .merges import AccountMerge as AccountMerge
from .merges import MergedRow as MergedRow
from .rates import RateLoad as RateLoad
from .rates import RateState as RateState
from .signals import HealthSignal as HealthSignal
from .signals import SignalBatch as SignalBatch
from .signals import SignalFormer as SignalFormer


class Lifecycle(StrEnum):
    """Where the relationship stands."""

    PROSPECT = "prospect"
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    RENEWAL = "renewal"
    NOTICE_GIVEN = "notice_given"
    LOST = "lost"


class ContactRole(StrEnum):
    """What a customer's person decides."""

    ECONOMIC_BUYER = "economic_buyer"
    CHAMPION = "champion"
    EXECUTIVE_COUNTERPART = "executive_counterpart"
    LEGAL = "legal"
    USER = "user"


class Sentiment(StrEnum):
    """Where a customer's person stands."""

    WITH_US = "with_us"
    NEUTRAL = "neutral"
    WAVERING = "wavering"
    AGAINST_US = "against_us"


class Tier(StrEnum):
    """A: top 10 % by value, B: next 20 %, C: next 30 %, D: the rest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Band(StrEnum):
    """Risk: green under 35, amber under 65, red from there."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Lane(StrEnum):
    """Who a timeline entry is for. Counsel's lane is stored in the legal room alone."""

    INTERNAL = "internal"
    CUSTOMER = "customer"
    EXECUTIVE = "executive"


class EntryKind(StrEnum):
    """What a timeline entry records."""

    NOTE = "note"
    CALL = "call"
    EMAIL_IN = "email_in"
    EMAIL_OUT = "email_out"
    MEETING = "meeting"
    DECISION = "decision"
    STATUS = "status"
    PROMISE = "promise"
    SYSTEM = "system"


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    RENEGOTIATED = "renegotiated"


class PromiseKind(StrEnum):
    """What was promised; money, price, term, scope and roadmap need authority."""

    ACTION = "action"
    INFORMATION = "information"
    MEETING = "meeting"
    MONEY = "money"
    PRICE = "price"
    TERM = "term"
    SCOPE = "scope"
    ROADMAP = "roadmap"


class Account(Row):
    """A customer."""

    __tablename__ = "account"
    __table_args__ = (
        sa.Index("ix_account_name", "name_key", "id"),
        sa.Index("ix_account_arr", "arr_sort", "id"),
        sa.Index("ix_account_risk", "risk_score", "id"),
        sa.Index("ix_account_renewal", "renewal_on", "id"),
        sa.Index("ix_account_external", "source", "external_id", unique=True),
        sa.CheckConstraint("arr_minor is null or arr_minor >= 0", name="arr_not_negative"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    name: Mapped[str] = words(200, holds=personal.CONTACT)
    name_key: Mapped[str] = words(200, holds=personal.CONTACT)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    natural_person: Mapped[bool] = mapped_column(default=False)
    segment: Mapped[str] = words(60, holds=None, default="")
    industry: Mapped[str] = words(80, holds=None, default="")
    country: Mapped[str] = words(2, holds=None, default="")
    region: Mapped[str] = words(60, holds=None, default="")
    language: Mapped[str] = words(5, holds=None, default="en")
    zone: Mapped[str] = words(64, holds=None, default="Europe/Paris")
    # Its own hours and closures, written here by the room that keeps calendars; none: the policy's.
    opening: Mapped[dict[str, Any] | None] = document(holds=None)
    currency: Mapped[str] = words(3, holds=None, default="EUR")
    lifecycle: Mapped[Lifecycle] = choice(Lifecycle, default=Lifecycle.ACTIVE)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    account_executive_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    customer_since: Mapped[date | None]
    contract_start: Mapped[date | None]
    renewal_on: Mapped[date | None]
    notice_days: Mapped[int | None]
    arr_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    arr_sort: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    gross_margin: Mapped[Decimal | None]
    governing_law: Mapped[str] = words(40, holds=None, default="")
    liability_cap_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    sole_remedy: Mapped[str] = words(holds=None, default="")
    reference_customer: Mapped[bool] = mapped_column(default=False)
    logo: Mapped[bool] = mapped_column(default=False)
    regulator_exposed: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = words(40, holds=None, default="portal")
    external_id: Mapped[str] = words(120, holds=None)
    # The account above as an import named it, whether that one is there or not.
    above_external_id: Mapped[str] = words(120, holds=None, default="")
    success_plan_on: Mapped[date | None]
    # Revenue that could still be won in two years, in % of today's (100: it doubles, or more).
    growth_potential: Mapped[int | None]
    growth_potential_on: Mapped[date | None]
    risk_score: Mapped[int | None]
    risk_band: Mapped[Band | None] = choice(Band)
    value_tier: Mapped[Tier | None] = choice(Tier)
    open_cases: Mapped[int] = mapped_column(default=0)
    worst_severity: Mapped[str | None] = words(4, holds=None)
    legal_hold: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    import_id: Mapped[int | None] = mapped_column(
        index=True
    )  # no foreign key: it would close a circle


REFERENCE = re.compile(r"ACC-\d{1,12}", re.IGNORECASE)
NAMES = search.declare("account", "name_key", parts=True)


class Contact(Row):
    """A person at a customer."""

    __tablename__ = "contact"
    __table_args__ = (sa.Index("ix_contact_account", "account_id", "id"),)

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    name: Mapped[str] = words(160, holds=personal.CONTACT)
    title: Mapped[str] = words(160, holds=personal.CONTACT, default="")
    email: Mapped[str] = words(254, holds=personal.CONTACT, default="")
    phone: Mapped[str] = words(40, holds=personal.CONTACT, default="")
    role: Mapped[ContactRole] = choice(ContactRole)
    influence: Mapped[int] = mapped_column(default=3)
    sentiment: Mapped[Sentiment] = choice(Sentiment, default=Sentiment.NEUTRAL)
    language: Mapped[str] = words(5, holds=None, default="en")
    left_at: Mapped[datetime | None]


class TargetOwner(Base):
    """Whose revenue target an account is, from when to when: such a person approves nothing
    for it.
    """

    __tablename__ = "target_owner"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    since: Mapped[date]
    until: Mapped[date | None]


class Contract(Row):
    """What a customer has signed; annual recurring revenue is a fact of it, never summed from
    revenue.
    """

    __tablename__ = "contract"
    __table_args__ = (
        sa.CheckConstraint("arr_minor is null or arr_minor >= 0", name="arr_not_negative"),
        sa.CheckConstraint("ends_on is null or ends_on >= starts_on", name="ends_after_start"),
    )

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    number: Mapped[str] = words(80, holds=None)
    product: Mapped[str] = words(120, holds=None, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    notice_days: Mapped[int | None]
    may_leave_from: Mapped[date | None]
    arr_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None)
    legal_entity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("legal_entity.id"))


class RevenueLine(Base):
    """What a customer spent in a month on a product; corrections are new lines."""

    __tablename__ = "revenue_line"
    __table_args__ = (sa.Index("ix_revenue_account_month", "account_id", "basis", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    month: Mapped[date]
    product: Mapped[str] = words(120, holds=None, default="")
    basis: Mapped[Basis] = choice(Basis)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None)
    legal_entity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("legal_entity.id"))
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("revenue_line.id"))
    source: Mapped[str] = words(60, holds=None)
    recorded_at: Mapped[datetime]
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("import_run.id"), index=True)


class TimelineEntry(Base):
    """An immutable fact about an account or a case of it; corrections are new entries."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        sa.Index("ix_timeline_account", "account_id", "event_at", "id"),
        sa.Index("ix_timeline_case", "case_ref", "event_at", "id"),
        sa.Index(
            "ix_timeline_corrects",
            "corrects_id",
            sqlite_where=sa.text("corrects_id IS NOT NULL"),
            postgresql_where=sa.text("corrects_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    case_ref: Mapped[str | None] = words(24, holds=None)
    lane: Mapped[Lane] = choice(Lane)
    kind: Mapped[EntryKind] = choice(EntryKind)
    klass: Mapped[int]
    event_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    author_name: Mapped[str] = words(120, holds=personal.EMPLOYEE, default="")
    text: Mapped[str] = words(holds=personal.WORDS)
    said: Mapped[dict[str, Any] | None] = document(holds=personal.WORDS)
    """Where the words are ours: what `i18n.again` says in the reader's language."""
    language: Mapped[str] = words(5, holds=None, default="en")
    corrects_id: Mapped[int | None] = mapped_column(sa.ForeignKey("timeline_entry.id"))
    event_uid: Mapped[str] = words(32, holds=None)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    redacted_at: Mapped[datetime | None]


class Promise(Row):
    """What we said we would do: to whom, by whom, on whose authority, by when. `next_notice_at` is
    when somebody is next told of one that belongs to a case.
    """

    __tablename__ = "promise"
    __table_args__ = (
        sa.Index("ix_promise_due", "state", "due_at"),
        sa.Index("ix_promise_maker", "by_id", "state", "due_at"),
        sa.Index("ix_promise_case", "case_ref", "due_at"),
        sa.Index("ix_promise_notice", "next_notice_at"),
    )

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    case_ref: Mapped[str | None] = words(24, holds=None)
    kind: Mapped[PromiseKind] = choice(PromiseKind)
    what: Mapped[str] = words(400, holds=personal.WORDS)
    to_whom: Mapped[str] = words(160, holds=personal.CONTACT)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    authority_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    concession_ref: Mapped[str | None] = words(24, holds=None)
    without_authority: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[PromiseState] = choice(PromiseState, default=PromiseState.OPEN)
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = words(400, holds=personal.WORDS, default="")
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("promise.id"))
    next_notice_at: Mapped[datetime | None]
