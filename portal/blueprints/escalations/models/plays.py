"""What the playbook asks of a case, who ticked it when, and who joined the response."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Row, words


class CaseStep(Row):
    """A step that a playbook asks of a case, in the words of the version it was laid out from.

    `done_at` and `done_by_id` say how its last tick left it; `next_notice_at` is when somebody is
    next told that it is overdue.
    """

    __tablename__ = "case_step"
    __table_args__ = (
        sa.UniqueConstraint("escalation_id", "name"),
        sa.Index("ix_case_step_notice", "next_notice_at"),
    )

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    name: Mapped[str] = words(60, holds=None)
    trigger: Mapped[str] = words(40, holds=None)
    severity: Mapped[str] = words(4, holds=None)
    policy_number: Mapped[int]
    place: Mapped[int]
    label: Mapped[str] = words(2_000, holds=None)
    who: Mapped[str] = words(40, holds=None)
    since: Mapped[datetime]
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    next_notice_at: Mapped[datetime | None]


class StepNotice(Base):
    """A rung of the ladder that was taken for an overdue step: once per step, rung and occurrence,
    which is the time it was due.
    """

    __tablename__ = "step_notice"
    __table_args__ = (sa.UniqueConstraint("step_id", "rung", "occurrence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("case_step.id"))
    rung: Mapped[str] = words(40, holds=None)
    occurrence: Mapped[str] = words(40, holds=None)
    due_at: Mapped[datetime]
    given_at: Mapped[datetime]


class CaseTick(Base):
    """A step was ticked, or its tick was taken away; only ever added."""

    __tablename__ = "case_tick"

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("case_step.id"), index=True)
    done: Mapped[bool]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class CaseResponse(Base):
    """Somebody who joined the response to a case, as what and what for."""

    __tablename__ = "case_response"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    part: Mapped[str] = words(80, holds=None)
    does: Mapped[str] = words(2_000, holds=None)
    joined_at: Mapped[datetime]
