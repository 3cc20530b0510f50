"""Stored files: their bytes in an object store (a local folder or S3), their row in the
database.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from flask import current_app
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


def store_at(*, url: str | None, folder: Path) -> Callable[[], Any]:
    """Give what opens the store: the folder where no address is set. A wrong address is told at the
    start; a folder is opened when the first file is asked for, and what opens it is loaded then.
    """
    if url:
        from obstore.store import from_url

        store = from_url(url)
        return lambda: store

    @cache
    def local() -> Any:
        from obstore.store import LocalStore

        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)

    return local


def _store() -> Any:
    return current_app.extensions["portal_files"]()


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
    _store().put(_path(digest), content)
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
    return bytes(_store().get(_path(row.digest)).bytes())


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
    _store().put(_path(digest), stream)
    row = StoredFile(
        digest=digest, name=name, media_type=media_type, size=size, klass=klass, stored_at=now
    )
    db.session.add(row)
    db.session.flush()
    return row


def stream(row: StoredFile) -> Iterator[bytes]:
    """Give the bytes of a stored file in pieces of about a megabyte."""
    yield from pieces(row.digest)


@contextmanager
def opened(row: StoredFile) -> Iterator[IO[bytes]]:
    """Give a stored file as one that can be read from any place, until the block ends."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 18) as copy:
        for piece in stream(row):
            copy.write(piece)
        copy.seek(0)
        yield copy


def pieces(digest: str) -> Iterator[bytes]:
    """Give the bytes stored under a digest in pieces; FileNotFoundError where there are none."""
    found = _store().get(_path(digest))
    for piece in found.stream(1 << 20):
        yield bytes(piece)


def keep(digest: str, content: IO[bytes]) -> None:
    """Store bytes of which a row knows already, under their digest."""
    _store().put(_path(digest), content)


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
