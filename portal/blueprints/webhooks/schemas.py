"""Shapes of receivers and their messages, for programs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Paging, Shape, Words

Names = Annotated[list[Annotated[str, Words(80)]], Field(min_length=1, max_length=100)]


class ReceiverIn(Shape):
    """A receiver: its name, its HTTPS address, and the events that it is told of."""

    name: Annotated[str, Words(80)]
    url: Annotated[str, Words(500)]
    events: Names


class ReceiverOut(Shape):
    """A receiver, and how it fares."""

    id: int
    name: str
    url: str
    events: list[str]
    state: str
    waiting: int
    failing_since: datetime | None
    error: str
    heard_at: datetime | None


class ReceiverList(Shape):
    """All receivers, and the events there are."""

    items: list[ReceiverOut]
    events: list[str]


class SecretOut(Shape):
    """The secret that signs for a receiver, after Standard Webhooks."""

    secret: str
    old_holds_until: datetime | None


class ResumeIn(Shape):
    """Whether a receiver is spared what happened meanwhile."""

    skip: bool = False


class DeliveriesAsked(Paging):
    """Which part of the list of messages."""


class DeliveryOut(Shape):
    """A message for a receiver; `record` is None where the record is restricted."""

    id: int
    message_id: str
    event: str
    record: str | None
    state: str
    tries: int
    error: str
    next_try_at: datetime | None
    sent_at: datetime | None


class DeliveryList(Shape):
    """A page of messages, the newest first."""

    items: list[DeliveryOut]
    after: str | None
