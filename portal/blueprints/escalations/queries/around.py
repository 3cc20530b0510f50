"""Parts of the statement of a case page: who wrote in it, other customers hit, who is editing."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, TimelineEntry
from portal.blueprints.auth.models import User
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.db import db

from ..models import AffectedAccount, Escalation, Presence, Watcher
from .parts import CASE_ID, CASE_REF, TEXT, part

PRESENT_FOR = timedelta(seconds=40)
"""How long an open form counts after its browser last spoke; with the page asking every 15 s, a
closed tab is forgotten within a minute."""


def editing(case: Escalation, viewer: Actor, *, now: datetime) -> list[str]:
    """Give the names of the others who have a form of a case open."""
    query = (
        sa.select(User.name)
        .join(Presence, Presence.person_id == User.id)
        .where(
            Presence.escalation_id == case.id,
            Presence.seen_at > now - PRESENT_FOR,
            Presence.person_id != viewer.id,
        )
        .order_by(User.name)
    )
    return list(db.session.scalars(query))


def authors(viewer: Actor, readable: tuple[int, ...]) -> sa.Select[Any]:
    """Select who wrote in the timeline, of classes that this viewer reads in every case."""
    everywhere = access.sees(viewer, Subject.ESCALATION, klass=K.RESTRICTED)
    classes = [k for k in readable if k < K.RESTRICTED or (k == K.RESTRICTED and everywhere)]
    found = part(
        "authors",
        sa.literal(0),
        sa.cast(TimelineEntry.author_name, TEXT),
        # PostgreSQL takes what a DISTINCT leaves without a type for text.
        at=sa.cast(sa.null(), TimelineEntry.event_at.type),
        until=sa.cast(sa.null(), TimelineEntry.event_at.type),
        who=sa.cast(sa.null(), TEXT),
    )
    return found.where(
        TimelineEntry.case_ref == CASE_REF,
        TimelineEntry.klass.in_(classes),
        TimelineEntry.author_name != "",
    ).distinct()


def affected(viewer: Actor) -> sa.Select[Any]:
    """Select the other customers hit by the same cause that this viewer may see."""
    found = part(
        "affected",
        Account.id,
        Account.reference,
        Account.name,
        at=AffectedAccount.message_at,
        until=sa.null(),
        who=sa.null(),
    )
    return (
        found.join(AffectedAccount, AffectedAccount.account_id == Account.id)
        .where(AffectedAccount.escalation_id == CASE_ID)
        .where(access.scope(viewer, Subject.ACCOUNT, account_id=Account.id, now=access.AT_RUN))
    )


def present(viewer: Actor) -> sa.Select[Any]:
    """Select who else has a form of the case open."""
    found = part(
        "present",
        User.id,
        Presence.what,
        at=Presence.seen_at,
        until=sa.null(),
        who=User.name,
    )
    return found.join(Presence, Presence.person_id == User.id).where(
        Presence.escalation_id == CASE_ID,
        Presence.seen_at > sa.bindparam("present_since", type_=Presence.seen_at.type),
        Presence.person_id != viewer.id,
    )


@cache
def watching() -> sa.Select[Any]:
    """Select who watches the case."""
    found = part("watching", User.id, at=Watcher.since, until=sa.null(), who=User.name)
    return found.join(Watcher, Watcher.person_id == User.id).where(
        Watcher.escalation_id == CASE_ID, User.active.is_(True)
    )


def watchers(case: Escalation) -> list[int]:
    """Give who watches a case and still works here, by id."""
    found = (
        sa.select(Watcher.person_id)
        .join(User, User.id == Watcher.person_id)
        .where(Watcher.escalation_id == case.id, User.active.is_(True))
        .order_by(Watcher.person_id)
    )
    return list(db.session.scalars(found))
