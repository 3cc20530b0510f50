"""Ways in: what the sign-in library writes, tokens of programs, and how often somebody tried."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from flask_security import SQLAlchemyUserDatastore
from sqlalchemy.dialects import postgresql, sqlite

from portal.core import events
from portal.core.access import Actor, Permission
from portal.core.db import aside, db, writing
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import ApiToken, SignInTry, User

WINDOW = 900
TRIES_PER_NAME, TRIES_PER_ADDRESS = 10, 60


class Store(SQLAlchemyUserDatastore):
    """The sign-in library's way to the database: it begins to write only when it writes.

    argon2 runs before `put`, so it does not run under SQLite's only write lock.
    """

    def put(self, model: Any) -> Any:
        """Add a row, in a writing transaction."""
        writing()
        return super().put(model)  # type: ignore[no-untyped-call]

    def delete(self, model: Any) -> None:
        """Delete a row, in a writing transaction."""
        writing()
        super().delete(model)  # type: ignore[no-untyped-call]

    def commit(self) -> None:
        """Commit; the event log is sealed by the session's hook."""
        writing()
        super().commit()  # type: ignore[no-untyped-call]


def make_token(
    person: User, *, name: str, scopes: Iterable[Permission], days: int, by: Actor, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token for a program; its word is given this once and kept as a hash alone."""
    if not 1 <= days <= 365:
        raise Refused(_("A token lives between 1 and 365 days."), field="days")
    raw = "parley_" + secrets.token_urlsafe(32)
    wanted = sorted(scope.value for scope in scopes)
    token = ApiToken(
        person_id=person.id,
        name=name,
        hash=queries.hashed(raw),
        scopes=wanted,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    events.record(
        "auth.token_made",
        by=by,
        now=now,
        data={"person": person.id, "token": token.id, "scopes": wanted},
    )
    return token, raw


def revoke_token(token: ApiToken, *, by: Actor, now: datetime) -> None:
    """End a token at once."""
    token.revoked_at = token.revoked_at or now
    events.record("auth.token_revoked", by=by, now=now, data={"token": token.id})


def note_use(token_id: int, *, now: datetime) -> None:
    """Write down that a token was used, in a short transaction of its own; of many calls at once
    the first writes.
    """
    table = cast(sa.Table, ApiToken.__table__)
    last = table.c.last_used_at
    due = sa.or_(last.is_(None), last <= now - rules.USE_NOTED)
    with aside() as connection:
        connection.execute(
            sa.update(table).where(table.c.id == token_id, due).values(last_used_at=now)
        )


def may_try(*, name: str, address: str, now: datetime) -> bool:
    """Count a try to sign in and say whether there were few enough in this quarter of an hour.

    It has a transaction of its own, so that a refused try counts, too; names are counted whether
    known or not.
    """
    window = int(now.timestamp()) // WINDOW
    allowed = True
    with aside() as connection:
        for key, most in (
            (f"n:{queries.hashed(name.lower())[:60]}", TRIES_PER_NAME),
            (f"a:{address}"[:62], TRIES_PER_ADDRESS),
        ):
            allowed = _count(connection, key, window) <= most and allowed
    return allowed


def _count(connection: sa.Connection, key: str, window: int) -> int:
    table = cast(sa.Table, SignInTry.__table__)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    counted = dialect.insert(table).values(key=key, window=window, tries=1)
    upsert = counted.on_conflict_do_update(
        index_elements=[table.c.key, table.c.window], set_={"tries": table.c.tries + 1}
    )
    return int(connection.execute(upsert.returning(table.c.tries)).scalar_one())


def purge_tries(*, now: datetime) -> None:
    """Forget the counts of windows that are over."""
    db.session.execute(
        sa.delete(SignInTry).where(SignInTry.window < int(now.timestamp()) // WINDOW - 1)
    )
