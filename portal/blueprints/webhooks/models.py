"""Receivers of webhooks, and every message for them until it has arrived."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Row, choice, document, words


class ReceiverState(StrEnum):
    """Whether a receiver is sent anything: paused by hand, dead after it was away for long."""

    ACTIVE = "active"
    PAUSED = "paused"
    DEAD = "dead"


class DeliveryState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Receiver(Row):
    """A system that is told of chosen events.

    `cursor` is the last entry of the event log that was looked at for it: what happened while it
    was paused lies there. Its secret is made of the installation's secret, `salt` and `secret`, the
    number of the secret; the one before holds until `old_until`.
    """

    __tablename__ = "webhook_receiver"

    name: Mapped[str] = words(80, holds=None)
    url: Mapped[str] = words(500, holds=None)
    events: Mapped[list[Any]] = document(holds=None)
    state: Mapped[ReceiverState] = choice(ReceiverState, default=ReceiverState.ACTIVE)
    cursor: Mapped[int] = mapped_column(sa.BigInteger)
    salt: Mapped[str] = words(32, holds=None)
    secret: Mapped[int] = mapped_column(default=1)
    old_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    error: Mapped[str] = words(200, holds=None, default="")
    heard_at: Mapped[datetime | None]


class Delivery(Row):
    """One message for one receiver: the same words and the same id however often it is tried."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        sa.UniqueConstraint("receiver_id", "message_id"),
        sa.Index("ix_webhook_delivery_due", "state", "send_at"),
        sa.Index("ix_webhook_delivery_receiver", "receiver_id", "id"),
    )

    receiver_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook_receiver.id"))
    message_id: Mapped[str] = words(64, holds=None)
    event: Mapped[str] = words(80, holds=None)
    record_ref: Mapped[str | None] = words(24, holds=None)
    body: Mapped[str] = words(holds=None)
    state: Mapped[DeliveryState] = choice(DeliveryState, default=DeliveryState.WAITING)
    send_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = words(200, holds=None, default="")
