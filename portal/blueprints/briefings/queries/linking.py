"""Links that open an issue once: found by their word, and those of an issue."""

import hashlib
import hmac
from datetime import datetime

import sqlalchemy as sa

from portal.core import seals
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import Briefing, OnceLink


def link_named(viewer: Actor, token: str) -> OnceLink:
    """Give the link that an address names, used or not; `NotFound` for one that was altered, and
    for everybody whom it was not made for.
    """
    number = seals.number_in(token)
    row: OnceLink | None = db.session.get(OnceLink, number) if number else None
    digest = hashlib.sha256(token.encode()).hexdigest()
    if row is None or not hmac.compare_digest(digest, row.digest) or viewer.id != row.person_id:
        raise NotFound
    return row


def briefing_linked(link: OnceLink) -> Briefing:
    """Give the issue that a link opens."""
    return db.session.get_one(Briefing, link.briefing_id)


def links(row: Briefing, *, limit: int = 50) -> list[OnceLink]:
    """Give the links of an issue, the newest first."""
    query = sa.select(OnceLink).where(OnceLink.briefing_id == row.id)
    return list(db.session.scalars(query.order_by(OnceLink.id.desc()).limit(limit)))


def link_of(row: Briefing, number: int) -> OnceLink:
    """Give one of the links of an issue."""
    found: OnceLink | None = db.session.get(OnceLink, number)
    if found is None or found.briefing_id != row.id:
        raise NotFound
    return found


def link_opens(link: OnceLink, *, now: datetime) -> bool:
    """Say whether a link still opens its issue."""
    return link.used_at is None and link.revoked_at is None and link.expires_at > now
