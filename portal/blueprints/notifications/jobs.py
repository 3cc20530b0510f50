"""The post: one try of one message, and every half minute whatever is due."""

from datetime import datetime, timedelta
from typing import Any

from portal.core import access, clock
from portal.core.db import db

from . import actions, queries, remote
from .models import Channel

BATCH = 50
POST = access.job("notifications")


def send(notification_id: int) -> None:
    """Try one message. No transaction is open while the mail server is spoken to."""
    row = actions.claim(notification_id, now=clock.now())
    if row is None:
        return
    if not actions.is_wanted(row, now=clock.now()):
        actions.drop(row, by=POST, now=clock.now())
        return
    db.session.commit()
    try:
        if row.channel is Channel.PAGE:
            remote.page(row)
        else:
            message = remote.compose(row)
            db.session.commit()
            remote.deliver(message)
    except remote.NotAccepted as no:
        actions.note_failure(row, error=no.error, code=no.code, by=POST, now=clock.now())
    else:
        actions.note_sent(row, by=POST, now=clock.now())


def sweep(now: str) -> None:
    """Queue a try of everything that is due: after a failure, a crash or a pause nothing is left
    lying.
    """
    for notification_id, tries in queries.due(now=datetime.fromisoformat(now)):
        actions.queue_try(notification_id, slot=f"{tries} {now}")


def send_due() -> None:
    """Send what is due, one message after the other, each in transactions of its own; several such
    jobs share the work. What fails is due again later.
    """
    while found := queries.due(now=clock.now(), limit=BATCH):
        db.session.commit()
        for notification_id, _tries in found:
            send(notification_id)
            db.session.commit()


def reset(address: str) -> None:
    """Offer a new password to whoever has this address."""
    actions.offer_reset(address, by=POST, now=clock.now())


def digests(now: str) -> None:
    """Send the digests whose hour has come."""
    moment = datetime.fromisoformat(now)
    for person_id in queries.with_digest_waiting(now=moment):
        actions.send_digest(person_id, by=POST, now=moment)


JOBS: dict[Any, str] = {send: "default", send_due: "default", reset: "default"}
EVERY = {sweep: timedelta(seconds=30), digests: timedelta(minutes=5)}
