"""What the room of a customer shows: by a list of what may be shown, never by leaving out."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import User
from portal.blueprints.concessions import queries as offers
from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import (
    OPEN_STATES,
    ClockEvent,
    CustomerStatus,
    Escalation,
    ExitCriterion,
)
from portal.blueprints.escalations.rules import ClockEventKind
from portal.blueprints.notifications import queries as post
from portal.core import seals
from portal.core.db import db
from portal.core.errors import NotFound

from . import rules
from .models import Pulse, RoomLink, RoomMessage, RoomTick

MOST_TEXTS = 10
KEY, AGREE = "customer room", "exit_criteria"


@dataclass(frozen=True)
class Entered:
    """Who came in by which link, to which case."""

    link: RoomLink
    case: Escalation
    contact: Contact
    zone: str


@dataclass(frozen=True)
class Criterion:
    """What must be true before the case may close, and who says that it is."""

    id: int
    text: str
    ours: bool
    theirs: bool
    agreed_at: datetime | None


@dataclass(frozen=True)
class Told:
    """A text of ours that was approved."""

    text: str
    language: str
    at: datetime


@dataclass(frozen=True)
class Room:
    """All that the room shows. What is not named here is not shown."""

    house: str
    logo: int | None
    reference: str
    contact: str
    owner: str
    opened_at: datetime
    is_open: bool
    hears_by: datetime | None
    texts: tuple[Told, ...]
    criteria: tuple[Criterion, ...]
    messages: tuple[RoomMessage, ...]
    asks_pulse: bool
    until: datetime
    may_agree: bool
    code_sent: bool
    agreed_at: datetime | None
    offers: tuple[tuple[datetime, str], ...]


def token_of(link: RoomLink) -> str:
    """Give what the address of a link ends with."""
    return seals.token(link.id, link.nonce, int(link.expires_at.timestamp()), key=seals.key(KEY))


def entered(token: str, *, now: datetime, lock: bool = False) -> Entered:
    """Give who comes in by an address; `NotFound` for one that is altered, has ended, was taken
    back, or whose case counsel speaks for.
    """
    number = seals.number_in(token)
    query = (
        sa.select(RoomLink, Escalation, Contact, Account.zone)
        .join(Escalation, Escalation.id == RoomLink.escalation_id)
        .join(Contact, Contact.id == RoomLink.contact_id)
        .join(Account, Account.id == Escalation.account_id)
        .where(RoomLink.id == number)
    )
    if lock:
        query = query.with_for_update(of=Escalation)
    found = db.session.execute(query).one_or_none() if number is not None else None
    if found is None or not seals.is_genuine(token, token_of(found.RoomLink)):
        raise NotFound
    link, case = found.RoomLink, found.Escalation
    if found.Contact.left_at is not None or not rules.is_open(
        now=now,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        legal_mode=case.legal_mode,
    ):
        raise NotFound
    return Entered(link, case, found.Contact, found.zone)


def room(who: Entered, *, now: datetime) -> Room:
    """Give what somebody who came in sees."""
    case = who.case
    is_open, criteria = case.state in OPEN_STATES, _criteria(case)
    code = post.last_code(who.contact.id, act=AGREE, record=case.reference)
    agreed = [one.agreed_at for one in criteria if one.agreed_at]
    done = bool(criteria) and all(one.ours for one in criteria)
    is_agreed = bool(criteria) and len(agreed) == len(criteria)
    return Room(
        house=auth.organisation().name,
        logo=auth.organisation().logo_file_id,
        reference=case.reference,
        contact=who.contact.name,
        owner=auth.names({case.owner_id}).get(case.owner_id or 0, ""),
        opened_at=case.opened_at,
        is_open=is_open,
        hears_by=cases.hears_by(case) if is_open else None,
        texts=_texts(case),
        criteria=criteria,
        may_agree=is_open and done and not is_agreed,
        code_sent=code is not None and code.confirmed_at is None and code.expires_at > now,
        agreed_at=max(agreed) if is_agreed else None,
        messages=tuple(_messages(case)),
        asks_pulse=is_open and asked_round(case, now=now) is not None,
        until=who.link.expires_at,
        offers=_offers(who, now=now),
    )


def _offers(who: Entered, *, now: datetime) -> tuple[tuple[datetime, str], ...]:
    """Give when letters with an offer were written to who came in, and where they read them."""
    found = offers.sent_to(who.contact, who.case, now=now)
    return tuple((sent.sent_at, token) for sent, token in found)


def _texts(case: Escalation) -> tuple[Told, ...]:
    rows = db.session.execute(
        sa.select(CustomerStatus.text, CustomerStatus.language, CustomerStatus.approved_at)
        .where(CustomerStatus.escalation_id == case.id, CustomerStatus.approved_at.is_not(None))
        .order_by(CustomerStatus.approved_at.desc(), CustomerStatus.id.desc())
        .limit(MOST_TEXTS)
    )
    return tuple(Told(text, language, at) for text, language, at in rows if at)


def _criteria(case: Escalation) -> tuple[Criterion, ...]:
    rows = db.session.execute(
        sa.select(
            ExitCriterion.id,
            ExitCriterion.text,
            ExitCriterion.met_at,
            RoomTick.id,
            ExitCriterion.customer_agreed_at,
        )
        .outerjoin(RoomTick, RoomTick.criterion_id == ExitCriterion.id)
        .where(ExitCriterion.escalation_id == case.id)
        .order_by(ExitCriterion.id)
    )
    return tuple(
        Criterion(number, text, met is not None, tick is not None, agreed)
        for number, text, met, tick, agreed in rows
    )


def agreed_words(who: Entered) -> str:
    """Give what a customer says yes to: the criteria, as they stand."""
    return "\n".join(f"- {one.text}" for one in _criteria(who.case))


def criterion(case: Escalation, criterion_id: int) -> ExitCriterion:
    """Give an exit criterion of a case; `NotFound` where it is none of its."""
    found = db.session.get(ExitCriterion, criterion_id)
    if found is None or found.escalation_id != case.id:
        raise NotFound
    return found


def tick_of(criterion_id: int) -> RoomTick | None:
    """Give the customer's tick at a criterion, None where there is none."""
    return db.session.scalar(sa.select(RoomTick).where(RoomTick.criterion_id == criterion_id))


def _messages(case: Escalation) -> list[RoomMessage]:
    query = sa.select(RoomMessage).where(RoomMessage.escalation_id == case.id)
    return list(db.session.scalars(query.order_by(RoomMessage.id.desc()).limit(50)))


def written_since(case: Escalation, moment: datetime) -> int:
    """Count what was written in the room of a case since a moment."""
    since = sa.select(sa.func.count()).where(
        RoomMessage.escalation_id == case.id, RoomMessage.at > moment
    )
    return int(db.session.scalar(since) or 0)


def asked_round(case: Escalation, *, now: datetime) -> int | None:
    """Give the round in which the customer is asked for the pulse now, None while they are not."""
    updates, last = db.session.execute(_rounds(), {"case_id": case.id}).one()
    round_now = rules.pulse_round(updates=updates, opened_at=case.opened_at, now=now)
    return round_now if rules.is_asked(round_now=round_now, last_round=last) else None


@cache
def _rounds() -> Any:
    """Count what we told the customer, and name the last round in which they answered."""
    case_id: Any = sa.bindparam("case_id")
    updates = sa.select(sa.func.count()).where(
        ClockEvent.escalation_id == case_id,
        ClockEvent.kind == ClockEventKind.OUR_CONTACT.value,
    )
    last = sa.select(sa.func.max(Pulse.round)).where(Pulse.escalation_id == case_id)
    return sa.select(updates.scalar_subquery(), last.scalar_subquery())


def pulses(case: Escalation) -> list[Pulse]:
    """Give the answers to the pulse, in their order."""
    query = sa.select(Pulse).where(Pulse.escalation_id == case.id)
    return list(db.session.scalars(query.order_by(Pulse.round)))


def links(case: Escalation) -> list[Any]:
    """Give the links of a case, newest first, with whose they are and who made them."""
    query = (
        sa.select(RoomLink, Contact.name.label("contact"), User.name.label("maker"))
        .join(Contact, Contact.id == RoomLink.contact_id)
        .outerjoin(User, User.id == RoomLink.made_by_id)
        .where(RoomLink.escalation_id == case.id)
    )
    return list(db.session.execute(query.order_by(RoomLink.id.desc()).limit(100)))


def link(case: Escalation, link_id: int) -> RoomLink:
    """Give a link of a case; `NotFound` where it is none of its."""
    query = sa.select(RoomLink).where(RoomLink.id == link_id, RoomLink.escalation_id == case.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def criteria(case: Escalation) -> tuple[Criterion, ...]:
    """Give the exit criteria of a case as both sides see them."""
    return _criteria(case)
