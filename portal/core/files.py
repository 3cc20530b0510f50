"""Stored files: their bytes in an object store (a local folder or S3), their row in the
database.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import obstore
import sqlalchemy as sa
from flask import current_app
from obstore.store import LocalStore, from_url
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, db, words


class StoredFile(Base):
    """A file: what it is, whose it is, and the digest that names its bytes."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = words(64, holds=None, index=True)
    name: Mapped[str] = words(200, holds=personal.WORDS)
    media_type: Mapped[str] = words(100, holds=None)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    klass: Mapped[int]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    record_ref: Mapped[str | None] = words(24, holds=None, index=True)
    stored_at: Mapped[datetime]


def make_store(*, url: str | None, folder: Path) -> Any:
    """Open the store: the folder where no address is set."""
    if url:
        return from_url(url)
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


def _path(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def put(
    content: bytes,
    *,
    name: str,
    media_type: str,
    klass: int,
    now: datetime,
    account_id: int | None = None,
    record_ref: str | None = None,
) -> StoredFile:
    """Store bytes under their digest, then the row; a rolled-back row leaves bytes nobody names,
    never the reverse.
    """
    digest = hashlib.sha256(content).hexdigest()
    obstore.put(current_app.extensions["portal_files"], _path(digest), content)
    row = StoredFile(
        digest=digest,
        name=name,
        media_type=media_type,
        size=len(content),
        klass=klass,
        account_id=account_id,
        record_ref=record_ref,
        stored_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def read(row: StoredFile) -> bytes:
    """Give the bytes of a stored file."""
    found = obstore.get(current_app.extensions["portal_files"], _path(row.digest))
    return bytes(cast(Any, found).bytes())


def put_stream(
    stream: IO[bytes],
    *,
    digest: str,
    size: int,
    name: str,
    media_type: str,
    klass: int,
    now: datetime,
) -> StoredFile:
    """Store what a stream holds from its beginning, in pieces; the caller has read its digest and
    size.
    """
    stream.seek(0)
    obstore.put(current_app.extensions["portal_files"], _path(digest), stream)
    row = StoredFile(
        digest=digest, name=name, media_type=media_type, size=size, klass=klass, stored_at=now
    )
    db.session.add(row)
    db.session.flush()
    return row


def stream(row: StoredFile) -> Iterator[bytes]:
    """Give the bytes of a stored file in pieces of about a megabyte."""
    yield from pieces(row.digest)


def pieces(digest: str) -> Iterator[bytes]:
    """Give the bytes stored under a digest in pieces; FileNotFoundError where there are none."""
    found = obstore.get(current_app.extensions["portal_files"], _path(digest))
    for piece in found.stream(1 << 20):
        yield bytes(cast(Any, piece))


def keep(digest: str, content: IO[bytes]) -> None:
    """Store bytes of which a row knows already, under their digest."""
    obstore.put(current_app.extensions["portal_files"], _path(digest), content)


def damaged() -> list[str]:
    """Give the digests that rows name and whose bytes are gone or are others."""
    named = db.session.scalars(
        sa.select(StoredFile.digest).distinct().order_by(StoredFile.digest)
    ).all()
    return [digest for digest in named if not _is_whole(digest)]


def _is_whole(digest: str) -> bool:
    seen = hashlib.sha256()
    try:
        for piece in pieces(digest):
            seen.update(piece)
    except FileNotFoundError:
        return False
    return seen.hexdigest() == digest
