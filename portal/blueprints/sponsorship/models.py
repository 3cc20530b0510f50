"""The executive sponsorship programme."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.blueprints.accounts.models import Band
from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class LaneKind(StrEnum):
    """Strategic: 12 months, renewable. Recovery: 90 days, one extension, its own capacity."""

    STRATEGIC = "strategic"
    RECOVERY = "recovery"


class NominationState(StrEnum):
    """Where a nomination stands."""

    DRAFT = "draft"
    SENT = "sent"
    ADMITTED = "admitted"
    WAITING = "waiting"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class SponsorshipState(StrEnum):
    """Where a sponsorship stands."""

    ACTIVE = "active"
    ENDED = "ended"


class ExitReason(StrEnum):
    """Why a sponsorship ended."""

    OUTCOME_REACHED = "outcome_reached"
    TERM_OVER = "term_over"
    TOUCHPOINTS_MISSED = "touchpoints_missed"
    SCORE_LOW = "score_low"
    EXECUTIVE_GONE = "executive_gone"
    CHURNED = "churned"
    DISPLACED = "displaced"
    CONDITION = "condition"


class TouchpointState(StrEnum):
    """What became of a touchpoint; a missed one says through whose fault."""

    PLANNED = "planned"
    HELD = "held"
    MISSED_BY_US = "missed_by_us"
    MISSED_BY_THEM = "missed_by_them"


class PanelVerdict(StrEnum):
    """What a nomination can be answered with."""

    ADMIT = "admit"
    WAIT = "wait"
    DECLINE = "decline"


class ReviewOutcome(StrEnum):
    """What an exit review can decide."""

    KEEP = "keep"
    END = "end"
    EXTEND = "extend"
    CHANGE_LANE = "change_lane"
    CHANGE_SPONSOR = "change_sponsor"
    DISPLACE = "displace"


class GiftKind(StrEnum):
    """What passed between a sponsor and a customer."""

    GIFT = "gift"
    HOSPITALITY = "hospitality"


class PanelState(StrEnum):
    """Where a panel stands."""

    PLANNED = "planned"
    CLOSED = "closed"


class Charter(Row):
    """A version of the programme's charter; never changed: what is new is a version of its own."""

    __tablename__ = "charter"

    number: Mapped[int] = mapped_column(unique=True)
    purpose: Mapped[str] = words(holds=None)
    metrics: Mapped[list[Any]] = document(holds=None)
    duties: Mapped[str] = words(holds=None)
    donts: Mapped[str] = words(holds=None)
    customer: Mapped[str] = words(holds=None)
    training: Mapped[str] = words(holds=None)
    reason: Mapped[str] = words(400, holds=personal.WORDS)
    publisher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    published_at: Mapped[datetime]


class Sponsor(Row):
    """An executive who looks after accounts: languages, zone, expertise, hours, capacity,
    training.
    """

    __tablename__ = "sponsor"
    __table_args__ = (sa.CheckConstraint("capacity between 0 and 5", name="capacity_at_most_five"),)

    reference: Mapped[str] = words(24, holds=None, unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), unique=True)
    languages: Mapped[list[Any]] = document(holds=None, default=list)
    zone: Mapped[str] = words(64, holds=None)
    expertise: Mapped[list[Any]] = document(holds=None, default=list)
    industries: Mapped[list[Any]] = document(holds=None, default=list)
    conflicts: Mapped[list[Any]] = document(holds=None, default=list)
    hours_month: Mapped[int] = mapped_column(default=8)
    capacity: Mapped[int] = mapped_column(default=3)
    recovery_places: Mapped[int] = mapped_column(default=1)
    trained_on: Mapped[date | None]
    feed_nonce: Mapped[str] = words(32, holds=None, default="")
    notes: Mapped[str] = words(holds=personal.EMPLOYEE, default="")


class Training(Row):
    """A module of the curriculum that a sponsor was trained in, and what proves it."""

    __tablename__ = "training"

    sponsor_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsor.id"), index=True)
    module: Mapped[str] = words(200, holds=None)
    trained_on: Mapped[date]
    proof: Mapped[str] = words(400, holds=personal.EMPLOYEE)
    recorder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class Panel(Row):
    """A meeting that decides nominations; `quorum` counts who votes without a conflict."""

    __tablename__ = "panel"
    __table_args__ = (sa.CheckConstraint("quorum between 1 and 15", name="quorum_is_possible"),)

    reference: Mapped[str] = words(24, holds=None, unique=True)
    meets_at: Mapped[datetime]
    place: Mapped[str] = words(200, holds=personal.EMPLOYEE, default="")
    quorum: Mapped[int] = mapped_column(default=2)
    state: Mapped[PanelState] = choice(PanelState, default=PanelState.PLANNED)
    convener_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]


class PanelSeat(Base):
    """A person who votes on a panel."""

    __tablename__ = "panel_seat"
    __table_args__ = (sa.UniqueConstraint("panel_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)


class Nomination(Row):
    """An account proposed for sponsorship, each criterion with its evidence, the score stored
    before the decision.
    """

    __tablename__ = "nomination"
    __table_args__ = (sa.Index("ix_nomination_state", "state", "id"),)

    reference: Mapped[str] = words(24, holds=None, unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    case_ref: Mapped[str | None] = words(24, holds=None, index=True)
    lane: Mapped[LaneKind] = choice(LaneKind)
    state: Mapped[NominationState] = choice(NominationState, default=NominationState.DRAFT)
    outcome: Mapped[str] = words(400, holds=personal.WORDS, default="")
    why: Mapped[str] = words(holds=personal.WORDS, default="")
    customer_executive_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    proposed_sponsor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sponsor.id"))
    expertise: Mapped[list[Any]] = document(holds=None, default=list)
    """What a sponsor should know for this account, in the words of the sponsors' profiles."""
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    sent_at: Mapped[datetime | None]
    score: Mapped[Decimal | None]
    criteria: Mapped[list[Any]] = document(holds=personal.WORDS, default=list)
    policy_number: Mapped[int] = mapped_column(default=1)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = words(holds=personal.WORDS, default="")
    earlier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("nomination.id"))
    come_back_on: Mapped[date | None]
    panel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("panel.id"), index=True)


class Draw(Base):
    """A draw by lot among nominations whose scores lie too near each other to tell: the seed that
    decides the order, so that anybody can draw it again.
    """

    __tablename__ = "panel_draw"
    __table_args__ = (sa.UniqueConstraint("panel_id", "lane"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"))
    lane: Mapped[LaneKind] = choice(LaneKind, check="_draw")
    seed: Mapped[str] = words(64, holds=None)
    ties: Mapped[list[Any]] = document(holds=None)
    drawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    drawn_at: Mapped[datetime]


class PanelVote(Row):
    """How a person voted on a nomination before a panel, or the conflict of interest they declared
    instead.
    """

    __tablename__ = "panel_vote"
    __table_args__ = (sa.UniqueConstraint("nomination_id", "panel_id", "person_id"),)

    nomination_id: Mapped[int] = mapped_column(sa.ForeignKey("nomination.id"))
    panel_id: Mapped[int] = mapped_column(sa.ForeignKey("panel.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    verdict: Mapped[PanelVerdict | None] = choice(PanelVerdict)
    reason: Mapped[str] = words(holds=personal.WORDS, default="")


class Sponsorship(Row):
    """An executive looks after an account for a term."""

    __tablename__ = "sponsorship"
    __table_args__ = (sa.CheckConstraint("ends_on > starts_on", name="ends_after_start"),)

    reference: Mapped[str] = words(24, holds=None, unique=True)
    nomination_id: Mapped[int] = mapped_column(sa.ForeignKey("nomination.id"), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    sponsor_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsor.id"), index=True)
    lane: Mapped[LaneKind] = choice(LaneKind)
    state: Mapped[SponsorshipState] = choice(SponsorshipState, default=SponsorshipState.ACTIVE)
    outcome: Mapped[str] = words(400, holds=personal.WORDS)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    extended: Mapped[bool] = mapped_column(default=False)
    next_touch_on: Mapped[date | None]
    exit_reason: Mapped[ExitReason | None] = choice(ExitReason)
    ended_on: Mapped[date | None]
    exit_note: Mapped[str] = words(holds=personal.WORDS, default="")
    plan: Mapped[str] = words(holds=personal.WORDS, default="")
    displaced_on: Mapped[date | None]
    reentry_on: Mapped[date | None]


class Touchpoint(Row):
    """A meeting of a sponsor with the customer's executive."""

    __tablename__ = "touchpoint"

    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"), index=True)
    planned_on: Mapped[date]
    state: Mapped[TouchpointState] = choice(TouchpointState, default=TouchpointState.PLANNED)
    held_on: Mapped[date | None]
    note: Mapped[str] = words(holds=personal.WORDS, default="")
    agenda: Mapped[str] = words(holds=personal.WORDS, default="")
    ours: Mapped[list[Any]] = document(holds=None, default=list)
    theirs: Mapped[list[Any]] = document(holds=None, default=list)
    minutes: Mapped[int | None]


class Goal(Row):
    """What a sponsorship shall reach, by what it is measured, and until when."""

    __tablename__ = "goal"

    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"), index=True)
    what: Mapped[str] = words(200, holds=personal.WORDS)
    measure: Mapped[str] = words(200, holds=personal.WORDS)
    due_on: Mapped[date | None]
    reached_on: Mapped[date | None]
    dropped_on: Mapped[date | None]
    note: Mapped[str] = words(400, holds=personal.WORDS, default="")


class Line(Row):
    """A customer's own way to their sponsor: a signed address for one contact, as long as the
    sponsorship runs and nobody takes it back.
    """

    __tablename__ = "sponsor_line"

    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    nonce: Mapped[str] = words(32, holds=None)
    opener_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]


class LineMessage(Row):
    """What a customer wrote to their sponsor, by when it is to be answered, and the answer;
    `passed_on_at` is when it went to the substitute and to who runs the programme.
    """

    __tablename__ = "line_message"
    __table_args__ = (sa.Index("ix_line_message_due", "answered_at", "due_at"),)

    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"), index=True)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsor_line.id"))
    text: Mapped[str] = words(holds=personal.WORDS)
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    passed_on_at: Mapped[datetime | None]
    answer: Mapped[str] = words(holds=personal.WORDS, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class Gift(Row):
    """A gift or an invitation between a sponsor and the customer, and what it is worth."""

    __tablename__ = "gift"
    __table_args__ = (sa.CheckConstraint("value_minor > 0", name="value_is_something"),)

    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"), index=True)
    kind: Mapped[GiftKind] = choice(GiftKind)
    given: Mapped[bool]
    on: Mapped[date]
    what: Mapped[str] = words(200, holds=personal.WORDS)
    value_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None)
    reason: Mapped[str] = words(400, holds=personal.WORDS, default="")
    recorder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class Reading(Base):
    """An account's score and risk in a quarter of its sponsorship, as they were last read in it."""

    __tablename__ = "sponsorship_reading"
    __table_args__ = (sa.UniqueConstraint("sponsorship_id", "quarter"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"))
    quarter: Mapped[date]
    score: Mapped[Decimal | None]
    band: Mapped[Band | None] = choice(Band, check="_reading")
    read_on: Mapped[date]


class ExitSignal(Base):
    """An exit criterion that is met: since when, why, and since when it no longer is."""

    __tablename__ = "exit_signal"
    __table_args__ = (
        sa.Index("ix_exit_signal_sponsorship", "sponsorship_id", "reason", "raised_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"))
    reason: Mapped[ExitReason] = choice(ExitReason, check="_signal")
    condition: Mapped[str] = words(60, holds=None, default="", server_default="")
    """Which condition of the house's own it is; empty for a criterion that is always asked."""
    evidence: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    raised_on: Mapped[date]
    cleared_on: Mapped[date | None]

    @property
    def mark(self) -> str:
        """Give what tells the criterion from the others that may stand beside it."""
        return self.condition or self.reason


class ExitReview(Row):
    """A review of whether and how a sponsorship goes on: what was proposed, and what people
    decided.
    """

    __tablename__ = "exit_review"

    sponsorship_id: Mapped[int] = mapped_column(sa.ForeignKey("sponsorship.id"), index=True)
    proposals: Mapped[list[Any]] = document(holds=None, default=list)
    why: Mapped[str] = words(holds=personal.WORDS, default="")
    opener_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    outcome: Mapped[ReviewOutcome | None] = choice(ReviewOutcome)
    reason: Mapped[str] = words(holds=personal.WORDS, default="")
    decider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
