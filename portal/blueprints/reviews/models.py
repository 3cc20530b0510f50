"""Quarterly reviews: the period, the decisions sought, what the meeting said, who read the pack."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class ReviewState(StrEnum):
    """Where a review stands."""

    PREPARING = "preparing"
    CALLED = "called"
    MEETING = "meeting"
    SIGNED = "signed"


class ReviewVerdict(StrEnum):
    """What became of a decision that was sought."""

    OPEN = "open"
    TAKEN = "taken"
    REFUSED = "refused"
    POSTPONED = "postponed"


class LineKind(StrEnum):
    """What somebody typed during the meeting."""

    NOTE = "note"
    DECISION = "decision"
    ACTION = "action"


class Review(Row):
    """The review of a quarter; `pack` is what it rested on, frozen when it was signed off;
    `at_item` is what the meeting is at: a key of `rules.agenda`.
    """

    __tablename__ = "review"
    __table_args__ = (sa.UniqueConstraint("year", "quarter"),)

    reference: Mapped[str] = words(24, holds=None, unique=True)
    year: Mapped[int]
    quarter: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[ReviewState] = choice(ReviewState, default=ReviewState.PREPARING)
    meets_at: Mapped[datetime | None]
    none_sought: Mapped[str] = words(600, holds=personal.WORDS, default="")
    called_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    at_item: Mapped[str] = words(24, holds=None, default="")
    at_since: Mapped[datetime | None]
    beat: Mapped[int] = mapped_column(default=0)
    pack: Mapped[dict[str, Any]] = document(holds=personal.WORDS, default=dict)
    pack_digest: Mapped[str] = words(64, holds=None, default="")
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    signed_at: Mapped[datetime | None]


class ReviewPlan(Row):
    """What is planned for the figures of a quarter: measure → an exact decimal as text, a share as
    a fraction, money in the reporting currency.
    """

    __tablename__ = "review_plan"
    __table_args__ = (sa.UniqueConstraint("year", "quarter"),)

    year: Mapped[int]
    quarter: Mapped[int]
    targets: Mapped[dict[str, Any]] = document(holds=None, default=dict)
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    set_at: Mapped[datetime]


class Sought(Row):
    """A decision that is sought from the meeting, with what is recommended and why; `draft_id` is
    the change of a policy that was begun because of it.
    """

    __tablename__ = "decision_sought"

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), index=True)
    title: Mapped[str] = words(200, holds=personal.WORDS)
    recommendation: Mapped[str] = words(holds=personal.WORDS)
    reason: Mapped[str] = words(holds=personal.WORDS)
    minutes: Mapped[int] = mapped_column(default=10)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    verdict: Mapped[ReviewVerdict] = choice(ReviewVerdict, default=ReviewVerdict.OPEN)
    decided: Mapped[str] = words(holds=personal.WORDS, default="")
    decided_at: Mapped[datetime | None]
    draft_id: Mapped[int | None] = mapped_column(sa.ForeignKey("policy_draft.id"))
    carried_from: Mapped[str | None] = words(24, holds=None)


class Line(Row):
    """What somebody typed during the meeting, about a decision or none; never changed, so that
    nobody loses a word.
    """

    __tablename__ = "review_line"

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), index=True)
    sought_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision_sought.id"))
    kind: Mapped[LineKind] = choice(LineKind)
    text: Mapped[str] = words(holds=personal.WORDS)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    said_at: Mapped[datetime]


class PackReading(Base):
    """What became of the pack with one person; read is who opened it signed in."""

    __tablename__ = "pack_reading"

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
