"""What is technical, how periods are read, and what a line of the log says."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

TECHNICAL = ("auth", "audit", "jobs", "notifications", "policies", "webhooks")
"""Rooms whose own entries, about no customer, administrators read."""
VERIFIED, EXPORTED = "audit.verified", "audit.exported"
BACKED_UP, RESTORED = "audit.backed_up", "audit.restored"
AT_ONCE = 20_000
"""Up to how many entries a check runs while one waits; beyond that it is a job."""
REFERENCE = re.compile(r"\b[A-Z]{2,3}-\d{4}-[A-Z0-9]{2,10}\b")
MOST_LINES = 50_000


def beginning(day: date, *, zone: str) -> datetime:
    """Give the first instant of a day in a zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def end(day: date, *, zone: str) -> datetime:
    """Give the first instant after a day in a zone, in UTC; a day can have 23 or 25 hours."""
    return beginning(day + timedelta(days=1), zone=zone)


def named_in(record_ref: str | None, data: Mapping[str, Any]) -> frozenset[str]:
    """Give every public reference that an entry names: its record's and those in its details."""
    return frozenset(REFERENCE.findall(f"{record_ref or ''} {json.dumps(dict(data))}"))


def summary(data: Mapping[str, Any]) -> str:
    """Give what an entry holds for ever, in one line: `state: closed, count: 3`."""
    return ", ".join(f"{name}: {_plain(value)}" for name, value in sorted(data.items()))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "–" if value is None else str(value)
