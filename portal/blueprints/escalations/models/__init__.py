"""Escalations: the case and everything that hangs on it."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal, search
from portal.core.db import Base, Row, choice, document, words

from .asking import Option as Option
from .calendars import BusinessCalendar as BusinessCalendar
from .calendars import CalendarUse as CalendarUse
from .ladder import NextNotice as NextNotice
from .lists import BulkChange as BulkChange
from .lists import BulkKind as BulkKind
from .lists import Presence as Presence
from .lists import SavedView as SavedView
from .lists import Watcher as Watcher
from .mailings import Mailing as Mailing
from .mailings import MailingLine as MailingLine
from .mailings import MailingState as MailingState
from .notices import FormalNotice as FormalNotice
from .notices import NoticeChannel as NoticeChannel
from .notices import NoticeKind as NoticeKind
from .plays import CaseResponse as CaseResponse
from .plays import CaseStep as CaseStep
from .plays import CaseTick as CaseTick
from .plays import StepNotice as StepNotice
from .saying import CustomerStatus as CustomerStatus
from .work import Stakeholder as Stakeholder
from .work import Stance as Stance
from .work import Task as Task
from .work import Telling as Telling


class State(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    REQUESTED = "requested"
    DECLARED = "declared"
    ACCEPTED = "accepted"
    STABILISING = "stabilising"
    AWAITING_CUSTOMER = "awaiting_customer"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    VOID = "void"


OPEN_STATES = (State.DECLARED, State.ACCEPTED, State.STABILISING, State.AWAITING_CUSTOMER)


class Trigger(StrEnum):
    """What set the case off."""

    CANCELLATION_THREAT = "cancellation_threat"
    LEGAL_THREAT = "legal_threat"
    REGULATOR_COMPLAINT = "regulator_complaint"
    PUBLIC_EXPOSURE = "public_exposure"
    EXECUTIVE_COMPLAINT = "executive_complaint"
    SECURITY_OR_PRIVACY = "security_or_privacy"
    SLA_BREACH = "sla_breach"
    CUSTOMER_DEADLINE = "customer_deadline"
    INACTIVITY = "inactivity"
    RECURRENCE = "recurrence"
    OPPORTUNITY = "opportunity"
    OTHER_EXTRAORDINARY = "other_extraordinary"


class Severity(StrEnum):
    """How bad it is, worst first."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"


class Level(StrEnum):
    """Who handles it."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    EXECUTIVE = "X"


class EscalationKind(StrEnum):
    """Whether other expertise or more authority is asked for."""

    FUNCTIONAL = "functional"
    HIERARCHICAL = "hierarchical"


class Channel(StrEnum):
    """How the customer's words reached us."""

    PHONE = "phone"
    EMAIL = "email"
    MEETING = "meeting"
    LETTER = "letter"
    TICKET = "ticket"
    SOCIAL = "social"
    FORM = "form"
    API = "api"


class Problem(StrEnum):
    """What went wrong for the customer, apart from the trigger."""

    BILLING = "billing"
    OUTAGE = "outage"
    DATA_LOSS = "data_loss"
    UNDELIVERED_OR_DEFECTIVE = "undelivered_or_defective"
    FEATURE_GAP = "feature_gap"
    SERVICE_CONDUCT = "service_conduct"
    EMPLOYEE_CONDUCT = "employee_conduct"
    PRICE = "price"
    OTHER = "other"


class Trend(StrEnum):
    """Which way the case is going."""

    IMPROVING = "improving"
    SAME = "same"
    DECLINING = "declining"


class Resolution(StrEnum):
    """How a case ended."""

    FIX = "fix"
    WORKAROUND = "workaround"
    CONCESSION = "concession"
    NO_FAULT = "no_fault"
    LOST = "lost"


class ClockKind(StrEnum):
    """What is running on a case."""

    ACKNOWLEDGE = "acknowledge"
    OWNER_NAMED = "owner_named"
    SILENCE = "silence"
    REPLY_OWED = "reply_owed"
    EXECUTIVE_BRIEF = "executive_brief"
    CLOSE = "close"
    HOLDER = "holder"
    PROMISE = "promise"


def _index_in_order(column: str) -> sa.Index:
    name = column.removesuffix("_id")
    counted = ("state", "trigger", "restricted")
    return sa.Index(f"ix_escalation_{name}", column, "opened_at", "id", *counted)


def _index_where_set(name: str, column: str, *more: str) -> sa.Index:
    """Index the few cases where a column says something."""
    there = sa.text(f"{column} IS NOT NULL")
    return sa.Index(
        f"ix_escalation_{name}", column, *more, sqlite_where=there, postgresql_where=there
    )


class Escalation(Row):
    """A case: a customer threatens to leave, to sue, or to take another extraordinary step."""

    __tablename__ = "escalation"
    __table_args__ = (
        _index_where_set("due", "next_due_at", "id"),
        sa.Index("ix_escalation_opened", "opened_at", "id"),
        sa.Index("ix_escalation_alike", "trigger", "problem"),
        sa.Index("ix_escalation_account", "account_id", "opened_at"),
        sa.Index("ix_escalation_owner", "owner_id", "state"),
        # All that a count of visible cases asks, so that it never reads a row.
        sa.Index(
            "ix_escalation_count",
            "state",
            "restricted",
            "account_id",
            "reference",
            "declared_by_id",
            "trigger",
        ),
        # What a list is narrowed to, in its order, with what decides whether a case is counted.
        *(_index_in_order(column) for column in ("severity", "team_id", "level")),
        _index_where_set("merged", "merged_into_id"),
        _index_where_set("executive_owner", "executive_owner_id"),
        _index_where_set("ask_of", "ask_of_id"),
        sa.UniqueConstraint("register_year", "register_number"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    register_year: Mapped[int]
    register_number: Mapped[int]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    title: Mapped[str] = words(200, holds=personal.WORDS)
    state: Mapped[State] = choice(State, default=State.DECLARED)
    trigger: Mapped[Trigger] = choice(Trigger)
    severity: Mapped[Severity] = choice(Severity)
    level: Mapped[Level] = choice(Level, default=Level.L2)
    kind: Mapped[EscalationKind] = choice(EscalationKind, default=EscalationKind.HIERARCHICAL)
    problem: Mapped[Problem] = choice(Problem, default=Problem.OTHER)
    channel: Mapped[Channel] = choice(Channel, default=Channel.PHONE)
    source: Mapped[str] = words(40, holds=None, default="portal")
    customer_words: Mapped[str] = words(holds=personal.WORDS)
    words_language: Mapped[str] = words(5, holds=None, default="en")
    words_by: Mapped[str] = words(160, holds=personal.CONTACT, default="")
    demand: Mapped[str] = words(400, holds=personal.WORDS)
    deadline_at: Mapped[datetime | None]
    impact: Mapped[str] = words(holds=personal.WORDS, default="")
    stake_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None, default="EUR")
    declared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    executive_owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    tags: Mapped[list[Any]] = document(holds=None, default=list)
    trend: Mapped[Trend] = choice(Trend, default=Trend.SAME)
    executive: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    next_due_kind: Mapped[ClockKind | None] = choice(ClockKind)
    resolution: Mapped[Resolution | None] = choice(Resolution)
    resolution_text: Mapped[str] = words(holds=personal.WORDS, default="")
    agreed_by: Mapped[str] = words(160, holds=personal.CONTACT, default="")
    not_agreed_because: Mapped[str] = words(400, holds=personal.WORDS, default="")
    fix_owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    fix_due_on: Mapped[date | None]
    waiting_for: Mapped[str] = words(400, holds=personal.WORDS, default="")
    transfers: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    restricted: Mapped[bool] = mapped_column(default=False)
    legal_mode: Mapped[bool] = mapped_column(default=False)
    legal_hold: Mapped[bool] = mapped_column(default=False)
    long_track: Mapped[bool] = mapped_column(default=False)
    long_track_until: Mapped[datetime | None]
    automatic_stopped: Mapped[bool] = mapped_column(default=False)
    cooling_from: Mapped[str | None] = words(4, holds=None)
    cooling_until: Mapped[datetime | None]
    left_executive_until: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("escalation.id"))
    previous_id: Mapped[int | None] = mapped_column(sa.ForeignKey("escalation.id"))
    policy_number: Mapped[int] = mapped_column(default=1)
    playbook_number: Mapped[int | None]
    ask: Mapped[str] = words(400, holds=personal.WORDS, default="")
    ask_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    ask_by: Mapped[datetime | None]
    ask_options: Mapped[list[Any]] = document(holds=personal.WORDS, default=list)
    ask_if_nothing: Mapped[str] = words(400, holds=personal.WORDS, default="")

    @property
    def options(self) -> list[Option]:
        """The ways to decide what is asked of leadership."""
        return [Option.from_kept(one) for one in self.ask_options]


REFERENCE = re.compile(r"ESC-\d{4}-\d{1,12}", re.IGNORECASE)
WORDS = search.declare("escalation", "title", "demand", "customer_words")


class ExitCriterion(Row):
    """What must be true before a case may close, agreed with the customer at the start."""

    __tablename__ = "exit_criterion"

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    text: Mapped[str] = words(300, holds=personal.WORDS)
    met_at: Mapped[datetime | None]
    met_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    customer_agreed_at: Mapped[datetime | None]


class ClockEvent(Base):
    """Something that moves a clock of a case; only ever added, and due times follow from it."""

    __tablename__ = "clock_event"
    __table_args__ = (sa.Index("ix_clock_event_case", "escalation_id", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    kind: Mapped[str] = words(40, holds=None)
    clock: Mapped[ClockKind | None] = choice(ClockKind)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    severity: Mapped[Severity | None] = choice(Severity)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reason: Mapped[str] = words(400, holds=personal.WORDS, default="")


class Notice(Base):
    """A step of the ladder that was given notice of: once per case, clock, step and occurrence."""

    __tablename__ = "ladder_notice"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "clock", "step", "occurrence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    clock: Mapped[ClockKind] = choice(ClockKind)
    step: Mapped[str] = words(40, holds=None)
    occurrence: Mapped[str] = words(40, holds=None)
    due_at: Mapped[datetime]
    given_at: Mapped[datetime]


class Transfer(Base):
    """A change of owner, team or level: from, to, why, and the summary handed over; `kind` is set
    where the level changed, `said` holds those of the words that are ours, to say them again.
    """

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    from_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    to_team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    from_level: Mapped[str | None] = words(2, holds=None)
    to_level: Mapped[str | None] = words(2, holds=None)
    kind: Mapped[str | None] = words(20, holds=None)
    why: Mapped[str] = words(400, holds=personal.WORDS)
    summary: Mapped[str] = words(holds=personal.WORDS)
    said: Mapped[dict[str, Any] | None] = document(holds=personal.WORDS)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class AffectedAccount(Base):
    """Another customer hit by the same cause; hangs on the case, not a case of its own."""

    __tablename__ = "affected_account"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    message_at: Mapped[datetime | None]
    named_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))


class Hold(Base):
    """Another room's reason why a case may not close yet."""

    __tablename__ = "hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    room: Mapped[str] = words(40, holds=None)
    record_ref: Mapped[str] = words(24, holds=None)
    since: Mapped[datetime]
    released_at: Mapped[datetime | None]


class TriggerProposal(Base):
    """What detection proposed for a text and what a person made of it: precision and recall rest on
    it.
    """

    __tablename__ = "trigger_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    proposed: Mapped[Trigger | None] = choice(Trigger)
    confirmed: Mapped[Trigger | None] = choice(Trigger, check="_confirmed")
    phrases: Mapped[list[Any]] = document(holds=personal.WORDS, default=list)
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
