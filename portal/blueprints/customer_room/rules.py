"""Decisions about the room of a customer: its address, when it is open, when the pulse is taken."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

WEEK = timedelta(days=7)
UPDATES = 2
LONGEST_DAYS, USUAL_DAYS = 90, 30
LONGEST_MESSAGE, MOST_A_DAY = 5_000, 20
MOST_FILES, LARGEST_FILE = 3, 10 << 20
NO_IN_A_ROW = 2


def token(link_id: int, *, nonce: str, expires_at: datetime, key: bytes) -> str:
    """Give what the address of a link ends with: its number, and a signature of number, nonce and
    end that only who knows the `key` can make.
    """
    said = f"{link_id}:{nonce}:{int(expires_at.timestamp())}".encode()
    seal = hashlib.blake2b(said, key=key, digest_size=20).digest()
    return f"{link_id}-{base64.b32encode(seal).decode('ascii').lower()}"


def number(given: str) -> int | None:
    """Give the number of the link that an address names, None where it names none."""
    digits = given.partition("-")[0]
    fits = digits.isascii() and digits.isdecimal() and len(digits) <= 9
    return int(digits) if fits else None


def is_genuine(given: str, expected: str) -> bool:
    """Say whether an address is the one that was made, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), expected.encode())


def is_open(
    *, now: datetime, expires_at: datetime, revoked_at: datetime | None, legal_mode: bool
) -> bool:
    """Say whether a link opens its room: until it ends or is taken back, and not while counsel
    speaks to the customer.
    """
    return revoked_at is None and now < expires_at and not legal_mode


def pulse_round(*, updates: int, opened_at: datetime, now: datetime) -> int:
    """Give how often the pulse was to be taken so far: after every second update, and every week of
    a case.
    """
    return updates // UPDATES + max(0, (now - opened_at) // WEEK)


def is_asked(*, round_now: int, last_round: int | None) -> bool:
    """Say whether the customer is asked now: each time once."""
    return round_now > (last_round or 0)


def is_off_track(answers: Sequence[bool]) -> bool:
    """Say whether the last two answers (in their order) were both no."""
    return len(answers) >= NO_IN_A_ROW and not any(answers[-NO_IN_A_ROW:])
