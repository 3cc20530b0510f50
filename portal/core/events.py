"""The event log: append-only, hash-chained, sealed in the transaction of the change it tells.

The chain commits to salted digests; the values themselves lie in `event_value`, where they can be
erased.
"""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import personal
from portal.core.access import Actor, K
from portal.core.db import Base, db, document, words

ZERO = "0" * 64


class Event(Base):
    """One thing that somebody did; a row is only ever added."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_record", "record_ref", "seq"),
        sa.Index("ix_event_account", "account_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    uid: Mapped[str] = words(32, holds=None, unique=True)
    at: Mapped[datetime]
    name: Mapped[str] = words(80, holds=None, index=True)
    actor_kind: Mapped[str] = words(16, holds=None)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_name: Mapped[str] = words(80, holds=None)
    behalf_id: Mapped[int | None]
    account_id: Mapped[int | None]
    record_ref: Mapped[str | None] = words(24, holds=None)
    klass: Mapped[int]
    data: Mapped[dict[str, Any]] = document(holds=None)
    digests: Mapped[dict[str, Any]] = document(holds=None)
    request_id: Mapped[str | None] = words(64, holds=None)
    prev: Mapped[str] = words(64, holds=None)
    digest: Mapped[str] = words(64, holds=None)


class EventValue(Base):
    """The values of a field before and after; erasable: what remains is its digest in the chain."""

    __tablename__ = "event_value"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uid: Mapped[str] = words(32, holds=None, index=True)
    field: Mapped[str] = words(60, holds=None)
    before: Mapped[str | None] = words(holds=personal.LOG)
    after: Mapped[str | None] = words(holds=personal.LOG)
    salt: Mapped[str] = words(32, holds=None)
    redacted_at: Mapped[datetime | None]
    redacted_because: Mapped[str | None] = words(400, holds=None)


class EventHead(Base):
    """The last link of the chain, signed; one row, made by the first migration, locked last before
    a commit.
    """

    __tablename__ = "event_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    digest: Mapped[str] = words(64, holds=None)
    signature: Mapped[str] = words(64, holds=None)


# Run before every commit: made once.
_INSERT = sa.insert(Base.metadata.tables["event"])
_INSERT_VALUES = sa.insert(Base.metadata.tables["event_value"])
_LOCK_HEAD = sa.select(EventHead.seq, EventHead.digest).with_for_update()
_MOVE_HEAD = sa.update(Base.metadata.tables["event_head"]).values(
    seq=sa.bindparam("seq"), digest=sa.bindparam("digest"), signature=sa.bindparam("signature")
)
_KEY: dict[str, bytes] = {}
FOLLOWERS: dict[str, list[str]] = {}
"""Which jobs follow which event; filled by the application from each room's `FOLLOWS`."""
_ON_RECORDED: list[Callable[[Session, dict[str, Any]], None]] = []


def use_key(key: bytes) -> None:
    """Sign heads and checkpoints with this key (derived from the installation's secret)."""
    _KEY["head"] = key


def on_recorded(hook: Callable[[Session, dict[str, Any]], None]) -> None:
    """Call `hook` with each event in its transaction, just before it is sealed (jobs enqueue
    followers here).
    """
    if hook not in _ON_RECORDED:
        _ON_RECORDED.append(hook)


def signature(seq: int, digest: str) -> str:
    """Sign a place in the chain."""
    return hmac.new(_KEY["head"], f"{seq}:{digest}".encode(), hashlib.sha256).hexdigest()


def value_digest(salt: str, before: str | None, after: str | None) -> str:
    """Digest a field's values so that nobody can guess them from the chain."""
    return hashlib.sha256(json.dumps([salt, before, after]).encode()).hexdigest()


def link(prev: str, entry: Mapping[str, Any]) -> str:
    """Give the digest of an entry that follows `prev`."""
    body = {**entry, "at": entry["at"].isoformat(timespec="microseconds")}
    return hashlib.sha256(
        (prev + json.dumps(body, sort_keys=True, separators=(",", ":"))).encode()
    ).hexdigest()


def record(
    name: str,
    *,
    by: Actor,
    now: datetime,
    record: str | None = None,
    account_id: int | None = None,
    klass: K = K.INTERNAL,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> str:
    """Note what was done, in the transaction of the change; gives the event's id at once.

    `data` holds references, counts and keys alone: it stays for ever. What people wrote goes into
    `changes`
    as (before, after) per field: it is committed to by digest and can be erased.
    """
    uid = uuid.uuid4().hex
    values = [_value(uid, field, *both) for field, both in (changes or {}).items()]
    digests = {v["field"]: value_digest(v["salt"], v["before"], v["after"]) for v in values}
    entry = {
        "uid": uid,
        "at": now,
        "name": name,
        "actor_kind": by.kind.value,
        "actor_id": by.id,
        "actor_name": by.name if by.id is None else "",
        "behalf_id": by.on_behalf_of,
        "account_id": account_id,
        "record_ref": record,
        "klass": int(klass),
        "data": dict(data or {}),
        "digests": digests,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    waiting = db.session().info
    waiting.setdefault("events", []).append(entry)
    waiting.setdefault("event_values", []).extend(values)
    return uid


def _value(uid: str, field: str, before: Any, after: Any) -> dict[str, Any]:
    """Give the row of a field's values, salted so that equal ones do not look alike."""
    return {
        "event_uid": uid,
        "field": field,
        "before": None if before is None else str(before),
        "after": None if after is None else str(after),
        "salt": secrets.token_hex(16),
    }


@sa.event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    # A hook, because Flask-Security commits by itself, too. It also fires for a SAVEPOINT.
    if session.in_nested_transaction() or not session.info.get("events"):
        return
    for entry in session.info["events"]:
        for hook in _ON_RECORDED:
            hook(session, entry)
    session.flush()
    connection = session.connection()
    if values := session.info.pop("event_values", None):
        connection.execute(_INSERT_VALUES, values)
    seq, last = connection.execute(_LOCK_HEAD).one()
    rows = []
    for entry in session.info.pop("events"):
        seq, prev = seq + 1, last
        last = link(prev, {**entry, "seq": seq})
        rows.append({**entry, "seq": seq, "prev": prev, "digest": last})
    connection.execute(_INSERT, rows)
    head = {"seq": seq, "digest": last, "signature": signature(seq, last)}
    connection.execute(_MOVE_HEAD, head)


@sa.event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, previous: Any) -> None:
    if not session.in_nested_transaction():
        session.info.pop("events", None)
        session.info.pop("event_values", None)


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found: whole, or the first bad sequence number and why."""

    whole: bool
    checked: int
    redacted: int
    bad_seq: int | None = None
    why: str = ""


def verify(*, checkpoints: Iterable[tuple[int, str, str]] = ()) -> Verdict:
    """Check every link, every value that still exists, the signed head and every checkpoint (seq,
    digest, signature).
    """
    expected, last, redacted = 0, ZERO, 0
    marks = {seq: (digest, sign) for seq, digest, sign in checkpoints}
    query = sa.select(Event).order_by(Event.seq).execution_options(yield_per=2000)
    with closing(db.session.scalars(query)) as log:
        for event in log:
            expected += 1
            why = _bad_link(event, expected=expected, prev=last, mark=marks.pop(event.seq, None))
            if why:
                return Verdict(False, expected - 1, redacted, min(event.seq, expected), why)
            last = event.digest
    bad = _bad_end(expected, last, marks)
    if bad:
        return Verdict(False, expected, redacted, *bad)
    return _check_values(expected)


def _bad_link(event: Event, *, expected: int, prev: str, mark: tuple[str, str] | None) -> str:
    entry = {name: getattr(event, name) for name in _LINKED}
    if event.seq != expected:
        return "missing" if event.seq > expected else "inserted"
    if event.prev != prev or event.digest != link(prev, entry):
        return "altered or moved"
    if mark and mark != (event.digest, signature(event.seq, event.digest)):
        return "differs from a checkpoint"
    return ""


_LINKED = (
    "seq",
    "uid",
    "at",
    "name",
    "actor_kind",
    "actor_id",
    "actor_name",
    "behalf_id",
    "account_id",
    "record_ref",
    "klass",
    "data",
    "digests",
    "request_id",
)


def _bad_end(seq: int, digest: str, marks: Mapping[int, Any]) -> tuple[int, str] | None:
    head = db.session.execute(
        sa.select(EventHead.seq, EventHead.digest, EventHead.signature)
    ).one_or_none()
    if head is None:
        return seq + 1, "the head is missing"
    if (head.seq, head.digest) != (seq, digest):
        return min(seq, head.seq) + 1, "the log was cut or the head moved"
    fresh = seq == 0 and not head.signature
    if not fresh and not hmac.compare_digest(head.signature, signature(seq, digest)):
        return seq or 1, "the head's signature is wrong"
    if marks:
        return min(marks), "a checkpoint names an event that is gone"
    return None


def _check_values(checked: int) -> Verdict:
    """Hold the erasable values against the digests in the chain."""
    redacted = 0
    rows = sa.select(Event.seq, Event.digests, EventValue).join(
        EventValue, EventValue.event_uid == Event.uid
    )
    bad: list[int] = []
    for seq, digests, value in db.session.execute(rows.execution_options(yield_per=2000)):
        if value.redacted_at:
            redacted += 1
        elif digests.get(value.field) != value_digest(value.salt, value.before, value.after):
            bad.append(seq)
    held = sa.select(sa.func.count()).select_from(EventValue)
    committed = sum(
        len(d)
        for d in db.session.scalars(sa.select(Event.digests).execution_options(yield_per=2000))
        if d
    )
    if bad:
        return Verdict(False, checked, redacted, min(bad), "a value was altered")
    if db.session.scalar(held) != committed:
        return Verdict(
            False, checked, redacted, _first_without_value(), "a value was removed or added"
        )
    return Verdict(True, checked, redacted)


def _first_without_value() -> int | None:
    counted = (
        sa.select(EventValue.event_uid, sa.func.count().label("n"))
        .group_by(EventValue.event_uid)
        .subquery()
    )
    rows = sa.select(Event.seq, Event.digests, counted.c.n).outerjoin(
        counted, counted.c.event_uid == Event.uid
    )
    for seq, digests, n in db.session.execute(rows.order_by(Event.seq)):
        if len(digests) != (n or 0):
            return int(seq)
    return None


def checkpoint(path: Path, *, now: datetime) -> int:
    """Append the signed head to the checkpoint file; gives its sequence number."""
    seq, digest = db.session.execute(sa.select(EventHead.seq, EventHead.digest)).one()
    line = json.dumps(
        {"seq": seq, "digest": digest, "signature": signature(seq, digest), "at": now.isoformat()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return int(seq)


def checkpoint_lines(path: Path, *, until: int) -> list[str]:
    """Give the lines of a file of checkpoints up to a sequence number."""
    if not path.exists():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [line for line in lines if json.loads(line)["seq"] <= until]


def read_checkpoints(path: Path) -> list[tuple[int, str, str]]:
    """Read the checkpoints of a file, none where there is no file."""
    if not path.exists():
        return []
    rows = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    return [(row["seq"], row["digest"], row["signature"]) for row in rows if row["seq"]]
