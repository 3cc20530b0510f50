"""The mailbox, every minute."""

from datetime import timedelta
from typing import Any

from flask import current_app

from portal.core import clock
from portal.core.db import db

from . import actions, remote

BATCH = 200
"""Mails of one pass; whoever sends thousands does not keep the others waiting for long."""


def fetch(now: str) -> None:
    """Take in what lies unread in the mailbox. No transaction is open while the server is spoken
    to, and a mail is marked as read only once it is kept: after a crash it is taken again, once.
    """
    address = current_app.config["PORTAL"].imap_url
    if address is None:
        return
    with remote.Mailbox(address) as box:
        for number in box.unread(BATCH):
            found = box.fetch(number, most=actions.LARGEST)
            too_large = found.size > actions.LARGEST
            actions.take_in(
                found.content,
                arrived_at=found.at or clock.now(),
                now=clock.now(),
                size=found.size if too_large else None,
            )
            db.session.commit()
            box.mark(number)


JOBS: dict[Any, str] = {fetch: "heavy"}
EVERY = {fetch: timedelta(minutes=1)}
