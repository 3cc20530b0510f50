"""Notifications: everything that leaves, waiting in the database until it has left."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, choice, document, words

BOUNCED = "did not arrive: "
"""How the error of a message begins that left and came back; its status follows."""


class State(StrEnum):
    """Where a notification stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """How a notification reaches its recipient."""

    PORTAL = "portal"
    MAIL = "mail"
    DIGEST = "digest"
    PAGE = "page"


class Kind(StrEnum):
    """What notices are about; people choose by kind how they hear."""

    ACCESS = "access"
    CLOCKS = "clocks"
    LEGAL = "legal"
    DUTY = "duty"
    YOURS = "yours"
    WORDS = "words"
    NEWS = "news"
    MONEY = "money"
    SPONSORSHIP = "sponsorship"
    POSTMORTEMS = "postmortems"
    HOUSE = "house"


class Way(StrEnum):
    """How somebody wants to hear of a kind: at once by mail, once a day, or in the portal alone."""

    MAIL = "mail"
    DIGEST = "digest"
    PORTAL = "portal"


class Notification(Row):
    """One message to one recipient; at most one by key, sent with the same Message-ID however often
    it is tried.
    """

    __tablename__ = "notification"
    __table_args__ = (
        sa.Index("ix_notification_due", "state", "send_at"),
        sa.Index("ix_notification_person", "person_id", "id"),
        sa.Index("ix_notification_message", "message_id"),
    )

    key: Mapped[str] = words(160, holds=None, unique=True)
    channel: Mapped[Channel] = choice(Channel)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    address: Mapped[str] = words(254, holds=personal.MESSAGE)
    language: Mapped[str] = words(5, holds=None)
    zone: Mapped[str] = words(64, holds=None, default="UTC")
    template: Mapped[str] = words(80, holds=None)
    context: Mapped[dict[str, Any]] = document(holds=personal.MESSAGE)
    why: Mapped[str] = words(60, holds=None)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str | None] = words(24, holds=None, index=True)
    klass: Mapped[int]
    message_id: Mapped[str] = words(120, holds=None)
    in_reply_to: Mapped[str | None] = words(120, holds=None)
    state: Mapped[State] = choice(State, default=State.WAITING)
    send_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = words(200, holds=None, default="")


class Duty(Base):
    """Who is on duty for a team, from when to when; past shifts stay."""

    __tablename__ = "duty"
    __table_args__ = (sa.Index("ix_duty_team", "team_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Preference(Base):
    """How a person wants to hear: the way of each kind, when the digest comes, when it is quiet
    (minutes after midnight on their wall), and the number they are paged at.
    """

    __tablename__ = "notice_preference"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ways: Mapped[dict[str, Any]] = document(holds=None, default=dict)
    digest_at: Mapped[int] = mapped_column(default=8 * 60)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    number: Mapped[str] = words(20, holds=personal.EMPLOYEE, default="")


class Mute(Base):
    """A record somebody wants no mail about, since when."""

    __tablename__ = "notice_mute"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    record_ref: Mapped[str] = words(24, holds=None, primary_key=True)
    since: Mapped[datetime]


class OneTimeCode(Row):
    """A code mailed to a customer's contact, so that a binding yes is theirs: what for, the digest
    of the words they say yes to, and who then gave their name and capacity. The code itself is
    made of the installation's secret and stored nowhere.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (sa.Index("ix_one_time_code_contact", "contact_id", "created_at"),)

    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    record_ref: Mapped[str] = words(24, holds=None)
    act: Mapped[str] = words(40, holds=None)
    digest: Mapped[str] = words(64, holds=None)
    nonce: Mapped[str] = words(32, holds=None)
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    name: Mapped[str] = words(120, holds=personal.CONTACT, default="")
    capacity: Mapped[str] = words(120, holds=personal.CONTACT, default="")
