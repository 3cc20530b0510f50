"""Sessions are rows: a random word in the cookie, its hash in the table, ended by deleting the
row.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
import structlog
from flask import Flask, Request, Response, g, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.orm import Mapped
from werkzeug.datastructures import CallbackDict

from portal.core import clock, personal
from portal.core.db import Base, aside, db, words

UNAVAILABLE = 503
log = structlog.get_logger(__name__)
TAGGED = TaggedJSONSerializer()
TOUCH = timedelta(minutes=1)
ANONYMOUS_LIFE = timedelta(hours=1)


class SessionRow(Base):
    """A browser that talks to us."""

    __tablename__ = "session"

    id: Mapped[str] = words(64, holds=None, primary_key=True)
    user_key: Mapped[str | None] = words(64, holds=None, index=True)
    data: Mapped[str] = words(holds=personal.SESSION)
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]


def _living() -> sa.Select[Any]:
    row = SessionRow.__table__
    return sa.select(row.c.data, row.c.seen_at).where(
        row.c.id == sa.bindparam("id"),
        row.c.seen_at > sa.bindparam("seen"),
        row.c.begun_at > sa.bindparam("begun"),
    )


# Asked at every request, and at every change: made once.
LIVING = _living()
REMEMBER = (
    sa.update(Base.metadata.tables["session"])
    .where(SessionRow.__table__.c.id == sa.bindparam("of_id"))
    .values({name: sa.bindparam(name) for name in ("data", "user_key", "seen_at")})
)


def hashed(word: str) -> str:
    """Give what the table knows of the word in the cookie."""
    return hashlib.sha256(word.encode()).hexdigest()


class RowSession(CallbackDict[str, Any], SessionMixin):
    """A session that remembers which row it came from."""

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        word: str | None = None,
        seen: datetime | None = None,
        *,
        broken: bool = False,
    ) -> None:
        super().__init__(data or {}, lambda session: setattr(session, "modified", True))
        self.word, self.seen, self.broken = word, seen, broken
        self.old: str | None = None
        self.new, self.modified = word is None, False

    def renew(self) -> None:
        """Take a new word at the next save, so that a copied cookie is worth nothing."""
        self.old, self.word, self.modified = self.old or self.word, None, True


class RowSessions(SessionInterface):
    """Opens and saves sessions, each in its own short transaction."""

    def __init__(self, *, idle: int, life: int) -> None:
        self.idle, self.life = timedelta(seconds=idle), timedelta(seconds=life)

    def open_session(self, app: Flask, request: Request) -> RowSession:
        """Find the row of the cookie's word; a database that is away gives a broken session, never
        an exception.
        """
        g.reading = True
        word, now = request.cookies.get(self.get_cookie_name(app)), clock.now()
        if not word or request.path.startswith("/static/"):
            return RowSession()
        living = {"id": hashed(word), "seen": now - self.idle, "begun": now - self.life}
        try:
            row = db.session.connection().execute(LIVING, living).first()
        except (sa.exc.OperationalError, sa.exc.TimeoutError):
            return RowSession(broken=True)
        return RowSession(TAGGED.loads(row.data), word, row.seen_at) if row else RowSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session: an UPDATE of a known row, so that an ended session is never
        revived.
        """
        if not isinstance(session, RowSession):
            raise TypeError("this interface saves its own sessions only")
        if session.accessed:
            response.vary.add("Cookie")
        now, name = clock.now(), self.get_cookie_name(app)
        stale = session.word and session.seen and now - session.seen > TOUCH
        if session.broken or not (session.modified or stale):
            return
        if not session and not session.old and not session.word:
            return
        db.session.rollback()  # ends what the view left open: else SQLite waits for itself
        try:
            self._write(app, session, response, name=name, now=now)
        except (sa.exc.OperationalError, sa.exc.TimeoutError) as error:
            # Nothing handles errors here any more. Reading goes on; a change that relies on its
            # session (a sign-in) must not look done.
            log.warning("session not saved", error=type(error).__name__)
            if request.method not in {"GET", "HEAD"}:
                response.status_code = max(response.status_code, UNAVAILABLE)

    def _write(
        self, app: Flask, session: RowSession, response: Response, *, name: str, now: datetime
    ) -> None:
        table = cast(sa.Table, SessionRow.__table__)
        row = {
            "data": TAGGED.dumps(dict(session)),
            "user_key": session.get("_user_id"),
            "seen_at": now,
        }
        with aside() as connection:
            if session.old:
                connection.execute(sa.delete(table).where(table.c.id == hashed(session.old)))
            if session.word:
                connection.execute(
                    sa.update(table).where(table.c.id == hashed(session.word)).values(**row)
                )
                return
            if not session:
                response.delete_cookie(name)
                return
            session.word = secrets.token_urlsafe(32)
            connection.execute(
                sa.insert(table).values(id=hashed(session.word), begun_at=now, **row)
            )
        response.set_cookie(
            name,
            session.word,
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite=self.get_cookie_samesite(app),
        )


def count_as_idle() -> None:
    """Let this request not count as somebody's work: a page that asks by itself keeps no session
    alive.
    """
    known = session._get_current_object()  # type: ignore[attr-defined]
    if isinstance(known, RowSession):
        known.seen = None


def save_along() -> None:
    """Write what the session of this request remembers in the transaction of the change itself: a
    transaction of its own would wait for the disk a second time.
    """
    known = session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(known, RowSession) or not known.modified or not known.word or known.old:
        return
    now, data = clock.now(), TAGGED.dumps(dict(known))
    row = {"data": data, "user_key": known.get("_user_id"), "seen_at": now}
    db.session.connection().execute(REMEMBER, {"of_id": hashed(known.word), **row})
    known.modified, known.seen = False, now


def end_sessions_of(user_key: str) -> None:
    """End every session of a person: after a password change, disabling or a change of roles."""
    db.session.execute(sa.delete(SessionRow).where(SessionRow.user_key == user_key))


def end_all() -> int:
    """End every session: after a restore the old ones would live again; gives how many."""
    return int(db.session.execute(sa.delete(SessionRow)).rowcount)  # type: ignore[attr-defined]


def purge(*, now: datetime, life: timedelta) -> int:
    """Delete sessions that are over, and anonymous ones after an hour; gives how many."""
    over = sa.or_(
        SessionRow.begun_at < now - life,
        sa.and_(SessionRow.user_key.is_(None), SessionRow.seen_at < now - ANONYMOUS_LIFE),
    )
    return int(db.session.execute(sa.delete(SessionRow).where(over)).rowcount)  # type: ignore[attr-defined]
