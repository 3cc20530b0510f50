"""Messages for receivers: written from the log every quarter of a minute, sent, tried again."""

from datetime import datetime, timedelta
from typing import Any

from portal.core import access, clock
from portal.core.db import db

from . import actions, queries, remote

CALLER = access.job("webhooks")


def collect(now: str) -> None:
    """Write the messages for what happened, and queue a try of everything that is due: after a
    failure, a crash or a pause nothing is left lying.
    """
    moment = datetime.fromisoformat(now)
    for receiver_id in queries.active():
        actions.collect(queries.get(receiver_id, lock=True), now=moment)
    db.session.flush()
    for delivery_id, tries in queries.due(now=moment):
        actions.queue_try(delivery_id, slot=f"{tries} {now}")


def send(delivery_id: int) -> None:
    """Try one message. No transaction is open while its receiver is spoken to."""
    found = actions.claim(delivery_id, now=clock.now())
    if found is None:
        return
    if queries.is_shut(found.record_ref, found.body):
        actions.withdraw(found, by=CALLER, now=clock.now())
        return
    row = queries.get(found.receiver_id)
    db.session.commit()
    try:
        remote.deliver(found, row, now=clock.now())
    except remote.NotTaken as no:
        actions.note_failure(found, error=no.error, status=no.status, by=CALLER, now=clock.now())
    else:
        actions.note_sent(found, by=CALLER, now=clock.now())


def forget(now: str) -> None:
    """Forget messages that are over since long."""
    actions.forget(now=datetime.fromisoformat(now))


JOBS: dict[Any, str] = {send: "default"}
EVERY = {collect: timedelta(seconds=15), forget: timedelta(days=1)}
