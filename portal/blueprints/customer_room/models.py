"""Links into the room of a customer, and what the customer left there."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, Row, document, words


class RoomLink(Row):
    """A way into the room of a case for one contact; its address is signed, ends and can be taken
    back.
    """

    __tablename__ = "room_link"

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    nonce: Mapped[str] = words(32, holds=None)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    visits: Mapped[int] = mapped_column(default=0)
    visited_at: Mapped[datetime | None]


class RoomMessage(Base):
    """What a customer wrote in their room, as they see it there."""

    __tablename__ = "room_message"
    __table_args__ = (sa.Index("ix_room_message_case", "escalation_id", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("room_link.id"))
    text: Mapped[str] = words(holds=personal.WORDS)
    files: Mapped[list[Any]] = document(holds=personal.WORDS, default=list)
    at: Mapped[datetime]


class RoomTick(Base):
    """That a customer sees an exit criterion as met: their view, no legal act."""

    __tablename__ = "room_tick"
    __table_args__ = (sa.UniqueConstraint("criterion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("exit_criterion.id"))
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("room_link.id"))
    at: Mapped[datetime]


class Pulse(Base):
    """An answer to "are we on track for you?": once each time it is asked."""

    __tablename__ = "pulse"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("room_link.id"))
    round: Mapped[int]
    on_track: Mapped[bool]
    at: Mapped[datetime]
