"""One message to all other customers that a case hits."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words


class MailingState(StrEnum):
    """How far a message to other customers is."""

    WRITTEN = "written"
    APPROVED = "approved"
    SENT = "sent"
    DROPPED = "dropped"


class Mailing(Row):
    """A message to the other customers that a case hits: written once, in each language, approved
    by a second person, sent to each in its own.

    `words` holds subject and text by language; `last_id` is the last affected account that was
    looked at, so that sending goes on where it was broken off.
    """

    __tablename__ = "mailing"

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    words: Mapped[dict[str, Any]] = document(holds=personal.WORDS)
    state: Mapped[MailingState] = choice(MailingState, default=MailingState.WRITTEN)
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]


class MailingLine(Base):
    """What became of a message at one customer: to whom it went, when it left, what they said;
    without a message where nobody there can be written to.
    """

    __tablename__ = "mailing_line"

    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account.id"), primary_key=True, index=True
    )
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    language: Mapped[str] = words(5, holds=None, default="")
    notification_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("notification.id"), unique=True
    )
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = words(400, holds=personal.WORDS, default="")
