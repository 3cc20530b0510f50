"""Where an import puts accounts: below the one that their file names by its number in the other
system, whether that came earlier, in the same file, or comes with a later one.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.core.db import db

from ..models import Account


class Family:
    """Who stands below whom while a file of a source is written."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._above: dict[int, int] | None = None

    def ids(self, external_ids: Collection[str]) -> dict[str, int]:
        """Give the accounts of some numbers in the other system; of one that was merged, the one it
        went into.
        """
        found: dict[str, int] = {}
        wanted = sorted(external_ids)
        for start in range(0, len(wanted), 500):
            query = sa.select(
                Account.external_id, sa.func.coalesce(Account.merged_into_id, Account.id)
            ).where(
                Account.source == self.source,
                Account.external_id.in_(wanted[start : start + 500]),
            )
            found.update((external_id, one) for external_id, one in db.session.execute(query))
        return found

    def has(self, account_id: int) -> bool:
        """Say whether an account to stand below is still there."""
        return db.session.scalar(sa.select(Account.id).where(Account.id == account_id)) is not None

    def put(self, account_id: int, above_id: int | None) -> bool:
        """Note that an account stands below another (None: below none); False, and nothing noted,
        where it would stand below itself.
        """
        known = self._known()
        at = above_id
        while at is not None:
            if at == account_id:
                return False
            at = known.get(at)
        if above_id is None:
            known.pop(account_id, None)
        else:
            known[account_id] = above_id
        return True

    def _known(self) -> dict[int, int]:
        if self._above is None:
            query = sa.select(Account.id, Account.parent_id).where(Account.parent_id.is_not(None))
            self._above = {row.id: row.parent_id for row in db.session.execute(query)}
        return self._above


def place(family: Family, *, run_id: int, now: datetime) -> None:
    """Put what a run brought below the accounts that its file named, and below what it brought
    those that an earlier file named it for. Where people took an account out of its family, and
    where it would stand below itself, it stays alone.
    """
    above = aliased(Account)
    new = sa.or_(Account.import_id == run_id, above.import_id == run_id)
    query = (
        sa.select(Account.id, Account.above_external_id)
        .join(
            above,
            sa.and_(above.source == Account.source, above.external_id == Account.above_external_id),
        )
        .where(
            Account.source == family.source,
            Account.above_external_id != "",
            Account.parent_id.is_(None),
            Account.merged_into_id.is_(None),
            new,
        )
        .order_by(Account.id)
    )
    waiting = [(account_id, named) for account_id, named in db.session.execute(query)]
    there = family.ids({named for _id, named in waiting})
    table = Account.__table__
    put = [
        {"row_id": account_id, "above": there[named]}
        for account_id, named in waiting
        if family.put(account_id, there[named])
    ]
    if put:
        # Their version stays: nobody has worked on them, so that the import can still be undone.
        statement = (
            sa.update(table)  # type: ignore[arg-type]
            .where(table.c.id == sa.bindparam("row_id"))
            .values(parent_id=sa.bindparam("above"), updated_at=now)
        )
        db.session.connection().execute(statement, put)
