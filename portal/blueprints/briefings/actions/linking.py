"""Links that open an issue once, for its reader, after they signed in."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from portal.core import seals
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Briefing, OnceLink, State
from .recording import log

DAYS = (1, 3, 7)
"""For how many days a link can be made."""
MOST = 10
"""How many links of an issue may wait to be opened at a time."""


class Made(NamedTuple):
    """A link just made: its row, and what its address is made of. The word in the address follows
    from the number and the nonce by the installation's secret; the row keeps its digest alone.
    """

    row: OnceLink
    nonce: str

    @property
    def word(self) -> str:
        """What the address ends with."""
        return seals.token(self.row.id, self.nonce, key=seals.key(seals.ONCE))


def make_link(row: Briefing, *, days: int, by: Actor, now: datetime) -> Made:
    """Make a link that opens an issue once for its reader, within some days and no longer than the
    issue opens.
    """
    if row.state not in (State.ISSUED, State.DRAFT) or queries.has_expired(row, now=now):
        raise Refused(_("This issue cannot be opened: it needs no link."), field="days")
    if days not in DAYS:
        raise Refused(_("Choose from the lists."), field="days")
    if len([one for one in queries.links(row) if queries.link_opens(one, now=now)]) >= MOST:
        raise Refused(_("%(n)s links wait to be opened: take some back.", n=MOST), field="days")
    ends = now + timedelta(days=days)
    made = OnceLink(
        briefing_id=row.id,
        person_id=row.reader_id,
        author_id=by.id,
        digest=secrets.token_hex(32),
        expires_at=min(ends, row.expires_at) if row.expires_at else ends,
        created_at=now,
        updated_at=now,
    )
    db.session.add(made)
    db.session.flush()
    found = Made(made, secrets.token_hex(16))
    made.digest = hashlib.sha256(found.word.encode()).hexdigest()
    db.session.flush()
    _tell("briefings.link_made", row, made, by=by, now=now)
    return found


def use_link(link: OnceLink, *, by: Actor, now: datetime) -> bool:
    """Use a link up, and say whether it was still good: of two who try at once, one opens it."""
    used = db.session.execute(
        sa.update(OnceLink)
        .where(
            OnceLink.id == link.id,
            OnceLink.used_at.is_(None),
            OnceLink.revoked_at.is_(None),
            OnceLink.expires_at > now,
        )
        .values(used_at=now, version=OnceLink.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
        .returning(OnceLink.id)
    ).all()
    db.session.refresh(link)
    if used:
        row = db.session.get_one(Briefing, link.briefing_id)
        _tell(queries.LINKED, row, link, by=by, now=now)
    return bool(used)


def revoke_link(row: Briefing, link: OnceLink, *, by: Actor, now: datetime) -> None:
    """Take a link back that was not opened: its address opens nothing any more."""
    if not queries.link_opens(link, now=now):
        raise Refused(_("This link opens nothing any more."))
    link.revoked_at = now
    _tell("briefings.link_revoked", row, link, by=by, now=now)


def _tell(name: str, row: Briefing, link: OnceLink, *, by: Actor, now: datetime) -> None:
    log(
        row,
        name,
        by=by,
        now=now,
        data={"link": link.id, "reader": link.person_id, "until": link.expires_at.isoformat()},
    )
