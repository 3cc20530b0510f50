"""Handing a message to a receiver."""

from datetime import datetime

from portal.core import outbound, seals

from . import rules
from .models import Delivery, Receiver

PURPOSE = "webhooks"


class NotTaken(Exception):  # noqa: N818 - an answer of the receiver, not a mistake of ours
    """A receiver did not take a message; `status` is its answer, None where there was none."""

    def __init__(self, error: str, status: int | None = None) -> None:
        super().__init__(error)
        self.error, self.status = error, status


def secrets_of(row: Receiver, *, now: datetime) -> list[str]:
    """Give the secrets that sign for a receiver, the newest first."""
    numbers = [row.secret]
    if row.old_until is not None and row.old_until > now:
        numbers.append(row.secret - 1)
    key = seals.key(PURPOSE)
    return [rules.secret(number, salt=row.salt, key=key) for number in numbers]


def deliver(delivery: Delivery, row: Receiver, *, now: datetime) -> None:
    """Hand a message over; `NotTaken` where the receiver says no, hangs, is not there, or lies in a
    network of our own.
    """
    body, secrets = delivery.body, secrets_of(row, now=now)
    headers = rules.headers(delivery.message_id, body, now=now, secrets=secrets)
    try:
        status = outbound.send(row.url, body=body.encode(), headers=headers)
    except outbound.Unreachable as error:
        raise NotTaken(str(error)) from error
    if not 200 <= status < 300:
        raise NotTaken(f"HTTP {status}", status)
