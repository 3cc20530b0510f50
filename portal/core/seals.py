"""What we sign: keys for each purpose, and addresses that name a row and cannot be altered."""

import base64
import hashlib
import hmac
import re

from flask import current_app

ONCE = "link that opens once"
"""What the key is for that the words of links are made with which open an issue once."""
SEALED = re.compile(r"(/\d+-)[a-z2-7]{32}(?![a-z2-7])", re.ASCII)


def key(purpose: str) -> bytes:
    """Give the key of 32 bytes for one purpose, made of the installation's secret."""
    derived: bytes = current_app.config["PORTAL"].derived_key(purpose)
    return derived


def token(number: int, *said: object, key: bytes) -> str:
    """Give what a signed address ends with: the number of a row, and a signature of it and of what
    is `said` of it, which only who knows the `key` can make.
    """
    plain = ":".join(map(str, (number, *said))).encode()
    seal = hashlib.blake2b(plain, key=key, digest_size=20).digest()
    return f"{number}-{base64.b32encode(seal).decode('ascii').lower()}"


def number_in(given: str) -> int | None:
    """Give the number of the row that a signed address names, None where it names none."""
    digits = given.partition("-")[0]
    fits = digits.isascii() and digits.isdecimal() and len(digits) <= 9
    return int(digits) if fits else None


def is_genuine(given: str, expected: str) -> bool:
    """Say whether a signed address is the one that was made, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), expected.encode())


def masked(text: str) -> str:
    """Give a text without the signatures of the addresses in it: who reads what was sent to
    somebody else must not be able to go in as them.
    """
    return SEALED.sub(r"\1…", text)
