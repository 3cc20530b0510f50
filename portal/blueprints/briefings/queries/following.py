"""Subscriptions: whose they are, what is due, what they are about today, and what became of what
they sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.notifications.models import BOUNCED, Notification
from portal.blueprints.sponsorship.models import Sponsor, Sponsorship
from portal.blueprints.sponsorship.models import SponsorshipState as Sponsoring
from portal.core import seals
from portal.core.access import Actor, Relation, Restriction, Subject, scope
from portal.core.db import db
from portal.core.errors import NotFound
from portal.reports import snapshot

from ..models import Briefing, Kind, Reading, State, Subscription
from ..rules import ALL, CASES, MINE
from . import collecting, comparing
from .finding import last_sent
from .showing import FOLLOWED

KEY = "briefing subscription"
DATED = frozenset({"issue", "reader", "dated"})
"""What changes in the facts of a paper without anything having happened."""


@dataclass(frozen=True)
class Sent:
    """The newest issue that a subscription made: its state, its mail's, and when it was read."""

    reference: str
    state: State
    taken_at: datetime
    mail: str | None
    mail_at: datetime | None
    mail_error: str
    read_at: datetime | None


def _hidden(viewer: Actor) -> sa.ColumnElement[bool]:
    named = sa.exists().where(
        Relation.record_ref == Restriction.record_ref,
        Relation.person_id == viewer.id,
        Relation.until.is_(None),
    )
    return (
        sa.exists()
        .where(Restriction.record_ref == Subscription.about)
        .where(sa.not_(named.correlate(Restriction)))
    )


def subscriptions(viewer: Actor) -> list[Subscription]:
    """Give what the viewer is sent and what they had sent to others, the running ones first."""
    query = sa.select(Subscription).where(
        sa.or_(Subscription.person_id == viewer.id, Subscription.author_id == viewer.id),
        sa.not_(_hidden(viewer)),
    )
    ended = Subscription.ended_at.is_not(None)
    return list(db.session.scalars(query.order_by(ended, Subscription.id.desc()).limit(100)))


def subscriptions_of(person_id: int) -> list[Subscription]:
    """Give the running subscriptions of a person."""
    query = sa.select(Subscription).where(
        Subscription.person_id == person_id, Subscription.ended_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Subscription.id)))


def subscription(viewer: Actor, number: int) -> Subscription:
    """Give a subscription of the viewer's, or one that they made; `NotFound` for any other."""
    row: Subscription | None = db.session.get(Subscription, number)
    if row is None or viewer.id not in (row.person_id, row.author_id):
        raise NotFound
    return row


def subscription_of(row: Briefing) -> Subscription | None:
    """Give the subscription that made an issue, None where a person did."""
    found: Subscription | None = (
        db.session.get(Subscription, row.subscription_id) if row.subscription_id else None
    )
    return found


def due(*, now: datetime) -> list[tuple[int, datetime]]:
    """Give the subscriptions whose turn has come, with that turn."""
    query = sa.select(Subscription.id, Subscription.next_at).where(Subscription.next_at <= now)
    rows = db.session.execute(query.order_by(Subscription.next_at, Subscription.id)).all()
    return [(number, turn) for number, turn in rows if turn is not None]


def to_deliver(number: int) -> Subscription:
    """Give a subscription to the job that delivers it."""
    row: Subscription | None = db.session.get(Subscription, number)
    if row is None:
        raise NotFound
    return row


def leave_path(row: Subscription) -> str:
    """Give the address at which whoever has a mail of a subscription ends it, signed."""
    token = seals.token(row.id, row.nonce, key=seals.key(KEY))
    return f"/briefings/unsubscribe/{token}"


def leaving(token: str) -> Subscription:
    """Give the subscription that a signed address ends; `NotFound` for one that is altered."""
    number = seals.number_in(token)
    row: Subscription | None = db.session.get(Subscription, number) if number else None
    if row is None or not seals.is_genuine(token, leave_path(row).rpartition("/")[2]):
        raise NotFound
    return row


def subjects_of(row: Subscription, reader: Actor, *, now: datetime) -> list[str]:
    """Give what a subscription is about today: its record or portfolio, or those of its reader."""
    if row.kind is Kind.PORTFOLIO_RISK or row.about not in (MINE, ALL):
        return [row.about]
    if row.kind in CASES:
        return _cases(row, reader, now=now)
    query = sa.select(Account.reference).where(Account.owner_id == reader.id)
    if row.kind is Kind.SPONSOR:
        query = (
            sa.select(Sponsorship.reference)
            .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
            .where(Sponsor.person_id == reader.id, Sponsorship.state == Sponsoring.ACTIVE)
        )
        return list(db.session.scalars(query.order_by(Sponsorship.reference)))
    return list(db.session.scalars(query.order_by(Account.reference)))


def _cases(row: Subscription, reader: Actor, *, now: datetime) -> list[str]:
    seen = scope(
        reader,
        Subject.ESCALATION,
        account_id=Escalation.account_id,
        refs=(Escalation.reference,),
        restricted=Escalation.restricted,
        now=now,
    )
    query = sa.select(Escalation.reference).where(seen, Escalation.state.in_(OPEN_STATES))
    if row.about == MINE:
        mine = (Escalation.owner_id, Escalation.executive_owner_id, Escalation.ask_of_id)
        query = query.where(sa.or_(*(column == reader.id for column in mine)))
    if row.severity:
        query = query.where(Escalation.severity <= row.severity)
    return list(db.session.scalars(query.order_by(Escalation.severity, Escalation.opened_at)))


def is_news(
    found: collecting.Collected[Any], kind: Kind, subject: str, reader: Actor, *, now: datetime
) -> bool:
    """Say whether facts tell their reader anything that the last issue made for them did not: a
    first one does.
    """
    last = last_sent(kind, subject, reader=reader)
    if last is None:
        return True
    if kind in FOLLOWED:
        return bool(comparing.changed_since(last, found.facts, reader=reader, now=now))
    today = json.loads(snapshot.dumps(found.facts, kind=kind.value))["facts"]
    return _told(today) != _told(last.snapshot["facts"])


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _undated(value) for name, value in facts.items() if name not in DATED}


def _undated(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _undated(part) for name, part in value.items() if name != "dated"}
    return [_undated(part) for part in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Mailed:
    """What became of the mail of an issue."""

    state: str
    at: datetime | None
    error: str


def mail_of(row: Briefing) -> Mailed | None:
    """Give what became of the mail of an issue, None where none was written: it was made by hand
    and lies in the portal.
    """
    query = sa.select(Notification.state, Notification.sent_at, Notification.error)
    one = db.session.execute(query.filter_by(key=f"briefing:{row.reference}")).one_or_none()
    return Mailed(one.state.value, one.sent_at, _reason(one.error)) if one else None


def _reason(error: str | None) -> str:
    """Give what a mail server said; that the mail did not arrive, pages say themselves."""
    return (error or "").removeprefix(BOUNCED)


def last_of(rows: list[Subscription]) -> dict[int, Sent]:
    """Give the newest issue of each of some subscriptions, with what became of its mail."""
    newest = (
        sa.select(sa.func.max(Briefing.id))
        .where(Briefing.subscription_id.in_([row.id for row in rows]))
        .group_by(Briefing.subscription_id)
    )
    read = sa.and_(Reading.briefing_id == Briefing.id, Reading.person_id == Briefing.reader_id)
    query = (
        sa.select(
            Briefing.subscription_id,
            Briefing.reference,
            Briefing.state,
            Briefing.taken_at,
            Notification.state.label("mail"),
            Notification.sent_at,
            Notification.error,
            Reading.read_at,
        )
        .outerjoin(Notification, Notification.key == sa.literal("briefing:") + Briefing.reference)
        .outerjoin(Reading, read)
        .where(Briefing.id.in_(newest))
    )
    return {
        one.subscription_id: Sent(
            reference=one.reference,
            state=one.state,
            taken_at=one.taken_at,
            mail=one.mail.value if one.mail else None,
            mail_at=one.sent_at,
            mail_error=_reason(one.error),
            read_at=one.read_at,
        )
        for one in db.session.execute(query)
    }
