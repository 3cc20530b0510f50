"""What other systems may be told, how it is signed, and when it is tried again."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from portal.core.access import K

PROMISE = ("kind", "state", "due")
CATALOGUE: dict[str, tuple[str, ...]] = {
    "accounts.created": (),
    "accounts.promised": PROMISE,
    "accounts.promise_kept": PROMISE,
    "accounts.promise_broken": PROMISE,
    "accounts.promise_renegotiated": PROMISE,
    "escalations.accepted": (),
    "escalations.clock_paused": (),
    "escalations.clock_resumed": (),
    "escalations.closed": ("resolution", "agreed", "severity", "days", "reopened"),
    "escalations.criteria_agreed": (),
    "escalations.criterion_added": (),
    "escalations.criterion_met": ("agreed",),
    "escalations.declared": ("trigger", "severity", "level", "executive"),
    "escalations.declined": ("before",),
    "escalations.executive_named": (),
    "escalations.handed_over": (),
    "escalations.level_moved": ("from_level", "to_level", "kind"),
    "escalations.merged": ("into",),
    "escalations.noted": ("kind", "lane"),
    "escalations.received": ("kind",),
    "escalations.reopened": ("times",),
    "escalations.severity_lowered": ("before", "after"),
    "escalations.severity_raised": ("before", "after"),
    "escalations.stabilising": ("before",),
    "escalations.task_added": (),
    "escalations.task_chased": (),
    "escalations.task_done": (),
    "escalations.task_replied": (),
    "escalations.told_customer": (),
    "escalations.trend_set": ("before", "after"),
    "escalations.unmerged": (),
    "escalations.voided": ("before",),
    "escalations.waiting": (),
    "policies.published": ("kind", "number"),
    "postmortems.approved": (),
    "postmortems.opened": ("case", "reasons", "state"),
    "postmortems.published": ("actions",),
}
"""The events that can leave, and what of their details goes with them; the record's and the
account's references always do. Who acted never does.
"""
MOST = K.INTERNAL
"""The highest class of an entry that leaves."""
TEST = "webhooks.test"
PLAIN = re.compile(
    r"[a-z][a-z0-9_]{0,39}|E[1-4]|L[0-3]|X|[A-Z]{2,3}-(\d{4}-)?[A-Z0-9]{2,10}"
    r"|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z))?",
    re.ASCII,
)
REFERENCE = re.compile(r"\b[A-Z]{2,3}-\d{4}-[A-Z0-9]{2,10}\b", re.ASCII)
WAITS = tuple(
    timedelta(seconds=one) for one in (10, 60, 300, 1800, 7200, 18000, 36000, 50400, 86400)
)
"""How long to wait after each failed try: ten tries, over some two and a half days."""
LEASE = timedelta(minutes=2)
"""How long a try may take; after that somebody else takes the message over."""
TELL_AFTER, DEAD_AFTER = timedelta(hours=1), timedelta(days=2)
"""How long a receiver may be away before administrators are told, and before it is given up."""
OLD_HOLDS = timedelta(hours=24)
"""How long the secret before the newest signs along."""
GONE = 410
KEEP = timedelta(days=30)
MOST_WAITING = 1000
"""How many messages wait for a receiver before no more are made: the log keeps the rest."""


def is_plain(value: Any) -> bool:
    """Say whether a value is a reference, a count, a key or an instant: nothing anybody wrote."""
    if isinstance(value, list):
        return all(is_plain(one) for one in value)
    if isinstance(value, str):
        return PLAIN.fullmatch(value) is not None
    return value is None or isinstance(value, bool | int)


def payload(
    name: str, *, at: datetime, record: str | None, account: str | None, data: Mapping[str, Any]
) -> str:
    """Give what a receiver is told of an event, as JSON: type, time and references, and of its
    details the plain values that the catalogue names.
    """
    told = {key: data[key] for key in CATALOGUE.get(name, ()) if is_plain(data.get(key, object()))}
    about = {"record": record, "account": account}
    when = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    document = {"type": name, "timestamp": when, "data": {**about, **told}}
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def records_in(record: str | None, body: str) -> frozenset[str]:
    """Give every record that a message names."""
    return frozenset(REFERENCE.findall(f"{record or ''} {body}"))


def secret(number: int, *, salt: str, key: bytes) -> str:
    """Give the secret of a number, as receivers keep it: `whsec_` and 32 bytes in base64."""
    raw = hashlib.blake2b(f"{salt}:{number}".encode(), key=key, digest_size=32).digest()
    return "whsec_" + base64.b64encode(raw).decode("ascii")


def signature(message_id: str, at: int, body: str, *, secrets: Iterable[str]) -> str:
    """Sign a message sent at a time (seconds since 1970), once with each secret.

    Source: Standard Webhooks 1.0.0, symmetric signatures `v1`.
    """
    signed = f"{message_id}.{at}.{body}".encode()
    keys = (base64.b64decode(one.removeprefix("whsec_")) for one in secrets)
    found = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join("v1," + base64.b64encode(one).decode("ascii") for one in found)


def headers(message_id: str, body: str, *, now: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """Give the headers of a call."""
    at = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Parley",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(message_id, at, body, secrets=secrets),
    }


def wait(tries: int) -> timedelta | None:
    """Give how long to wait after the n-th failed try, None after the last."""
    round_of = (tries - 1) % (len(WAITS) + 1)
    return WAITS[round_of] if round_of < len(WAITS) else None


def is_allowed(url: str, *, hosts: Iterable[str]) -> bool:
    """Say whether an address is one of those that an installation allows: `example.com`, or
    `*.example.com` for what is below it; without any, all are.
    """
    host, allowed = (urlsplit(url).hostname or "").lower(), [one.lower() for one in hosts]
    below = (one[1:] for one in allowed if one.startswith("*."))
    return not allowed or host in allowed or any(host.endswith(one) for one in below)


def is_address(url: str) -> bool:
    """Say whether this can be the address of a receiver: HTTPS, a host, nobody's password."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return parts.scheme == "https" and named and url.isascii() and url.isprintable()


def by_room() -> list[tuple[str, list[str]]]:
    """Put the events together by their rooms, in the order of the catalogue."""
    found: dict[str, list[str]] = {}
    for name in CATALOGUE:
        found.setdefault(name.partition(".")[0], []).append(name)
    return list(found.items())
