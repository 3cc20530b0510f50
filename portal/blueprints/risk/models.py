"""Risk: what each account's score is made of, its history, judgements, and the register."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.blueprints.accounts.models import Band
from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class HardRule(StrEnum):
    """What can never be green, whatever the points say."""

    CHURN_NOTICE = "churn_notice"
    OPEN_E1 = "open_e1"
    OPEN_E2 = "open_e2"


class Stage(StrEnum):
    """Where the work on a registered risk stands."""

    AT_RISK = "at_risk"
    PLAN_IN_PLACE = "plan_in_place"
    SAVING = "saving"
    RECOVERED = "recovered"
    LOST = "lost"


class ChanceBasis(StrEnum):
    """What the chance in a prediction rests on."""

    CARD = "card"
    BANDS = "bands"


class WorkKind(StrEnum):
    """What was done to keep an account while a prediction ran."""

    SPONSORED = "sponsored"
    COMPENSATED = "compensated"
    PLANNED = "planned"
    ESCALATED = "escalated"


class CardState(StrEnum):
    """Where a scorecard that is learned from our own outcomes stands."""

    FITTING = "fitting"
    FITTED = "fitted"
    FAILED = "failed"
    PROPOSED = "proposed"


class Assessment(Base):
    """An account's score as it stands, with what was measured (None: nothing is known) and the
    points that each factor gives, in hundredths.
    """

    __tablename__ = "risk_assessment"
    __table_args__ = (sa.CheckConstraint("score between 0 and 100", name="score"),)

    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account.id"), primary_key=True, autoincrement=False
    )
    score: Mapped[int]
    band: Mapped[Band] = choice(Band)
    rule: Mapped[HardRule | None] = choice(HardRule)
    policy_number: Mapped[int]
    changed_at: Mapped[datetime]
    open_cases: Mapped[Decimal | None]
    silence_breaches: Mapped[Decimal | None]
    promises_broken: Mapped[Decimal | None]
    health_trend: Mapped[Decimal | None]
    usage_trend: Mapped[Decimal | None]
    sponsor_gone: Mapped[Decimal | None]
    renewal_near: Mapped[Decimal | None]
    payment_delay: Mapped[Decimal | None]
    sentiment: Mapped[Decimal | None]
    recurrence: Mapped[Decimal | None]
    open_cases_points: Mapped[int]
    silence_breaches_points: Mapped[int]
    promises_broken_points: Mapped[int]
    health_trend_points: Mapped[int]
    usage_trend_points: Mapped[int]
    sponsor_gone_points: Mapped[int]
    renewal_near_points: Mapped[int]
    payment_delay_points: Mapped[int]
    sentiment_points: Mapped[int]
    recurrence_points: Mapped[int]


class Ground(Base):
    """What an account's signals and people say of its risk, kept so that the scores of all need not
    go through them; to be reckoned anew once the earliest signal falls out of the time looked back
    to, or a date that lies ahead is reached.
    """

    __tablename__ = "risk_ground"

    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account.id"), primary_key=True, autoincrement=False
    )
    health_trend: Mapped[Decimal | None]
    usage_trend: Mapped[Decimal | None]
    payment_delay: Mapped[Decimal | None]
    sentiment: Mapped[Decimal | None]
    executive_there: Mapped[bool]
    executive_left_at: Mapped[datetime | None]
    earliest_at: Mapped[datetime | None]
    ahead_at: Mapped[datetime | None]


class Snapshot(Base):
    """An account's score from a day on, and the one it had before; a day without a row has the
    score of the day before.
    """

    __tablename__ = "risk_snapshot"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "day"),
        # Who moved within a week, without those that were scored for the first time.
        sa.Index(
            "ix_risk_snapshot_moved",
            "day",
            "account_id",
            sqlite_where=sa.text("score_before IS NOT NULL"),
            postgresql_where=sa.text("score_before IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    day: Mapped[date]
    score: Mapped[int]
    band: Mapped[Band] = choice(Band)
    score_before: Mapped[int | None]


class Prediction(Base):
    """What the score, and where there is one a chance, said of an account on a day: whether it is
    lost until another day. It is never changed but for what became of it: when that was known,
    whether the account was lost, and what was done meanwhile to keep it.
    """

    __tablename__ = "risk_prediction"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "made_on"),
        sa.Index(
            "ix_risk_prediction_due",
            "due_on",
            sqlite_where=sa.text("settled_on IS NULL"),
            postgresql_where=sa.text("settled_on IS NULL"),
        ),
        # The nearest past cases have nearly the same score.
        sa.Index("ix_risk_prediction_past", "score", "settled_on"),
        sa.Index("ix_risk_prediction_settled", "settled_on", "id"),
        sa.CheckConstraint("due_on > made_on", name="due_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    made_on: Mapped[date]
    due_on: Mapped[date]
    score: Mapped[int]
    band: Mapped[Band] = choice(Band)
    policy_number: Mapped[int]
    chance: Mapped[Decimal | None]
    basis: Mapped[ChanceBasis | None] = choice(ChanceBasis)
    settled_on: Mapped[date | None]
    lost: Mapped[bool | None]
    work: Mapped[WorkKind | None] = choice(WorkKind)
    open_cases: Mapped[Decimal | None]
    silence_breaches: Mapped[Decimal | None]
    promises_broken: Mapped[Decimal | None]
    health_trend: Mapped[Decimal | None]
    usage_trend: Mapped[Decimal | None]
    sponsor_gone: Mapped[Decimal | None]
    renewal_near: Mapped[Decimal | None]
    payment_delay: Mapped[Decimal | None]
    sentiment: Mapped[Decimal | None]
    recurrence: Mapped[Decimal | None]


class ChurnCardFit(Base):
    """A scorecard learned from what became of our own predictions, with its quality on accounts
    held back; it counts for nothing until a version of the risk policy that holds it is published.
    """

    __tablename__ = "risk_card_fit"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[CardState] = choice(CardState, default=CardState.FITTING)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    fitted_at: Mapped[datetime | None]
    document: Mapped[dict[str, Any] | None] = document(holds=None)
    """The card as the policy holds it; where none came of it, why."""
    draft_id: Mapped[int | None] = mapped_column(sa.ForeignKey("policy_draft.id"))


class Reckoned(Base):
    """Up to where the log was followed by the scores; one row."""

    __tablename__ = "risk_reckoned"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(sa.BigInteger)


class Judgement(Base):
    """What somebody who knows the customer makes of the risk, with the reason; the last counts."""

    __tablename__ = "risk_judgement"
    __table_args__ = (sa.Index("ix_risk_judgement_account", "account_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    band: Mapped[Band | None] = choice(Band)
    reason: Mapped[str] = words(400, holds=personal.WORDS)
    score: Mapped[int | None]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]


class RiskEntry(Row):
    """A risk in the register: how likely, how bad, what is done, and what would be lost."""

    __tablename__ = "risk_entry"
    __table_args__ = (
        sa.CheckConstraint("likelihood between 1 and 5", name="likelihood"),
        sa.CheckConstraint("impact between 1 and 5", name="impact"),
        sa.Index("ix_risk_entry_account", "account_id"),
        sa.Index("ix_risk_entry_review", "review_on", "id"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    title: Mapped[str] = words(200, holds=personal.WORDS)
    likelihood: Mapped[int]
    impact: Mapped[int]
    plan: Mapped[str] = words(2_000, holds=personal.WORDS, default="")
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    stage: Mapped[Stage] = choice(Stage, default=Stage.AT_RISK)
    stage_since: Mapped[datetime]
    review_on: Mapped[date]
    stays_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    leaves_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    loss_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None)
    valued_on: Mapped[date]


class RiskTask(Base):
    """A step of the plan: what, who, by when."""

    __tablename__ = "risk_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("risk_entry.id"), index=True)
    what: Mapped[str] = words(300, holds=personal.WORDS)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    due_on: Mapped[date]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class RiskMove(Base):
    """A stage that a risk came to, from which, why."""

    __tablename__ = "risk_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("risk_entry.id"), index=True)
    from_stage: Mapped[Stage | None] = choice(Stage, check="_from")
    to_stage: Mapped[Stage] = choice(Stage, check="_to")
    why: Mapped[str] = words(400, holds=personal.WORDS)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]
