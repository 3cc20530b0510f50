"""The post: one try of one message, and every half minute whatever is due."""

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from portal.core import access, clock, jobs, mail
from portal.core.db import db

from . import actions, queries, remote
from .models import Channel, Notification

BATCH, GROUP = 50, 10
"""How many messages one worker takes at a time, and how many of them it hands over before it notes
that they left: a worker that is killed repeats no more than those, under the same Message-ID.
"""
BEGUN_IN_TIME = timedelta(seconds=25)
"""Until when a taken message may be begun: with all its timeouts it ends before the lease."""
SHARE, MOST_SHARES = 500, 4
POST = access.job("notifications")
Try = tuple[Notification, remote.NotAccepted | None]


def send(notification_id: int) -> None:
    """Try one message. No transaction is open while the mail server is spoken to."""
    row = actions.claim(notification_id, now=clock.now())
    if row is not None:
        with closing(mail.Line()) as line:
            _work_off([row], line)


def send_due() -> None:
    """Send what is due, a batch after the other over one connection; several such jobs share the
    work. What fails is due again later.
    """
    with closing(mail.Line()) as line:
        while rows := actions.claim_due(now=clock.now(), limit=BATCH):
            _work_off(rows, line)
        # Asking for more opened a transaction, which must not wait for the server's goodbye.
        db.session.commit()


def _work_off(rows: Sequence[Notification], line: mail.Line) -> None:
    """Try messages that were taken; whatever breaks off, those not begun are due again at once."""
    db.session.commit()
    begun, left, tried = clock.now(), deque(rows), list[Try]()
    away: remote.NotAccepted | None = None
    try:
        letters = _letters(left, now=begun)
        while left and clock.now() - begun < BEGUN_IN_TIME:
            row = left.popleft()
            no = away if row.channel is Channel.MAIL else None
            no = no or _hand_over(row, letters[row.id], line)
            away = no if no and no.away else away
            tried.append((row, no))
            if len(tried) == GROUP:
                _note(tried)
                left = deque(actions.still_waiting(left))
                db.session.commit()
    finally:
        _note(tried)
        actions.give_back(left, now=clock.now())
        db.session.commit()


def _letters(left: deque[Notification], *, now: datetime) -> dict[int, mail.Message | None]:
    """Word the messages that are still wanted, by id (pages word themselves), and drop the others;
    no transaction is open afterwards. One that cannot be worded is left out of what is given back:
    it waits for the end of its lease, and keeps nobody else waiting.
    """
    wanted = actions.wanted(left, now=now)
    found: dict[int, mail.Message | None] = {}
    for _turn in range(len(left)):
        row = left.popleft()
        if row.id in wanted:
            found[row.id] = None if row.channel is Channel.PAGE else remote.compose(row)
            left.append(row)
        else:
            actions.drop(row, by=POST, now=now)
    db.session.commit()
    return found


def _hand_over(
    row: Notification, letter: mail.Message | None, line: mail.Line
) -> remote.NotAccepted | None:
    """Hand one message over; gives what the other side said against it."""
    try:
        if letter is None:
            remote.page(row)
        else:
            remote.deliver(letter, line)
    except remote.NotAccepted as no:
        return no
    return None


def _note(tried: list[Try]) -> None:
    """Note what became of some messages, in one transaction, and forget them here."""
    now = clock.now()
    actions.note_all_sent([row for row, no in tried if no is None], by=POST, now=now)
    for row, no in tried:
        if no is not None:
            actions.note_failure(row, error=no.error, code=no.code, by=POST, now=now)
    db.session.commit()
    tried.clear()


def sweep(now: str) -> None:
    """See to it that everything that is due is sent: after a failure, a crash or a pause nothing is
    left lying. The more waits, the more workers share it.
    """
    count = len(queries.due(now=datetime.fromisoformat(now), limit=SHARE * MOST_SHARES))
    for share in range(-(-count // SHARE)):
        jobs.enqueue("notifications.send_due", key=f"due:{now}:{share}")


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
