"""Mail that came in, once for each Message-ID, and what became of it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Row, choice, words


class State(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    FILED = "filed"
    PUT_ASIDE = "put_aside"


class Why(StrEnum):
    """Why it stands there."""

    NO_MATCH = "no_match"
    FORGED = "forged"
    COLLEAGUE = "colleague"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    ANSWER = "answer"
    ADDRESS = "address"
    PERSON = "person"
    PROGRAM = "program"
    OURS = "ours"
    REPORT = "report"


class IncomingMail(Row):
    """A mail from the mailbox that is read; the file is the mail as it came."""

    __tablename__ = "incoming_mail"
    __table_args__ = (
        sa.Index("ix_incoming_mail_state", "state", "arrived_at", "id"),
        sa.Index("ix_incoming_mail_sender", "record_ref", "address", "arrived_at"),
    )

    message_id: Mapped[str] = words(300, holds=None, unique=True)
    sender: Mapped[str] = words(300, holds=personal.CONTACT)
    address: Mapped[str] = words(254, holds=personal.CONTACT)
    subject: Mapped[str] = words(400, holds=personal.WORDS)
    text: Mapped[str] = words(holds=personal.WORDS)
    files: Mapped[int]
    state: Mapped[State] = choice(State)
    why: Mapped[Why] = choice(Why)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str | None] = words(24, holds=None)
    klass: Mapped[int]
    arrived_at: Mapped[datetime]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reason: Mapped[str] = words(400, holds=personal.WORDS, default="")
