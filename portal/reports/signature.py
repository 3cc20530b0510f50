"""The signature of a PDF: made with the certificate of this installation, where one is set, and
looked at in a process of its own, for the file may be anybody's.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from portal.core import apart
from portal.reports.errors import ReportError
from portal.reports.limits import MEGABYTE

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

MARK = b"/ByteRange"
"""What stands in every PDF that is signed."""
MEMORY, CPU, WALL = 768 * MEGABYTE, 10, 30
"""Bytes of memory, seconds of processor and of time in which a signature is looked at."""


class Unsigned(ReportError):  # noqa: N818 - says what happened
    """A paper was to be signed and could not be."""


class BadCertificate(Exception):  # noqa: N818 - says what is
    """The file or its password is not one to sign with; the message says why."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a signature says: by whom (the name in the certificate, empty if it cannot be read),
    when (ISO, as its signer says), whether it holds for the whole file, and whether the
    certificate is one that this installation knows.
    """

    signer: str = ""
    at: str = ""
    holds: bool = False
    known: bool = False

    @property
    def moment(self) -> datetime | None:
        """Give when it was signed, as its signer says."""
        return datetime.fromisoformat(self.at) if self.at else None


@dataclass(frozen=True, slots=True)
class Signer:
    """The certificate of this installation with its key, opened once."""

    held: SimpleSigner
    name: str
    certificates: tuple[bytes, ...]
    valid: tuple[datetime, datetime]

    @classmethod
    def open(cls, path: Path, password: str) -> Signer:
        """Open a PKCS#12 file; BadCertificate where that cannot be done."""
        from portal.reports import signing  # where no certificate is set, it is never loaded

        try:
            held = signing.opened(path.read_bytes(), password)
        except (OSError, ValueError) as error:
            raise BadCertificate(f"{path} cannot be opened with its password: {error}") from error
        return cls(held, signing.whose(held), signing.certificates(held), signing.valid(held))

    def sign(self, pdf: bytes, *, at: datetime) -> bytes:
        """Give a PDF with our signature behind it; Unsigned outside of the certificate's time."""
        from portal.reports import signing

        begins, ends = self.valid
        if not begins <= at < ends:
            raise Unsigned(f"the certificate is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}")
        return signing.sign(pdf, self.held, at=at)


def look(pdf: bytes, *, known: Sequence[bytes] = ()) -> Seal | None:
    """Say what the signature of a PDF is worth, None where it carries none; one that cannot be
    read, or not in time, holds nothing.
    """
    if MARK not in pdf:
        return None
    request = {
        "memory": MEMORY,
        "cpu": CPU,
        "wall": WALL,
        "known": [base64.b64encode(one).decode() for one in known],
    }
    sent = json.dumps(request).encode() + b"\n" + pdf
    try:
        said = json.loads(apart.run("portal.reports.looking", sent, wall=WALL))
    except (apart.Ended, apart.OutOfTime):
        return Seal()
    return Seal(**said) if said else None


def answer(seal: Seal | None) -> bytes:
    """Give a seal as the process that looked says it."""
    return json.dumps(asdict(seal) if seal else None).encode()
