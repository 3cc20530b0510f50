"""Briefings: immutable, numbered issues made from a frozen snapshot, and who read them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class Kind(StrEnum):
    """Kinds of briefing."""

    ACCOUNT = "account"
    ESCALATION = "escalation"
    DELTA = "delta"
    CALL = "call"
    COMPENSATION = "compensation"
    SPONSOR = "sponsor"
    NOMINATION = "nomination"
    POSTMORTEM = "postmortem"
    QUARTERLY_REVIEW = "quarterly_review"
    PORTFOLIO_RISK = "portfolio_risk"
    BOOK = "book"


class State(StrEnum):
    """Where a briefing stands."""

    RENDERING = "rendering"
    DRAFT = "draft"
    ISSUED = "issued"
    FAILED = "failed"
    REVOKED = "revoked"


class BookState(StrEnum):
    """Where a book of accounts stands before it is an issue."""

    COLLECTING = "collecting"
    BOUND = "bound"
    EMPTY = "empty"
    CANCELLED = "cancelled"


class Rhythm(StrEnum):
    """How often a subscription is delivered; never on a day off of its reader."""

    WORKDAYS = "workdays"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Ending(StrEnum):
    """Why a subscription has ended."""

    STOPPED = "stopped"
    UNSUBSCRIBED = "unsubscribed"
    OVER = "over"
    HIDDEN = "hidden"


class CopyEnding(StrEnum):
    """Why a copy on a device was ended before its time."""

    SIGNED_OUT = "signed_out"
    TAKEN_BACK = "taken_back"
    DROPPED = "dropped"
    ACCESS = "access"


class Subscription(Row):
    """What somebody is sent by the clock: which kind, about what, in which rhythm and at which hour
    on their wall. `about` is a reference, MINE, ALL or a region; `next_at` is empty once it ended.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        sa.Index("ix_subscription_due", "next_at"),
        sa.Index("ix_subscription_person", "person_id"),
        sa.CheckConstraint("hour between 0 and 23", name="hour_of_a_day"),
        sa.CheckConstraint("weekday between 0 and 4", name="weekday_of_work"),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    kind: Mapped[Kind] = choice(Kind, check="_sent")
    about: Mapped[str] = words(60, holds=None)
    severity: Mapped[str] = words(2, holds=None, default="")
    rhythm: Mapped[Rhythm] = choice(Rhythm)
    weekday: Mapped[int] = mapped_column(default=0)
    hour: Mapped[int]
    unchanged: Mapped[bool] = mapped_column(default=False)
    nonce: Mapped[str] = words(32, holds=None)
    next_at: Mapped[datetime | None]
    ran_at: Mapped[datetime | None]
    made: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    ending: Mapped[Ending | None] = choice(Ending, nullable=True)


class Briefing(Row):
    """One issue of a briefing: for one reader, of one moment, in one language."""

    __tablename__ = "briefing"
    __table_args__ = (
        sa.Index("ix_briefing_subject", "subject_ref", "kind", "id"),
        sa.Index("ix_briefing_reader", "reader_id", "id"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    kind: Mapped[Kind] = choice(Kind)
    state: Mapped[State] = choice(State, default=State.RENDERING)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    subject_ref: Mapped[str] = words(24, holds=None)
    issue: Mapped[int]
    audience: Mapped[str] = words(20, holds=None, default="executive")
    reader_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    subscription_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("subscription.id"), index=True
    )
    locale: Mapped[str] = words(5, holds=None)
    paper: Mapped[str] = words(8, holds=None, default="A4")
    classification: Mapped[str] = words(40, holds=None)
    klass: Mapped[int]
    snapshot: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    snapshot_digest: Mapped[str] = words(64, holds=None, index=True)
    problems: Mapped[list[Any]] = document(holds=None, default=list)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    pdf_digest: Mapped[str] = words(64, holds=None, default="", index=True)
    pages: Mapped[int | None]
    taken_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    failed_because: Mapped[str] = words(60, holds=None, default="")
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str] = words(400, holds=personal.WORDS, default="")


class BriefedCase(Base):
    """A case that an issue may tell of: its reader saw it when the issue was made.

    Once it is restricted, the issue opens to the people named on it alone.
    """

    __tablename__ = "briefed_case"
    __table_args__ = (sa.Index("ix_briefed_case", "case_ref"),)

    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"), primary_key=True)
    case_ref: Mapped[str] = words(24, holds=None, primary_key=True)


class AccountBook(Row):
    """Briefings on several accounts that somebody wants in one book: on which (references, in their
    order), for whom, for which day, and how far the collecting is; once it is bound it is an issue
    like any other.
    """

    __tablename__ = "account_book"

    reference: Mapped[str] = words(24, holds=None, unique=True)
    state: Mapped[BookState] = choice(BookState, default=BookState.COLLECTING)
    reader_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    accounts: Mapped[list[Any]] = document(holds=None)
    day: Mapped[date | None]
    locale: Mapped[str] = words(5, holds=None)
    paper: Mapped[str] = words(8, holds=None)
    annex: Mapped[bool]
    done: Mapped[int] = mapped_column(default=0)
    briefing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("briefing.id"))


class OnceLink(Row):
    """A link to an issue that opens it once, for the person it is made for, after they signed in.
    Its word is stored nowhere, only the digest of it.
    """

    __tablename__ = "briefing_link"

    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    digest: Mapped[str] = words(64, holds=None, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Reading(Base):
    """What became of an issue with its reader: read, and how often fetched. How it was delivered
    stands with its mail, and who else opened it in the log.
    """

    __tablename__ = "reading"
    __table_args__ = (sa.UniqueConstraint("briefing_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    read_at: Mapped[datetime | None]
    downloads: Mapped[int] = mapped_column(default=0)


class KeptCopy(Row):
    """A copy of an issue that its reader keeps, encrypted, in a browser that may be offline: until
    when, and what became of it. `device` is the digest of a word that this browser alone has;
    `user_key` is that of the reader's sessions then: with a new password it is another. Once it
    does not stand any more, `told_at` says when the device was told.
    """

    __tablename__ = "kept_copy"

    briefing_id: Mapped[int] = mapped_column(sa.ForeignKey("briefing.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    device: Mapped[str] = words(64, holds=None, index=True)
    user_key: Mapped[str] = words(64, holds=None)
    until: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ending: Mapped[CopyEnding | None] = choice(CopyEnding, nullable=True)
    told_at: Mapped[datetime | None]


class Call(Row):
    """A coming call with a customer: who makes it and when, three sentences to say and three not to
    say; afterwards its caller is asked what they promised.
    """

    __tablename__ = "customer_call"
    __table_args__ = (
        sa.Index("ix_customer_call_caller", "caller_id", "at"),
        sa.Index("ix_customer_call_ask", "ask_at"),
    )

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    case_ref: Mapped[str | None] = words(24, holds=None)
    caller_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
    say: Mapped[list[Any]] = document(holds=personal.WORDS)
    avoid: Mapped[list[Any]] = document(holds=personal.WORDS)
    briefing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("briefing.id"))
    ask_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    promises: Mapped[int] = mapped_column(default=0)


class Guest(Base):
    """Somebody of the customer's in the room of a call, and what is at stake for them."""

    __tablename__ = "call_guest"

    call_id: Mapped[int] = mapped_column(sa.ForeignKey("customer_call.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    stake: Mapped[str] = words(300, holds=personal.WORDS, default="")
