"""A sponsor's touchpoints as a calendar (RFC 5545): whole days, and no word of what is said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE = 75
"""Octets of a line, as the standard has them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A day in the calendar; `uid` names it for ever, `changed_at` is when it last changed."""

    uid: str
    day: date
    title: str
    address: str
    changed_at: datetime


def calendar(entries: Iterable[Entry], *, name: str) -> str:
    """Give a calendar file of entries, its lines folded and ended as the standard asks."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Parley//Sponsorship//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for one in entries:
        stamp = one.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(one.uid)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(one.title)}",
            f"URL:{one.address}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _text(words: str) -> str:
    """Escape what would end a value; control characters go."""
    plain = "".join(sign if sign.isprintable() else " " for sign in words)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Fold a line between characters, never within one."""
    parts, size = [""], 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LINE:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += octets
    return "\r\n".join(parts) + "\r\n"
