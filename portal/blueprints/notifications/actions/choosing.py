"""Choosing how one hears: kinds, digest, quiet hours, muted records; and the digest itself."""

from collections.abc import Mapping
from datetime import datetime

from portal.blueprints.auth import queries as auth
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Mute, Preference, State
from .writing import notify


def choose(
    *,
    ways: Mapping[str, str],
    digest_at: int,
    quiet_from: int | None,
    quiet_until: int | None,
    number: str,
    by: Actor,
    now: datetime,
) -> None:
    """Set how the acting person hears: the way of each kind that may be chosen, and in minutes
    after midnight on their wall when the digest comes and when it is quiet; refused for a kind that
    always comes by mail, quiet hours with one end, or a number nobody can call.
    """
    if by.id is None:
        raise NotFound
    if any(rules.unknown_ways(ways)):
        raise Refused(_("Some of these notices always come by mail."), field="ways")
    if (quiet_from is None) != (quiet_until is None):
        raise Refused(_("Quiet hours need a beginning and an end."), field="quiet_until")
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refused(_("Quiet hours end where they begin."), field="quiet_until")
    number = "".join(number.split())
    if number and not rules.is_number(number):
        raise Refused(_("Write the number as +33612345678."), field="number")
    row = queries.preference(by.id)
    if row is None:
        row = Preference(person_id=by.id, ways={}, digest_at=digest_at, number="")
        db.session.add(row)
    changes = {"number": (row.number, number)} if row.number != number else {}
    row.ways, row.digest_at, row.number = dict(ways), digest_at, number
    row.quiet_from, row.quiet_until = quiet_from, quiet_until
    data = {"person": by.id, "ways": dict(ways), "digest_at": digest_at}
    quiet = {"quiet_from": quiet_from, "quiet_until": quiet_until}
    events.record("notifications.chosen", by=by, now=now, data=data | quiet, changes=changes)


def mute(record: str, *, by: Actor, now: datetime) -> None:
    """Let the acting person get no mail about a record that they see, except of what always comes;
    twice is once.
    """
    account_id = queries.account_seen(record, by, now=now)
    if insert_once(Mute, person_id=by.id, record_ref=record, since=now):
        data = {"person": by.id}
        events.record(
            "notifications.muted", by=by, now=now, record=record, account_id=account_id, data=data
        )


def unmute(record: str, *, by: Actor, now: datetime) -> None:
    """Let the acting person get mail about a record again; `NotFound` where they had not muted
    it.
    """
    row = db.session.get(Mute, (by.id, record))
    if row is None:
        raise NotFound
    db.session.delete(row)
    events.record("notifications.unmuted", by=by, now=now, record=record, data={"person": by.id})


def send_digest(person_id: int, *, by: Actor, now: datetime) -> int:
    """Put what waits for a person into one mail, if the hour of their digest has come since; gives
    how many notices it holds.
    """
    person, choice = auth.get(person_id), queries.choice_of(person_id)
    due = rules.digest_before(now, zone=person.zone, choice=choice)
    rows = queries.for_digest(person_id, until=due)
    if not rows:
        return 0
    notify(
        person_id,
        template=rules.DIGEST,
        context={"ids": [row.id for row in rows], "count": len(rows), "path": "/notifications/"},
        why="digest",
        key=f"digest:{person_id}:{rows[0].id}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
        now=now,
    )
    for row in rows:
        row.state, row.sent_at = State.SENT, now
    data = {"person": person_id, "notices": len(rows)}
    events.record("notifications.digested", by=by, now=now, data=data)
    return len(rows)
