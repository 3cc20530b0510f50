"""The file of a backup: a ZIP with the database, the stored files under their digests, the
checkpoints, and a manifest that is written last.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from portal.core import events, files
from portal.core.errors import Refused

from .databases import Snapshot, Target

FORM = 1
MANIFEST, DATABASE, CHECKPOINTS, FILES = "manifest.json", "database", "audit.checkpoints", "files/"
PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds: the moment, the database with its revision and the head of its log, the
    digests of its parts, how many stored files, and which of them were gone or altered.
    """

    form: int = FORM
    made_at: str
    database: str
    revision: str
    seq: int
    digest: str
    signature: str
    digests: dict[str, str]
    files: int
    bad_files: list[str] = field(default_factory=list)


def write(file: Path, source: Target, *, checkpoints: Path, now: datetime) -> Manifest:
    """Make a backup at `file`, whole or not at all; an earlier backup there is replaced by it.

    Everything committed before the call is in it. Refused where `file` is something else.
    """
    if file.exists() and not _is_backup(file):
        raise Refused(f"{file} is there already and is no backup: choose another name.")
    if not file.parent.is_dir():
        raise Refused(f"There is no folder {file.parent}.")
    with tempfile.TemporaryDirectory(prefix=".parley-", dir=file.parent) as name:
        folder = Path(name)
        snapshot = source.copy(folder)
        part = folder / "archive"
        with zipfile.ZipFile(part, "w", allowZip64=True) as archive:
            made = _fill(archive, snapshot, source.kind, checkpoints=checkpoints, now=now)
        part.chmod(0o600)
        _settle(part)
        part.replace(file)
    _settle(file.parent)
    return made


def _fill(
    archive: zipfile.ZipFile, snapshot: Snapshot, kind: str, *, checkpoints: Path, now: datetime
) -> Manifest:
    packed = zipfile.ZIP_DEFLATED if kind == "sqlite" else zipfile.ZIP_STORED
    with snapshot.path.open("rb") as content:
        digests = {DATABASE: _add(archive, DATABASE, content, packed=packed)}
    snapshot.path.unlink()
    with tempfile.TemporaryFile() as marks:
        # Checkpoints that name entries after the snapshot belong to a later backup.
        for line in events.checkpoint_lines(checkpoints, until=snapshot.seq):
            marks.write(line.encode() + b"\n")
        marks.seek(0)
        digests[CHECKPOINTS] = _add(archive, CHECKPOINTS, marks)
    bad = [digest for digest in snapshot.files if not _add_file(archive, digest)]
    made = Manifest(
        made_at=now.isoformat(),
        database=kind,
        revision=snapshot.revision,
        seq=snapshot.seq,
        digest=snapshot.digest,
        signature=snapshot.signature,
        digests=digests,
        files=len(snapshot.files) - len(bad),
        bad_files=bad,
    )
    archive.writestr(MANIFEST, json.dumps(asdict(made), indent=1))
    return made


def _add(
    archive: zipfile.ZipFile, name: str, content: IO[bytes], *, packed: int = zipfile.ZIP_STORED
) -> str:
    """Add what a stream holds; gives its digest."""
    entry, seen = zipfile.ZipInfo(name), hashlib.sha256()
    entry.compress_type = packed
    with archive.open(entry, "w", force_zip64=True) as member:
        while piece := content.read(PIECE):
            seen.update(piece)
            member.write(piece)
    return seen.hexdigest()


def _add_file(archive: zipfile.ZipFile, digest: str) -> bool:
    """Add a stored file; False where its bytes are gone, or are not those of its digest."""
    with tempfile.SpooledTemporaryFile(8 << 20) as kept:
        seen = hashlib.sha256()
        try:
            for piece in files.pieces(digest):
                seen.update(piece)
                kept.write(piece)
        except FileNotFoundError:
            return False
        if seen.hexdigest() != digest:
            return False
        kept.seek(0)
        _add(archive, FILES + digest, kept)
    return True


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _is_backup(file: Path) -> bool:
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return MANIFEST in archive.namelist()


@dataclass(frozen=True)
class Opened:
    """A backup whose every byte was held against its digests; `database` is its copy."""

    manifest: Manifest
    archive: zipfile.ZipFile
    database: Path
    checkpoints: Path

    def put_files(self) -> int:
        """Put its stored files into this installation's store; gives how many."""
        count = 0
        for name in self.archive.namelist():
            if name.startswith(FILES):
                with self.archive.open(name) as content:
                    files.keep(name.removeprefix(FILES), content)
                count += 1
        return count


@contextmanager
def opened(file: Path, *, folder: Path) -> Iterator[Opened]:
    """Open a backup, check it wholly, and unpack its database into a folder inside `folder`.

    Refused where it is no backup, is damaged, or was made by a later Parley.
    """
    if not zipfile.is_zipfile(file):
        raise Refused(f"{file} is no backup of Parley, or it was cut short.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(file) as archive,
        tempfile.TemporaryDirectory(prefix=".parley-", dir=folder) as name,
    ):
        manifest = _manifest(archive, file)
        try:
            unpacked = _unpacked(archive, manifest, Path(name))
        except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError) as error:
            raise Refused(f"{file} is damaged: {error}") from error
        yield Opened(manifest, archive, *unpacked)


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise Refused(f"{file} is no backup of Parley.")
    try:
        given = json.loads(archive.read(MANIFEST))
        if given.get("form") != FORM:
            raise Refused(f"{file} was made by another version of Parley: restore it with that.")
        return Manifest(**given)
    except (zipfile.BadZipFile, ValueError, TypeError, AttributeError) as error:
        raise Refused(f"{file} is damaged: its manifest cannot be read.") from error


def _unpacked(archive: zipfile.ZipFile, manifest: Manifest, folder: Path) -> tuple[Path, Path]:
    """Unpack database and checkpoints; read and check everything else as well."""
    for name in (DATABASE, CHECKPOINTS):
        with archive.open(name) as content, (folder / name).open("wb") as kept:
            shutil.copyfileobj(content, kept, PIECE)
        with (folder / name).open("rb") as kept:
            if hashlib.file_digest(kept, "sha256").hexdigest() != manifest.digests[name]:
                raise ValueError(f"{name} is not what was put in")
    there = [name for name in archive.namelist() if name.startswith(FILES)]
    if len(there) != manifest.files:
        raise ValueError("stored files are missing")
    for name in there:
        seen = hashlib.sha256()
        with archive.open(name) as content:
            while piece := content.read(PIECE):
                seen.update(piece)
        if seen.hexdigest() != name.removeprefix(FILES):
            raise ValueError(f"{name} is not what was put in")
    return folder / DATABASE, folder / CHECKPOINTS
