"""Post-mortems: what happened, why, and what is done so that it does not happen again."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class State(StrEnum):
    """Where a post-mortem stands."""

    DUE = "due"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITH_COUNSEL = "with_counsel"
    WAIVED = "waived"


class DueReason(StrEnum):
    """Which rule made a post-mortem due."""

    E1 = "e1"
    E2_LONG = "e2_long"
    LOST_ACCOUNT = "lost_account"
    COMPENSATION_ABOVE_DIRECTOR = "compensation_above_director"
    RE_ESCALATION = "re_escalation"
    ASKED_FOR = "asked_for"


class Factor(StrEnum):
    """Taxonomy of contributing factors."""

    PRODUCT_DEFECT = "product_defect"
    CHANGE_OR_RELEASE = "change_or_release"
    CAPACITY_OR_LOAD = "capacity_or_load"
    THIRD_PARTY = "third_party"
    MONITORING_GAP = "monitoring_gap"
    PROCESS_GAP = "process_gap"
    HANDOVER = "handover"
    COMMUNICATION = "communication"
    EXPECTATION_OR_CONTRACT = "expectation_or_contract"
    STAFFING_OR_SKILL = "staffing_or_skill"
    DATA_OR_BILLING = "data_or_billing"
    SECURITY = "security"


class FindingKind(StrEnum):
    """What went well, badly, or by luck."""

    WELL = "well"
    BADLY = "badly"
    LUCK = "luck"


class ActionState(StrEnum):
    """What became of an action: it ends verified or dropped with a reason."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"


class ActionKind(StrEnum):
    """What an action changes: it keeps the thing from happening, or lets us see or answer it
    sooner, or people, papers or the product.
    """

    PREVENT = "prevent"
    DETECT = "detect"
    RESPOND = "respond"
    TRAIN = "train"
    DOCUMENT = "document"
    PRODUCT = "product"


class ActionPriority(StrEnum):
    """Priority actions are due in four weeks, others in eight."""

    PRIORITY = "priority"
    NORMAL = "normal"


class Postmortem(Row):
    """What a case, or several, taught us."""

    __tablename__ = "postmortem"
    __table_args__ = (
        sa.Index("ix_postmortem_state", "state", "draft_due_on"),
        sa.UniqueConstraint("register_year", "register_number"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    register_year: Mapped[int]
    register_number: Mapped[int]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    title: Mapped[str] = words(200, holds=personal.WORDS)
    state: Mapped[State] = choice(State, default=State.DUE)
    reasons: Mapped[list[Any]] = document(holds=None, default=list)
    policy_number: Mapped[int] = mapped_column(default=1)
    became_due_at: Mapped[datetime]
    draft_due_on: Mapped[date]
    meeting_due_on: Mapped[date]
    approval_due_on: Mapped[date]
    facilitator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    summary: Mapped[str] = words(holds=personal.WORDS, default="")
    surprise: Mapped[str] = words(holds=personal.WORDS, default="")
    what_happened: Mapped[str] = words(holds=personal.WORDS, default="")
    what_customer_heard: Mapped[str] = words(holds=personal.WORDS, default="")
    what_promised: Mapped[str] = words(holds=personal.WORDS, default="")
    what_decided: Mapped[str] = words(holds=personal.WORDS, default="")
    cost_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None)
    counsel_choice: Mapped[str] = words(20, holds=None, default="")
    written_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    waived_because: Mapped[str] = words(400, holds=personal.WORDS, default="")
    waiver_asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    waiver_asked_at: Mapped[datetime | None]


class TextVersion(Base):
    """A text of a post-mortem as it stood once, so that two who write lose nothing; kept until a
    month after publication.
    """

    __tablename__ = "text_version"
    __table_args__ = (sa.Index("ix_text_version_of", "postmortem_id", "field", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"))
    field: Mapped[str] = words(30, holds=None)
    digest: Mapped[str] = words(64, holds=None)
    text: Mapped[str] = words(holds=personal.WORDS)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    written_at: Mapped[datetime]


class RemarkState(StrEnum):
    """What became of a remark: its words were taken over, or it is settled without."""

    OPEN = "open"
    TAKEN = "taken"
    SETTLED = "settled"


class Remark(Row):
    """What somebody said about a part of a draft, perhaps with the words they would have there
    instead; it goes with the drafts, a month after publication.
    """

    __tablename__ = "remark"
    __table_args__ = (sa.Index("ix_remark_of", "postmortem_id", "id"),)

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"))
    part: Mapped[str] = words(30, holds=None)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    text: Mapped[str] = words(holds=personal.WORDS, default="")
    suggestion: Mapped[str | None] = words(holds=personal.WORDS)
    base: Mapped[str] = words(64, holds=None, default="")
    """The digest of the text that the suggestion was made on."""
    for_counsel: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RemarkState] = choice(RemarkState, default=RemarkState.OPEN)
    answer: Mapped[str] = words(400, holds=personal.WORDS, default="")
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    settled_at: Mapped[datetime | None]


class UnsavedText(Base):
    """What somebody typed into a text and did not keep yet: theirs alone, until they keep it or
    discard it, it is a month old, they leave, or the post-mortem is approved.
    """

    __tablename__ = "unsaved_text"

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    field: Mapped[str] = words(30, holds=None, primary_key=True)
    was: Mapped[str] = words(64, holds=None)
    text: Mapped[str] = words(holds=personal.WORDS)
    saved_at: Mapped[datetime]


class PostmortemCase(Base):
    """A case that a post-mortem covers."""

    __tablename__ = "postmortem_case"

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), primary_key=True)
    case_ref: Mapped[str] = words(24, holds=None, primary_key=True, index=True)


class Participant(Base):
    """Somebody who takes part in a post-mortem."""

    __tablename__ = "participant"

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)


class Cause(Row):
    """A contributing factor: from the taxonomy, and in words; how much it weighed, and what shows
    it.
    """

    __tablename__ = "cause"
    __table_args__ = (
        sa.CheckConstraint("weight is null or weight between 1 and 3", name="weight"),
    )

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), index=True)
    factor: Mapped[Factor] = choice(Factor)
    text: Mapped[str] = words(holds=personal.WORDS)
    whys: Mapped[list[Any]] = document(holds=personal.WORDS, default=list)
    weight: Mapped[int | None]
    """1 (minor) to 3 (decisive); None where nobody weighed it."""
    evidence: Mapped[str] = words(400, holds=personal.WORDS, default="")
    evidence_url: Mapped[str] = words(500, holds=personal.WORDS, default="")


class Finding(Row):
    """What went well, badly, or by luck."""

    __tablename__ = "finding"

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), index=True)
    kind: Mapped[FindingKind] = choice(FindingKind)
    text: Mapped[str] = words(holds=personal.WORDS)


class Action(Row):
    """What is done so that it does not happen again."""

    __tablename__ = "action"
    __table_args__ = (sa.Index("ix_action_due", "state", "due_on"),)

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), index=True)
    cause_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cause.id"))
    what: Mapped[str] = words(300, holds=personal.WORDS)
    outcome: Mapped[str] = words(300, holds=personal.WORDS, default="")
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    kind: Mapped[ActionKind | None] = choice(ActionKind)
    """None where it was agreed before kinds were asked for."""
    priority: Mapped[ActionPriority] = choice(ActionPriority, default=ActionPriority.NORMAL)
    due_on: Mapped[date]
    state: Mapped[ActionState] = choice(ActionState, default=ActionState.OPEN)
    verification: Mapped[str] = words(300, holds=personal.WORDS, default="")
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = words(400, holds=personal.WORDS, default="")
    ticket: Mapped[str] = words(60, holds=None, default="")
    ticket_url: Mapped[str] = words(500, holds=None, default="")


class Recurrence(Row):
    """A case that a person linked to a cause: it happened again, who said so, when, and what they
    were shown as alike.
    """

    __tablename__ = "recurrence"
    __table_args__ = (sa.UniqueConstraint("cause_id", "case_ref"),)

    postmortem_id: Mapped[int] = mapped_column(sa.ForeignKey("postmortem.id"), index=True)
    cause_id: Mapped[int] = mapped_column(sa.ForeignKey("cause.id"))
    case_ref: Mapped[str] = words(24, holds=None, index=True)
    linked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    linked_at: Mapped[datetime]
    alike: Mapped[list[Any]] = document(holds=None, default=list)


class LossState(StrEnum):
    """Where a loss note stands: void where the customer was not lost after all."""

    DUE = "due"
    WRITTEN = "written"
    VOID = "void"


class LossNote(Row):
    """What a customer's leaving taught us, in five minutes, where no post-mortem is due."""

    __tablename__ = "loss_note"
    __table_args__ = (
        sa.UniqueConstraint("register_year", "register_number"),
        sa.Index("ix_loss_note_state", "state", "due_on"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    register_year: Mapped[int]
    register_number: Mapped[int]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    state: Mapped[LossState] = choice(LossState, default=LossState.DUE)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    lost_on: Mapped[date]
    due_on: Mapped[date]
    policy_number: Mapped[int] = mapped_column(default=1)
    arr_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = words(3, holds=None)
    what: Mapped[str] = words(300, holds=personal.WORDS, default="")
    factor: Mapped[Factor | None] = choice(Factor)
    sentence: Mapped[str] = words(400, holds=personal.WORDS, default="")
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    written_at: Mapped[datetime | None]


class ImportedPostmortem(Row):
    """A post-mortem written elsewhere, as it came: nothing is added but its number, and a title
    derived from its words where it has none.
    """

    __tablename__ = "imported_postmortem"
    __table_args__ = (
        sa.UniqueConstraint("register_year", "register_number"),
        sa.Index("ix_imported_postmortem_on", "sort_on", "id"),
    )

    reference: Mapped[str] = words(24, holds=None, unique=True)
    register_year: Mapped[int]
    register_number: Mapped[int]
    key: Mapped[str] = words(120, holds=None, unique=True)
    digest: Mapped[str] = words(64, holds=None)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    case_ref: Mapped[str | None] = words(24, holds=None, index=True)
    title: Mapped[str] = words(400, holds=personal.WORDS)
    title_derived: Mapped[bool] = mapped_column(default=False)
    company: Mapped[str] = words(200, holds=None, default="")
    product: Mapped[str] = words(200, holds=None, default="")
    url: Mapped[str] = words(2000, holds=personal.WORDS, default="")
    archive_url: Mapped[str] = words(2000, holds=personal.WORDS, default="")
    started_on: Mapped[date | None]
    started_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    published_on: Mapped[date | None]
    published_at: Mapped[datetime | None]
    sort_on: Mapped[date]
    categories: Mapped[list[Any]] = document(holds=None, default=list)
    keywords: Mapped[list[Any]] = document(holds=None, default=list)
    summary: Mapped[str] = words(holds=personal.WORDS, default="")
    body: Mapped[str] = words(holds=personal.WORDS, default="")
    words_key: Mapped[str] = words(holds=personal.WORDS, default="")
    more: Mapped[dict[str, Any]] = document(holds=personal.WORDS, default=dict)
    source: Mapped[str] = words(200, holds=None, default="")
