"""Mail about passwords, and the sign-in library's own."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from flask_security import MailUtil

from portal.blueprints.auth import queries as auth
from portal.core import clock, events, jobs
from portal.core.access import Actor, K
from portal.core.db import writing

from .. import rules
from .writing import notify


class SignInMail(MailUtil):
    """The sign-in library's way to write mail: like all mail, in the person's language, after the
    commit.
    """

    def send_mail(  # type: ignore[override]
        self, template: str, *args: Any, user: Any, **context: Any
    ) -> None:
        """Note that a password was changed, and tell its owner; the library sends nothing else."""
        if template.rpartition("/")[2] not in {"change_notice", "reset_notice"}:
            raise ValueError(f"no mail is worded for {template}")
        writing()
        tell_password_changed(user.id, now=clock.now())


def tell_password_changed(person_id: int, *, now: datetime) -> None:
    """Note in the log that a person changed their password, and tell them."""
    by = auth.actor(person_id)
    events.record("auth.password_changed", by=by, now=now, data={"person": person_id})
    notify(
        person_id,
        template="auth/changed",
        context={"at": now, "path": "/profile"},
        why="security",
        key=f"password:{person_id}:{now.isoformat()}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
        now=now,
    )


def queue_reset(address: str, *, now: datetime) -> None:
    """Queue a wish for a new password, whoever it is for; one in a quarter of an hour is enough."""
    name, window = hashlib.sha256(address.lower().encode()).hexdigest()[:32], int(now.timestamp())
    jobs.enqueue(
        "notifications.reset", key=f"reset:{name}:{window // 900}", payload={"address": address}
    )


def offer_reset(address: str, *, by: Actor, now: datetime) -> None:
    """Send the way to a new password to whoever has this address; nothing for nobody."""
    person = auth.by_email(address)
    if person is None or not person.active:
        return
    events.record("auth.reset_asked", by=by, now=now, data={"person": person.id})
    notify(
        person.id,
        template=rules.RESET,
        context={},
        why="security",
        key=f"reset:{person.id}:{now.isoformat()}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
        now=now,
    )
