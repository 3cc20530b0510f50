"""Which accounts belong together, by their parents."""

from typing import Any

import sqlalchemy as sa

from portal.core.db import db

from ..models import Account


def kin(account_id: Any) -> sa.Select[Any]:
    """Select the ids of an account's family: its topmost parent and everything under that."""
    above = _above(account_id)
    down = sa.select(above.c.id).cte("down", recursive=True)
    down = down.union(sa.select(Account.id).join(down, Account.parent_id == down.c.id))
    return sa.select(down.c.id)


def topmost(account_id: int) -> list[int]:
    """Give the ids of an account and of those above it."""
    return list(db.session.scalars(sa.select(_above(account_id).c.id)))


def _above(account_id: Any) -> sa.CTE:
    """Give an account and those above it."""
    up = sa.select(Account.id, Account.parent_id).where(Account.id == account_id)
    above = up.cte("up", recursive=True)
    return above.union(
        sa.select(Account.id, Account.parent_id).join(above, Account.id == above.c.parent_id)
    )


def has_family(account: Account) -> bool:
    """Say whether an account has a parent or children that are there."""
    if account.parent_id is not None:
        return True
    query = sa.select(Account.id).where(
        Account.parent_id == account.id, Account.merged_into_id.is_(None)
    )
    return db.session.scalar(query.limit(1)) is not None
