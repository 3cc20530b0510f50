"""Merges: where an account went, and which went into one."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import Account, AccountMerge, Contact, Contract, RevenueLine
from ..rules.text import name_key
from .accounts import mine


def merges_into(account: Account) -> list[tuple[AccountMerge, str, str]]:
    """Give the merges into an account that hold, newest first, with reference and name of what
    went.
    """
    query = (
        sa.select(AccountMerge, Account.reference, Account.name)
        .join(Account, Account.id == AccountMerge.from_id)
        .where(AccountMerge.into_id == account.id, AccountMerge.undone_at.is_(None))
        .order_by(AccountMerge.id.desc())
    )
    return [(row, reference, name) for row, reference, name in db.session.execute(query)]


def merge_into(account: Account, merge_id: int) -> AccountMerge:
    """Give one merge into an account; `NotFound` where it is none of its."""
    found = db.session.get(AccountMerge, merge_id)
    if found is None or found.into_id != account.id:
        raise NotFound
    return found


def gone_to(viewer: Actor, reference: str, *, now: datetime) -> str | None:
    """Give the reference of the account that one went into, where the viewer may see it."""
    gone = sa.orm.aliased(Account)
    query = (
        sa.select(Account.reference)
        .join(gone, gone.merged_into_id == Account.id)
        .where(gone.reference == reference, mine(viewer, now=now))
    )
    return db.session.scalar(query)


def other(viewer: Actor, text: str, *, than: Account, now: datetime) -> str | None:
    """Give the reference of the one account, beside one, that has just this name; else of the one
    that has this reference.
    """
    seen = sa.select(Account.reference).where(mine(viewer, now=now))
    same = seen.where(Account.name_key == name_key(text), Account.id != than.id).limit(2)
    found = db.session.scalars(same).all()
    if len(found) == 1:
        return found[0]
    return db.session.scalar(seen.where(Account.reference == text.upper()))


def weight(account: Account) -> dict[str, int]:
    """Count what stands with an account itself: people, contracts, lines of revenue."""
    columns = {
        "contacts": Contact.account_id,
        "contracts": Contract.account_id,
        "revenue": RevenueLine.account_id,
    }
    counts = [
        sa.select(sa.func.count()).where(column == account.id).scalar_subquery()
        for column in columns.values()
    ]
    return dict(zip(columns, db.session.execute(sa.select(*counts)).one(), strict=True))


def owner_names(accounts: Sequence[Account]) -> dict[int, str]:
    """Give the names of those who look after some accounts, by number."""
    return auth_queries.names([account.owner_id for account in accounts])
