"""Briefings by the clock: somebody subscribes, is sent what is new, and stops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from secrets import token_hex

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth import rules as auth_rules
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import OPEN_STATES
from portal.core import access, events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Briefing, Ending, Kind, Rhythm, Subscription
from ..rules import Edition
from . import making

SEVERITIES = ("", "E1", "E2", "E3", "E4")
MOST = 20
"""How many issues one subscription makes at a time, and how many a person may have."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to be sent: which kind about what (a reference, MINE, ALL or a region),
    of cases only those at least so grave, how often, on which weekday (0 is Monday), at which hour
    of their day; `unchanged`: also when nothing changed.
    """

    kind: Kind
    about: str
    rhythm: Rhythm
    hour: int
    weekday: int = 0
    severity: str = ""
    unchanged: bool = False


def subscribe(viewer: Actor, wish: Wish, *, reader: Actor, now: datetime) -> Subscription:
    """Have somebody sent briefings by the clock: oneself, or a colleague who may see what they are
    about.
    """
    about = wish.about.strip().upper()
    if wish.kind is Kind.PORTFOLIO_RISK and about not in rules.SEVERAL[wish.kind]:
        about = wish.about.strip()
    _check(wish, about, reader=reader, viewer=viewer, now=now)
    row = Subscription(
        person_id=reader.id,
        author_id=viewer.id,
        kind=wish.kind,
        about=about,
        severity=wish.severity if wish.kind in rules.CASES else "",
        rhythm=wish.rhythm,
        weekday=wish.weekday,
        hour=wish.hour,
        unchanged=wish.unchanged,
        nonce=token_hex(16),
        made=0,
        created_at=now,
        updated_at=now,
    )
    row.next_at = _next(row, after=now)
    db.session.add(row)
    db.session.flush()
    _tell("briefings.subscribed", row, by=viewer, now=now)
    return row


def _check(wish: Wish, about: str, *, reader: Actor, viewer: Actor, now: datetime) -> None:
    if wish.kind not in rules.SENT or not rules.is_about(about, kind=wish.kind):
        raise Refused(_("This kind is not about that."), field="about")
    if wish.severity not in SEVERITIES or not 0 <= wish.hour <= 23 or not 0 <= wish.weekday <= 4:
        raise Refused(_("Choose from the lists."), field="hour")
    for person in (viewer, reader):
        if about not in rules.SEVERAL[wish.kind] and not queries.sees(person, about, now=now):
            if person is viewer:
                raise NotFound
            raise Refused(_("This person may not see what it is about."), field="reader_id")
    mine = queries.subscriptions_of(reader.id or 0)
    if len(mine) >= MOST:
        raise Refused(_("Nobody has more than %(n)s subscriptions.", n=MOST), field="about")
    same = (wish.kind, about, wish.rhythm)
    if any((one.kind, one.about, one.rhythm) == same for one in mine):
        raise Refused(_("This is sent already."), field="about")


def _next(row: Subscription, *, after: datetime) -> datetime:
    person = auth_queries.get(row.person_id)
    return rules.next_slot(
        row.rhythm,
        weekday=row.weekday,
        hour=row.hour,
        zone=person.zone,
        is_off=rules.days_off(person.calendar, zone=person.zone),
        after=after,
    )


def _tell(name: str, row: Subscription, *, by: Actor, now: datetime) -> None:
    events.record(
        name,
        by=by,
        now=now,
        data={
            "subscription": row.id,
            "reader": row.person_id,
            "kind": row.kind.value,
            "rhythm": row.rhythm.value,
        },
    )


def stop(row: Subscription, ending: Ending, *, by: Actor, now: datetime) -> None:
    """End a subscription; a second time changes nothing."""
    if row.ended_at is not None:
        return
    row.next_at, row.ended_at, row.ending = None, now, ending
    _tell("briefings.unsubscribed", row, by=by, now=now)


def deliver(row: Subscription, *, verify_at: str, now: datetime) -> int:
    """Make what a subscription sends now, once for its turn whoever else tries, and set its next
    turn; gives how many issues that are. Nothing is made for who is away, or of what says nothing
    new; what its reader may no longer see, or what is over, ends it.
    """
    turn = row.next_at
    if turn is None or turn > now or not _take(row, turn, now=now):
        return 0
    by, person = access.job("briefings.deliver"), auth_queries.get(row.person_id)
    if not person.active:
        stop(row, Ending.STOPPED, by=by, now=now)
        return 0
    if auth_rules.is_away(person.absent_from, person.absent_until, now=now):
        return 0
    reader = auth_queries.actor_of(person)
    edition = Edition(
        locale=reader.language, verify_at=verify_at, annex=True, news=not row.unchanged
    )
    subjects = queries.subjects_of(row, reader, now=now)
    tried = (_made(row, one, reader=reader, edition=edition, by=by, now=now) for one in subjects)
    made = list(islice(filter(None, tried), MOST))
    for issue in made:
        issue.subscription_id = row.id
    row.made += len(made)
    return len(made)


def _take(row: Subscription, turn: datetime, *, now: datetime) -> bool:
    """Take a turn: one of several that try gets it, and the others find the next one set."""
    following = _next(row, after=now)
    taken = db.session.execute(
        sa.update(Subscription)
        .where(Subscription.id == row.id, Subscription.next_at == turn)
        .values(next_at=following, ran_at=now, version=Subscription.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
        .returning(Subscription.id)
    ).all()
    db.session.refresh(row)
    return bool(taken)


def _made(
    row: Subscription, about: str, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing | None:
    make = _makers().get(row.kind)
    try:
        if make is None:
            return making.make(reader, about, reader=reader, edition=edition, by=by, now=now)
        case = case_queries.get(reader, about, now=now)
        if case.state in OPEN_STATES:
            return make(case, reader=reader, edition=edition, by=by, now=now)
        _end(row, about, Ending.OVER, by=by, now=now)
    except NotFound:
        _end(row, about, Ending.HIDDEN, by=by, now=now)
    except making.Unchanged:
        return None
    return None


def _makers() -> dict[Kind, Callable[..., Briefing]]:
    return {Kind.DELTA: making.make_delta, Kind.ESCALATION: making.make_escalation_briefing}


def _end(row: Subscription, about: str, ending: Ending, *, by: Actor, now: datetime) -> None:
    """End a subscription to one record; one to several goes on with the others."""
    if about == row.about:
        stop(row, ending, by=by, now=now)
