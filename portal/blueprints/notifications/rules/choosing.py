"""What people may choose: how they hear of which kind of notice, when, and what cannot wait."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.core.calendar import from_local
from portal.core.i18n import _

from ..models import Channel, Kind, Way

DAY_MINUTES = 24 * 60
DIGEST, PAGED = "notifications/digest", "notifications/page"
FIXED = frozenset({Kind.ACCESS, Kind.CLOCKS, Kind.LEGAL, Kind.DUTY, Kind.YOURS})
"""Kinds that always come at once by mail: who would not hear of them would let somebody down."""
CHOSEN = tuple(kind for kind in Kind if kind not in FIXED)
GRAVE = "E1"
GRAVE_NEWS = frozenset({"escalations/declared", "escalations/reopened", "escalations/severity"})
"""News that nobody mutes while the case is critical."""
_BY_ROOM = {
    "auth": Kind.ACCESS,
    "concessions": Kind.MONEY,
    "sponsorship": Kind.SPONSORSHIP,
    "postmortems": Kind.POSTMORTEMS,
    "reviews": Kind.POSTMORTEMS,
}
_BY_NAME = {
    Kind.CLOCKS: ("escalations/clock", "escalations/promise_due", "escalations/step_late"),
    Kind.LEGAL: (
        "escalations/notice_served",
        "escalations/legal_day",
        "escalations/restricted",
        "postmortems/counsel",
    ),
    Kind.DUTY: ("notifications/duty", "notifications/duty_over", "escalations/empty_nights"),
    Kind.YOURS: (
        "escalations/asked",
        "escalations/executive_named",
        "escalations/handed_over",
        "escalations/joined",
        "escalations/level_moved",
        "escalations/lowering_asked",
        "escalations/raising",
        "escalations/requested",
        "escalations/task",
        "escalations/task_replied",
        "escalations/task_silent",
        "escalations/threat",
        "escalations/words_wait",
        "teams/retired",
        "briefings/promised",
        "briefings/sent",
        "concessions/to_sign",
        "concessions/lot_counsel",
        "concessions/lot_to_sign",
        "rounds/asked",
        "rounds/nobody",
        "rounds/reminded",
        "rounds/silent",
        "postmortems/action",
        "postmortems/action_escalated",
        "postmortems/action_late",
        "postmortems/action_soon",
        "postmortems/again",
        "postmortems/back",
        "postmortems/due",
        "postmortems/invited",
        "postmortems/late",
        "postmortems/loss",
        "postmortems/loss_late",
        "postmortems/review",
        "postmortems/waiver",
        "postmortems/waiver_declined",
        "sponsorship/drafted",
        "sponsorship/panel",
        "sponsorship/line_late",
        "sponsorship/line_written",
        "sponsorship/sent",
    ),
    Kind.WORDS: (
        "rounds/stopped",
        "rounds/told",
        "statements/approved",
        "statements/withdrawn",
        "escalations/answered",
        "escalations/ask_taken_back",
        "escalations/commented",
        "escalations/mentioned",
        "postmortems/remark_settled",
        "postmortems/remarked",
    ),
    Kind.HOUSE: (
        "escalations/engine_late",
        "escalations/gaps",
        "handovers/left_behind",
        "webhooks/failing",
        "webhooks/given_up",
    ),
}
_KINDS = {name: kind for kind, names in _BY_NAME.items() for name in names}


@dataclass(frozen=True)
class Choice:
    """How a person wants to hear: ways by kind, minutes after midnight on their wall for the digest
    and the quiet hours, the number they are paged at, and the records they muted.
    """

    ways: Mapping[str, str] = field(default_factory=dict)
    digest_at: int = 8 * 60
    quiet_from: int | None = None
    quiet_until: int | None = None
    number: str = ""
    muted: frozenset[str] = frozenset()


def kind_of(template: str) -> Kind:
    """Give what a notice is about."""
    return _KINDS.get(template) or _BY_ROOM.get(template.partition("/")[0], Kind.NEWS)


def is_fixed(template: str, *, context: Mapping[str, Any]) -> bool:
    """Say whether a notice comes at once by mail, whatever somebody chose or muted."""
    grave = template in GRAVE_NEWS and context.get("severity") == GRAVE
    return kind_of(template) in FIXED or grave


def channel_of(
    template: str, *, context: Mapping[str, Any], record: str | None, choice: Choice
) -> Channel:
    """Give how a notice reaches a person: as they chose for its kind, in the portal alone where
    they muted its record, by mail where neither counts.
    """
    if template == DIGEST or is_fixed(template, context=context):
        return Channel.MAIL
    if record is not None and record in choice.muted:
        return Channel.PORTAL
    way = Way(choice.ways.get(kind_of(template), Way.MAIL))
    return {Way.MAIL: Channel.MAIL, Way.DIGEST: Channel.DIGEST, Way.PORTAL: Channel.PORTAL}[way]


def waits_for_quiet_to_end(template: str, *, context: Mapping[str, Any], why: str) -> bool:
    """Say whether quiet hours hold a mail back: not one about somebody's access or duty, and not
    what the ladder of an urgent case sends, for it has asked the roster already.
    """
    if why in {"duty", "security"} or kind_of(template) in {Kind.ACCESS, Kind.DUTY}:
        return False
    urgent = context.get("severity") == GRAVE or bool(context.get("urgent"))
    return not (kind_of(template) is Kind.CLOCKS and urgent)


def after_quiet(moment: datetime, *, zone: str, choice: Choice) -> datetime:
    """Give the first instant (UTC) from `moment` on that lies outside of somebody's quiet hours."""
    begin, end = choice.quiet_from, choice.quiet_until
    if begin is None or end is None or begin == end:
        return moment
    wall = moment.astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    within = begin <= minute < end if begin < end else (minute >= begin or minute < end)
    if not within:
        return moment
    days = 1 if begin > end and minute >= begin else 0
    there = datetime.combine(wall.date() + timedelta(days=days), at_minute(end))
    return from_local(there, zone).astimezone(UTC)


def digest_before(now: datetime, *, zone: str, choice: Choice) -> datetime:
    """Give the latest instant (UTC) up to `now` at which somebody's digest was due."""
    today = now.astimezone(ZoneInfo(zone)).date()
    due = (
        from_local(datetime.combine(day, at_minute(choice.digest_at)), zone).astimezone(UTC)
        for day in (today, today - timedelta(days=1))
    )
    return next(moment for moment in due if moment <= now)


def at_minute(minute: int) -> time:
    """Give the time of day, so many minutes after midnight."""
    return time(minute // 60, minute % 60)


def minute_of(given: time) -> int:
    """Give how many minutes after midnight a time of day is."""
    return given.hour * 60 + given.minute


def is_number(text: str) -> bool:
    """Say whether this can be called from anywhere: + and 7 to 15 digits (E.164)."""
    return (
        text.startswith("+")
        and text[1:].isascii()
        and text[1:].isdecimal()
        and 8 <= len(text) <= 16
    )


def unknown_ways(ways: Mapping[str, str]) -> Iterable[str]:
    """Give the kinds among some choices that nobody chooses, or whose way is none."""
    known, possible = {kind.value for kind in CHOSEN}, {way.value for way in Way}
    return [kind for kind, way in ways.items() if kind not in known or way not in possible]


def kind_word(kind: Kind) -> str:
    """Say what a kind of notice is about."""
    return str(
        {
            Kind.ACCESS: _("Your access: passwords"),
            Kind.CLOCKS: _("Clocks and steps that run out"),
            Kind.LEGAL: _("Formal notices, legal days, restricted cases"),
            Kind.DUTY: _("Your turns of duty"),
            Kind.YOURS: _("What is put into your hands or waits for your decision"),
            Kind.WORDS: _("Somebody named, answered or commented"),
            Kind.NEWS: _("What happens in your cases"),
            Kind.MONEY: _("Compensation: decisions and deliveries"),
            Kind.SPONSORSHIP: _("Sponsorship: decisions and ends"),
            Kind.POSTMORTEMS: _("Post-mortems: approved, published, done"),
            Kind.HOUSE: _("The installation: a late engine, gaps in policies"),
        }[kind]
    )


def rule_word(template: str, *, context: Mapping[str, Any]) -> str:
    """Say which rule sent a notice, and what can be chosen about it."""
    kind = kind_word(kind_of(template))
    if is_fixed(template, context=context):
        return str(_("“%(kind)s” always comes at once", kind=kind))
    return str(_("“%(kind)s”, as you chose", kind=kind))
