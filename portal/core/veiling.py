"""Numbers of records in people's own words: shown to whom the record opens, and to nobody else.

A note may say "see ESC-2026-0017". For a reader for whom that case does not open it does not exist:
its number is left out of every text, and so is one that nobody ever gave: what is left out tells
nothing. Where such a text stands in a form it is closed, not left out, so that nothing that was
typed is lost when it is sent back.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from portal.core import access, seals
from portal.core.access import Actor
from portal.core.db import db
from portal.core.records import ROOMS

VEIL = "…"
PURPOSE = "numbers in forms"
TAIL = re.compile("-20[0-9]{2}-[0-9]{4,9}(?![0-9])")
"""How the number of a record ends; the letters before it are looked at where one was found."""
CLOSED = re.compile(r"\[…([a-z2-7]{16})\]")
KINDS = tuple(ROOMS)
AT_ONCE = 500
"""So many numbers are asked about in one statement."""

Opens = Callable[[Actor, Collection[str], datetime], frozenset[str]]
OPENS: dict[str, Opens] = {}


class Found(NamedTuple):
    """Where a text names a record."""

    at: int
    reference: str


def register(ways: Mapping[str, Opens]) -> None:
    """Let a room say which of some numbers of its kind open for a viewer."""
    OPENS.update(ways)


def named_in(text: str) -> Iterator[Found]:
    """Give where a text names records, in the form of their references (`ESC-2026-0017`)."""
    for tail in TAIL.finditer(text):
        for length in (3, 2):
            at = tail.start() - length
            kind = text[max(at, 0) : tail.start()].upper()
            if kind in ROOMS:
                yield Found(at, kind + tail[0])
                break


def numbers(text: str) -> frozenset[str]:
    """Give the records that a text names."""
    return frozenset(found.reference for found in named_in(text))


def closed_to(viewer: Actor, refs: Iterable[str], *, now: datetime) -> frozenset[str]:
    """Give those of some numbers that open nothing for a viewer. Of a kind that no room answers for
    these are the restricted ones alone.
    """
    closed: set[str] = set()
    asked_for = sorted(set(refs))
    for first in range(0, len(asked_for), AT_ONCE):
        some = asked_for[first : first + AT_ONCE]
        plain = [ref for ref in some if ref.partition("-")[0] not in OPENS]
        if plain:
            closed |= access.unseen(db.session, viewer, plain, now=now)
        for kind, opens in OPENS.items():
            asked = frozenset(ref for ref in some if ref.startswith(f"{kind}-"))
            if asked:
                closed |= asked - opens(viewer, asked, now)
    return frozenset(closed)


def without(
    text: str, hidden: Collection[str], *, instead: Callable[[str], str] = lambda _ref: VEIL
) -> str:
    """Give a text without some numbers, however they are written."""
    if not hidden:
        return text
    any_of = "|".join(sorted(map(re.escape, hidden)))
    found = re.compile(f"(?:{any_of})(?![0-9])", re.IGNORECASE)
    return found.sub(lambda one: instead(one[0]), text)


def as_read_by(viewer: Actor, text: str, *, now: datetime, but: Collection[str] = ()) -> str:
    """Give a text as a reader may have it, who is known to see the records in `but`."""
    named = numbers(text) - frozenset(but)
    return without(text, closed_to(viewer, named, now=now)) if named else text


def asks_for_closed(viewer: Actor, text: str, *, now: datetime) -> bool:
    """Say whether somebody looks for a number that opens nothing for them, however they part it:
    what others wrote about it must not be found by it either.
    """
    kinds = "|".join(KINDS)
    parted = re.findall(rf"({kinds})[\W_]*(20[0-9]{{2}})[\W_]*([0-9]{{4,9}})", text.upper())
    return bool(parted and closed_to(viewer, map("-".join, parted), now=now))


# ---- closed, for forms


def close(number: str, *, key: bytes) -> str:
    """Give a number of a record as who may not read it has it in a form: `opened` gives it back
    with the same key. Of ten bytes: four that prove it, six that hold it.
    """
    kind, year, digits = number.split("-")
    if digits != f"{int(digits):04d}":
        return VEIL  # such a number is nobody's
    spoken = KINDS.index(kind.upper()) | (0 if kind.isupper() else 0x80)
    plain = bytes((spoken, int(year) - 2000)) + int(digits).to_bytes(4, "big")
    proof = _proof(plain, key)
    sealed = base64.b32encode(proof + _mixed(plain, proof, key)).decode("ascii").lower()
    return f"[{VEIL}{sealed}]"


def opened(text: str, *, key: bytes) -> str:
    """Give a text with the numbers that were closed in it; what was not closed with the key stays
    as it is.
    """

    def number(found: re.Match[str]) -> str:
        held = base64.b32decode(found[1].upper())
        proof, plain = held[:4], _mixed(held[4:], held[:4], key)
        if not hmac.compare_digest(proof, _proof(plain, key)):
            return found[0]
        kind = KINDS[plain[0] & 0x7F]
        said = kind.lower() if plain[0] & 0x80 else kind
        return f"{said}-{2000 + plain[1]}-{int.from_bytes(plain[2:], 'big'):04d}"

    return CLOSED.sub(number, text)


def form_key(viewer: Actor) -> bytes:
    """Give the key of what is closed in the forms of one person; nobody else's opens it."""
    said = str(viewer.id).encode()
    return hashlib.blake2b(said, key=seals.key(PURPOSE), digest_size=32).digest()


def _proof(plain: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(plain, key=key, digest_size=4, person=b"proof").digest()


def _mixed(plain: bytes, proof: bytes, key: bytes) -> bytes:
    stream = hashlib.blake2b(proof, key=key, digest_size=len(plain), person=b"stream").digest()
    return bytes(one ^ other for one, other in zip(plain, stream, strict=True))
