"""The direct line of customers to their sponsors: who may write, what waits for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.core import seals
from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import Line, LineMessage, Sponsor, Sponsorship, SponsorshipState
from . import finding

KEY = "sponsor line"
SHOWN = 50


@dataclass(frozen=True)
class OnLine:
    """Who came in by which line, to which sponsorship."""

    line: Line
    row: Sponsorship
    contact: Contact
    zone: str


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody's answer."""

    reference: str
    account: str
    at: datetime
    due_at: datetime


def line_token(line: Line) -> str:
    """Give what the address of a line ends with."""
    return seals.token(line.id, line.nonce, key=seals.key(KEY))


def on_line(token: str, *, lock: bool = False) -> OnLine:
    """Give who comes in by an address; `NotFound` for one that is altered or closed, whose contact
    has left, or whose sponsorship has ended.
    """
    number = seals.number_in(token)
    query = (
        sa.select(Line, Sponsorship, Contact, Account.zone)
        .join(Sponsorship, Sponsorship.id == Line.sponsorship_id)
        .join(Contact, Contact.id == Line.contact_id)
        .join(Account, Account.id == Sponsorship.account_id)
        .where(
            Line.id == number,
            Line.revoked_at.is_(None),
            Contact.left_at.is_(None),
            Sponsorship.state == SponsorshipState.ACTIVE,
        )
    )
    if lock:
        query = query.with_for_update(of=Sponsorship)
    found = db.session.execute(query).one_or_none() if number is not None else None
    if found is None or not seals.is_genuine(token, line_token(found.Line)):
        raise NotFound
    return OnLine(found.Line, found.Sponsorship, found.Contact, found.zone)


def lines(row: Sponsorship) -> list[Line]:
    """Give the lines of a sponsorship that are open, the oldest first."""
    query = sa.select(Line).where(Line.sponsorship_id == row.id, Line.revoked_at.is_(None))
    return list(db.session.scalars(query.order_by(Line.id)))


def line(row: Sponsorship, line_id: int) -> Line:
    """Give a line of a sponsorship; `NotFound` where it is none of its."""
    found = db.session.get(Line, line_id)
    if found is None or found.sponsorship_id != row.id:
        raise NotFound
    return found


def line_of_message(message: LineMessage) -> Line:
    """Give the line that something was written on."""
    return db.session.get_one(Line, message.line_id)


def of_message(message: LineMessage) -> Sponsorship:
    """Give the sponsorship that something was written to."""
    return db.session.get_one(Sponsorship, message.sponsorship_id)


def written(row: Sponsorship, *, line: Line | None = None) -> list[LineMessage]:
    """Give what was written to a sponsor, the newest first; on one line if it is named."""
    query = sa.select(LineMessage).where(LineMessage.sponsorship_id == row.id)
    if line is not None:
        query = query.where(LineMessage.line_id == line.id)
    return list(db.session.scalars(query.order_by(LineMessage.id.desc()).limit(SHOWN)))


def written_today(line: Line, *, now: datetime) -> int:
    """Count what was written on a line within a day."""
    query = sa.select(sa.func.count()).where(
        LineMessage.line_id == line.id, LineMessage.at > now - timedelta(days=1)
    )
    return db.session.scalar(query) or 0


def message(row: Sponsorship, message_id: int) -> LineMessage:
    """Give something that was written to a sponsor; `NotFound` where it is none of its."""
    found = db.session.get(LineMessage, message_id)
    if found is None or found.sponsorship_id != row.id:
        raise NotFound
    return found


def contact(row: Sponsorship, contact_id: int) -> Contact:
    """Give a contact of the customer; `NotFound` where it is none of its."""
    found = db.session.get(Contact, contact_id)
    if found is None or found.account_id != row.account_id:
        raise NotFound
    return found


def may_answer(row: Sponsorship, viewer: Actor) -> bool:
    """Say whether somebody answers in a sponsorship: the sponsor, the substitute they named, or who
    runs the programme. What was written before its end is still owed an answer after it.
    """
    if viewer.id is None:
        return False
    person = auth_queries.get(db.session.get_one(Sponsor, row.sponsor_id).person_id)
    own = viewer.id in (person.id, person.substitute_id)
    return own or viewer.may(Permission.SPONSORSHIP_MANAGE)


def overdue(*, now: datetime, limit: int = 200) -> Sequence[LineMessage]:
    """Give what nobody answered in time and nobody was told of, kept from others until this
    transaction ends.
    """
    query = (
        sa.select(LineMessage)
        .where(
            LineMessage.answered_at.is_(None),
            LineMessage.passed_on_at.is_(None),
            LineMessage.due_at <= now,
        )
        .order_by(LineMessage.due_at)
        .limit(limit)
    )
    return db.session.scalars(query.with_for_update(of=LineMessage)).all()


def to_answer(viewer: Actor, *, now: datetime) -> list[Waiting]:
    """Give what waits for the viewer's answer: as the sponsor; once it was passed on, as their
    substitute or as who runs the programme too.
    """
    late = LineMessage.passed_on_at.is_not(None)
    others = [sa.and_(late, User.substitute_id == viewer.id)]
    away = auth_queries.standing_in_for(viewer.id, now=now) if viewer.id is not None else []
    if viewer.may(Permission.SPONSORSHIP_MANAGE):
        others.append(late)
    query = (
        sa.select(Sponsorship.reference, Account.name, LineMessage.at, LineMessage.due_at)
        .join(Sponsorship, Sponsorship.id == LineMessage.sponsorship_id)
        .join(Account, Account.id == Sponsorship.account_id)
        .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
        .join(User, User.id == Sponsor.person_id)
        .where(
            LineMessage.answered_at.is_(None),
            sa.or_(User.id.in_([viewer.id, *away]), *others),
            finding.sponsorships_seen(viewer, now=now),
        )
        .order_by(LineMessage.due_at, LineMessage.id)
        .limit(20)
    )
    return [Waiting(*row) for row in db.session.execute(query)]
