"""What a signal of another system must be to count: its kind, its value, its time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from portal.core.i18n import _

COLUMNS = ("account", "kind", "value", "observed_at")
ALSO = ("external_id",)
COUNTED = ("health", "usage", "payment_delay")
"""The kinds that risk counts, each at least zero; others are kept and shown."""
KIND = re.compile(r"[a-z][a-z0-9_]{0,59}")
FINEST, MOST = Decimal("0.00000001"), Decimal(10**9)
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)
"""Clocks of other systems may be a little fast."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A signal as it came: of which account, what, how much, when (UTC), its number there."""

    account: str
    kind: str
    value: Decimal
    observed_at: datetime
    external_id: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a row is not a signal: its line, the column, what stood there, the sentence."""

    line: int
    column: str
    value: str
    why: str


class Misread(ValueError):  # noqa: N818 - an answer about a row
    """A field is not what it must be: its name, what stood there and the sentence."""

    def __init__(self, column: str, value: str, why: str) -> None:
        super().__init__(why)
        self.column, self.value, self.why = column, value, why


def reading(
    account: str,
    kind: str,
    value: str,
    observed_at: str,
    external_id: str,
    *,
    zone: str,
    now: datetime,
) -> Reading:
    """Read a signal from words; a time without a zone is meant in `zone`. Without a number of its
    own, its time is its number. `Misread` where something is wrong.
    """
    name = account.strip()
    if not name or len(name) > 120:
        raise Misread("account", account, _("Name the account by its number here or elsewhere."))
    what = kind.strip().casefold()
    if not KIND.fullmatch(what):
        raise Misread("kind", kind, _("A kind is a word of small letters, digits and underscores."))
    at = _time(observed_at.strip(), zone=zone, now=now)
    own = external_id.strip()
    if len(own) > 120:
        raise Misread("external_id", external_id, _("A number has at most 120 characters."))
    return Reading(name, what, _value(what, value), at, own or at.isoformat())


def _value(kind: str, given: str) -> Decimal:
    try:
        value = Decimal(given.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > MOST:
        raise Misread(
            "value", given, _("A value is a number with a point, up to a thousand million.")
        )
    if kind in COUNTED and value < 0:
        raise Misread("value", given, _("This kind is never below zero."))
    return value.quantize(FINEST).normalize() + 0


def _time(given: str, *, zone: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(given)
        at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misread(
            "observed_at", given, _("Write the time like 2026-06-17 or 2026-06-17T10:00:00Z.")
        ) from None
    if at > now + AHEAD:
        raise Misread("observed_at", given, _("This lies in the future: nobody has seen it yet."))
    if at < OLDEST:
        raise Misread("observed_at", given, _("This is before 1990."))
    return at
