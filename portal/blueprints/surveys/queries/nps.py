"""Reading who is asked by schedule whether they would recommend us, and their answers."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, Lifecycle
from portal.blueprints.auth.models import User
from portal.core import access, seals
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.paging import Page, keyset

from .. import rules
from ..models import Nps, NpsAnswer, NpsSchedule
from .facts import latest_nps

NPS_KEY = "nps"


@dataclass(frozen=True)
class AskedToRecommend:
    """Who was asked by an address whether they would recommend us."""

    row: Nps
    contact: Contact
    zone: str
    account: str


def nps_token(row: Nps) -> str:
    """Give what the address of the question ends with."""
    seal = seals.key(NPS_KEY)
    return seals.token(row.id, row.nonce, int(row.expires_at.timestamp()), key=seal)


def asked_to_recommend(token: str, *, now: datetime, lock: bool = False) -> AskedToRecommend:
    """Give who was asked by an address; `NotFound` for one that is altered or has ended."""
    number = seals.number_in(token)
    query = (
        sa.select(Nps, Contact, Account.zone, Account.name)
        .join(Contact, Contact.id == Nps.contact_id)
        .join(Account, Account.id == Nps.account_id)
        .where(Nps.id == number)
    )
    if lock:
        query = query.with_for_update(of=Nps)
    found = db.session.execute(query).one_or_none() if number is not None else None
    if found is None or not seals.is_genuine(token, nps_token(found.Nps)):
        raise NotFound
    if now >= found.Nps.expires_at:
        raise NotFound
    return AskedToRecommend(found.Nps, found.Contact, found.zone, found.name)


def nps_answer(nps_id: int) -> NpsAnswer | None:
    """Give the answer that counts, None where there is none yet."""
    query = sa.select(NpsAnswer).filter_by(nps_id=nps_id).where(NpsAnswer.replaced_at.is_(None))
    return db.session.scalar(query)


def schedule(*, lock: bool = False) -> NpsSchedule | None:
    """Give how often customers are asked, None where nobody ever said."""
    query = sa.select(NpsSchedule).order_by(NpsSchedule.id).limit(1)
    return db.session.scalar(query.with_for_update() if lock else query)


def due_to_be_asked(*, now: datetime, every_months: int, limit: int) -> list[Account]:
    """Give the customers whose turn it is: settled in, nothing open, not asked for so long; those
    who wait longest first.
    """
    last = (
        sa.select(sa.func.max(Nps.asked_at))
        .where(Nps.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )
    joined = sa.or_(
        Account.customer_since.is_(None), Account.customer_since <= rules.joined_before(now)
    )
    before = rules.asked_before(now, every_months=every_months)
    reachable = sa.exists().where(
        Contact.account_id == Account.id, Contact.left_at.is_(None), Contact.email.is_not(None)
    )
    query = sa.select(Account).where(
        Account.lifecycle.in_((Lifecycle.ACTIVE, Lifecycle.RENEWAL)),
        Account.merged_into_id.is_(None),
        Account.open_cases == 0,
        joined,
        reachable,
        sa.or_(last.is_(None), last <= before),
    )
    order = (last.is_not(None), last, Account.id)
    return list(db.session.scalars(query.order_by(*order).limit(limit)))


def who_recommends(account_id: int) -> Contact | None:
    """Give the contact to ask whether they would recommend us: the most influential."""
    return db.session.scalar(
        sa.select(Contact)
        .where(
            Contact.account_id == account_id,
            Contact.left_at.is_(None),
            Contact.email.is_not(None),
        )
        .order_by(Contact.influence.desc(), Contact.id)
        .limit(1)
    )


@lru_cache(512)
def _recommended(viewer: Actor) -> Any:
    """Make the statement once for each reader."""
    return (
        sa.select(
            Nps.id,
            Nps.answered_at,
            Account.reference,
            Account.name,
            NpsAnswer.score,
            NpsAnswer.comment,
            User.name.label("owner"),
        )
        .join(NpsAnswer, NpsAnswer.nps_id == Nps.id)
        .join(Account, Account.id == Nps.account_id)
        .outerjoin(User, User.id == Nps.owner_id)
        .where(
            NpsAnswer.replaced_at.is_(None),
            access.scope(
                viewer,
                Subject.ACCOUNT,
                account_id=Nps.account_id,
                klass=K.CONFIDENTIAL,
                now=access.AT_RUN,
            ),
        )
    )


def nps_page(
    viewer: Actor,
    *,
    now: datetime,
    account: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Any]:
    """Give who said whether they would recommend us, the newest first, of one account if named."""
    query, given = _recommended(viewer), {"now": now}
    if account:
        query = query.where(Account.reference == account)
    return keyset(
        query, sort=Nps.answered_at, row_id=Nps.id, cursor=cursor, limit=limit, given=given
    )


def nps_scores(viewer: Actor, *, now: datetime) -> list[int]:
    """Give the newest answer of each customer the viewer may read of."""
    inner = latest_nps(now).subquery()
    seen = access.scope(
        viewer, Subject.ACCOUNT, account_id=inner.c.account_id, klass=K.CONFIDENTIAL, now=now
    )
    return list(db.session.scalars(sa.select(inner.c.value).where(seen)))
