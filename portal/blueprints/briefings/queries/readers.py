"""For whom a paper is."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions.models import Concession
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.postmortems import queries as postmortem_queries
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.blueprints.sponsorship.models import Sponsor, Sponsorship
from portal.core.access import Actor, Role
from portal.core.db import db
from portal.core.errors import NotFound

from ..rules import CUSTOMER, kind_of
from .portfolio import portfolio_named

ASKED = 50
"""How many people are looked at, at most, for one who may see a record."""


def sees(person: Actor, about: str, *, now: datetime) -> bool:
    """Say whether a person may see what a reference names."""
    reference = about.strip().upper()
    try:
        match kind_of(reference):
            case "escalation":
                escalation_queries.get(person, reference, now=now)
            case "concession":
                concession_queries.get(person, reference, now=now)
            case "sponsor":
                sponsorship_queries.get_sponsorship(person, reference, now=now)
            case "nomination":
                sponsorship_queries.get_nomination(person, reference, now=now)
            case "postmortem":
                row = postmortem_queries.get(person, reference, now=now)
                return not postmortem_queries.sheet(row, viewer=person, now=now).hidden
            case "account":
                klass = account_queries.own_class(person)
                account_queries.get(person, reference, now=now, klass=klass)
            case _:
                portfolio_named(person, about.strip(), now=now)
    except NotFound:
        return False
    return True


def reader_of(viewer: Actor, about: str, *, now: datetime) -> Actor:
    """Propose whom a paper is for: the executive owner of the case, the sponsor of the sponsorship,
    else who makes it.
    """
    if not sees(viewer, about, now=now):
        return viewer
    chosen = next(_named(about.strip().upper()), None)
    return auth_queries.actor(chosen) if chosen else viewer


def reader_for(about: str, *, audience: str, now: datetime) -> Actor | None:
    """Give the first person of a role who may see what a reference names, the one whom it is about
    before all others; None where there is none.
    """
    role = Role.CSM if audience == CUSTOMER else Role(audience)
    held = sa.select(User.id).where(User.active.is_(True), User.roles.any(name=role.value))
    everybody = db.session.scalars(held.order_by(User.id).limit(ASKED)).all()
    named = [one for one in _named(about.strip().upper()) if one in set(everybody)]
    for person_id in (*named, *everybody):
        person = auth_queries.actor(person_id)
        if sees(person, about, now=now):
            return person
    return None


def _named(reference: str) -> Iterator[int]:
    """Give whom a record names as its executive: nobody, or one."""
    case = Escalation.executive_owner_id
    query = {
        "escalation": sa.select(case).where(Escalation.reference == reference),
        "concession": sa.select(case)
        .join(Concession, Concession.escalation_id == Escalation.id)
        .where(Concession.reference == reference),
        "account": sa.select(case)
        .join(Account, Account.id == Escalation.account_id)
        .where(Account.reference == reference, Escalation.state.in_(OPEN_STATES))
        .order_by(Escalation.severity, Escalation.opened_at),
        "sponsor": sa.select(Sponsor.person_id)
        .join(Sponsorship, Sponsorship.sponsor_id == Sponsor.id)
        .where(Sponsorship.reference == reference),
    }.get(kind_of(reference))
    if query is not None:
        yield from (one for one in db.session.scalars(query.limit(1)) if one is not None)
