"""One-time codes: what a code is, how long it holds, how often it may be tried."""

import hashlib
from datetime import timedelta

HOLDS, MOST_TRIES, MOST_AN_HOUR = timedelta(minutes=15), 5, 3
DIGITS, HIDDEN = 6, "······"
TEMPLATE, PURPOSE = "notifications/code", "one-time code"


def code(number: int, *, nonce: str, key: bytes) -> str:
    """Give the code of a row: six digits that only who knows the key can make."""
    made = hashlib.blake2b(f"{number}:{nonce}".encode(), key=key, digest_size=8).digest()
    return f"{int.from_bytes(made) % 10**DIGITS:0{DIGITS}d}"


def digest(words: str) -> str:
    """Give the digest of what somebody says yes to."""
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()


def typed(given: str) -> str:
    """Give a code as it was meant: without spaces and dashes."""
    return "".join(one for one in given if one.isdigit())
