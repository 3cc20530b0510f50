"""How a post-mortem is written: who leads it, who may do what, and words that name roles."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.models import EntryKind, Lane, PromiseState
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.postmortems.models import State
from portal.core.access import Role
from portal.core.i18n import _, show_date

LANES = ("what_happened", "what_customer_heard", "what_promised", "what_decided")
"""The four timelines, as their columns are called."""
TEXTS = ("title", "summary", "surprise", *LANES)
"""Every text of a post-mortem, as its column is called."""
UNFINISHED = (State.DUE, State.DRAFT, State.IN_REVIEW, State.APPROVED, State.WITH_COUNSEL)
WRITABLE = (State.DRAFT,)
FROZEN = (State.WITH_COUNSEL, State.WAIVED)
"""Where nothing moves: neither actions nor what came again."""
LONGEST_LINE = 300
HEARD = (EntryKind.EMAIL_OUT, EntryKind.CALL, EntryKind.MEETING)
DECIDED = (EntryKind.DECISION, EntryKind.STATUS)
LEADS_BY_ROLE = (Role.ESCALATION_MANAGER, Role.CSM, Role.SUPPORT)
"""Who is proposed to lead a post-mortem, the most fitting role first."""


class Right(StrEnum):
    """What somebody can do with a post-mortem now."""

    BEGIN = "begin"
    WRITE = "write"
    CONTRIBUTE = "contribute"
    COST = "cost"
    PEOPLE = "people"
    MEET = "meet"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    PUBLISH = "publish"
    ASK_WAIVER = "ask_waiver"
    WAIVE = "waive"
    CHOOSE = "choose"
    REMARK = "remark"
    SETTLE = "settle"


class Seat(StrEnum):
    """What somebody is to a post-mortem, by role or by name."""

    WRITER = "writer"
    FACILITATOR = "facilitator"
    PARTICIPANT = "participant"
    CONTRIBUTOR = "contributor"
    APPROVER = "approver"
    FINANCE = "finance"
    COUNSEL = "counsel"
    CASE_OWNER = "case_owner"
    WAIVER_ASKER = "waiver_asker"


PARTS = (*TEXTS, "causes", "findings", "actions")
"""What a remark can be about."""
REMARKABLE = (State.DRAFT, State.IN_REVIEW, State.APPROVED)
"""Where a draft is read and remarked on; what is published is final."""
COUNSELS = frozenset({Seat.COUNSEL, Seat.FACILITATOR})
"""Who reads what was written while it is with counsel."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who could lead a post-mortem; `leads` counts those under way."""

    id: int
    roles: frozenset[Role]
    away: bool
    leads: int


def facilitator(candidates: Iterable[Candidate], *, not_ids: Iterable[int | None]) -> int | None:
    """Propose who leads: not whose case or customer it is, by role, present, least busy first."""
    unfit = set(not_ids)

    def rank(person: Candidate) -> tuple[bool, int, int, int]:
        place = min(LEADS_BY_ROLE.index(role) for role in person.roles if role in LEADS_BY_ROLE)
        return (person.away, place, person.leads, person.id)

    fit = [p for p in candidates if p.id not in unfit and p.roles & set(LEADS_BY_ROLE)]
    return min(fit, key=rank).id if fit else None


def rights(state: State, seats: frozenset[Seat], *, waiver_asked: bool = False) -> frozenset[Right]:
    """Say what somebody can do with a post-mortem in a state; leaving it out takes two: one who
    asks, with a reason, and somebody of leadership who did not.
    """
    writes = bool(seats & {Seat.WRITER, Seat.FACILITATOR})
    approves = Seat.APPROVER in seats
    apart = approves and not seats & {Seat.FACILITATOR, Seat.CASE_OWNER}
    open_ = state in (State.DUE, State.DRAFT, State.IN_REVIEW)
    skippable = state in (State.DUE, State.DRAFT)
    holds = {
        Right.BEGIN: writes and state is State.DUE,
        Right.WRITE: state in WRITABLE and (writes or _takes_part(seats)),
        Right.CONTRIBUTE: state in WRITABLE and (writes or Seat.CONTRIBUTOR in seats),
        Right.COST: state in WRITABLE and (writes or Seat.FINANCE in seats),
        Right.PEOPLE: open_ and (writes or approves),
        Right.MEET: open_ and writes,
        Right.SUBMIT: writes and state is State.DRAFT,
        Right.SEND_BACK: (writes or approves) and state in (State.IN_REVIEW, State.APPROVED),
        Right.APPROVE: apart and state is State.IN_REVIEW,
        Right.PUBLISH: (writes or approves) and state is State.APPROVED,
        Right.ASK_WAIVER: (writes or approves) and skippable and not waiver_asked,
        Right.WAIVE: apart and skippable and waiver_asked and Seat.WAIVER_ASKER not in seats,
        Right.CHOOSE: Seat.COUNSEL in seats and state is State.WITH_COUNSEL,
        Right.REMARK: state in REMARKABLE
        or (state is State.WITH_COUNSEL and Seat.COUNSEL in seats),
        Right.SETTLE: state in REMARKABLE and (writes or _takes_part(seats)),
    }
    return frozenset(right for right, given in holds.items() if given)


def leads(seats: frozenset[Seat]) -> bool:
    """Say whether somebody leads: by writing, by name, or as leadership."""
    return bool(seats & {Seat.WRITER, Seat.FACILITATOR, Seat.APPROVER})


def judges(seats: frozenset[Seat]) -> bool:
    """Say whether somebody judges actions: who leads, and participants who contribute."""
    return leads(seats) or _takes_part(seats)


def _takes_part(seats: frozenset[Seat]) -> bool:
    """Say whether somebody was asked to take part and may contribute at all."""
    return {Seat.PARTICIPANT, Seat.CONTRIBUTOR} <= seats


def digest(text: str) -> str:
    """Give what a form remembers of the words it was opened with, however lines end."""
    return hashlib.sha256("\n".join(text.split("\r\n")).encode()).hexdigest()


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Find whole names of two words or more; a single word would mean too many things."""
    known = sorted({name for name in names if len(name.split()) > 1}, key=lambda n: (-len(n), n))
    if not known:
        return None
    found = "|".join(r"\s+".join(map(re.escape, name.split())) for name in known)
    return re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE)


def named_in(text: str, roles: Mapping[str, str]) -> list[str]:
    """Give the people (name → role) whom a text names, each once, in the order of the text."""
    pattern, known = _pattern(roles), {name.casefold(): name for name in roles}
    if pattern is None:
        return []
    hits = (" ".join(hit.split()).casefold() for hit in pattern.findall(text))
    return list(dict.fromkeys(known[hit] for hit in hits))


def without_names(text: str, roles: Mapping[str, str]) -> str:
    """Give a text that speaks of roles where it named people (name → role)."""
    pattern, known = _pattern(roles), {n.casefold(): role for n, role in roles.items()}
    if pattern is None:
        return text
    return pattern.sub(lambda hit: known[" ".join(hit.group().split()).casefold()], text)


def objections_to_names(
    texts: Mapping[str, str], *, roles: Mapping[str, str]
) -> tuple[Objection, ...]:
    """Say where a text (heading → words) names people: what is published speaks of roles."""
    found = []
    for heading, text in texts.items():
        for name in named_in(text, roles):
            message = _(
                "%(where)s names %(name)s: say “%(role)s” instead.",
                where=heading,
                name=name,
                role=roles[name],
            )
            found.append(Objection("named", message))
    return tuple(found)


@dataclass(frozen=True)
class Story:
    """Something of a case that a timeline may begin with: when it happened, when it was written
    down (both aware), a promise's end, and who did it.
    """

    at: datetime
    kind: EntryKind
    lane: Lane
    text: str
    promise: PromiseState | None = None
    due_at: datetime | None = None
    recorded_at: datetime | None = None
    settled_at: datetime | None = None
    who: str = ""


@dataclass(frozen=True)
class StoryLine:
    """A line of one of the four timelines."""

    lane: str
    at: datetime
    text: str


def story_lines(story: Iterable[Story], *, zone: str) -> dict[str, str]:
    """Give the four timelines as they begin: one line each, local day and time first."""
    found: dict[str, list[StoryLine]] = {lane: [] for lane in LANES}
    for item in story:
        text = _one_line(item.text)
        lane = lane_of(item)
        if lane is None:
            continue
        if item.promise is not None:
            text = f"{text} ({promise_words(item, zone=zone)})"
        found[lane].append(StoryLine(lane, item.at, text))
    return {lane: "\n".join(_written(found[lane], zone=zone)) for lane in LANES}


def lane_of(item: Story) -> str | None:
    """Say on which of the four timelines something stands; None where on none."""
    if item.promise is not None:
        return "what_promised"
    if item.kind in DECIDED:
        return "what_decided"
    if item.lane is Lane.CUSTOMER and item.kind in HEARD:
        return "what_customer_heard"
    if item.kind is EntryKind.PROMISE or item.lane is Lane.EXECUTIVE:
        return None
    return "what_happened"


def _written(lines: list[StoryLine], *, zone: str) -> list[str]:
    ordered = sorted(lines, key=lambda line: line.at)
    return [f"{stamp(line.at, zone=zone)}  {line.text}" for line in ordered]


def local_day(at: datetime, *, zone: str) -> date:
    """Give the day it is in a zone at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def stamp(at: datetime, *, zone: str) -> str:
    """Write a moment as every language reads it: 2026-06-17 10:05, local."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_LINE else f"{flat[: LONGEST_LINE - 1].rstrip()}…"


def _day_and_time(at: datetime, *, zone: str) -> str:
    return f"{show_date(local_day(at, zone=zone))}, {at.astimezone(ZoneInfo(zone)):%H:%M}"


def promise_words(item: Story, *, zone: str) -> str:
    """Say by when a promise was to be kept, and what became of it."""
    day = _day_and_time(item.due_at, zone=zone) if item.due_at else ""
    words = {
        PromiseState.OPEN: _("for %(day)s, still open", day=day),
        PromiseState.KEPT: _("for %(day)s, kept", day=day),
        PromiseState.BROKEN: _("for %(day)s, broken", day=day),
        PromiseState.RENEGOTIATED: _("for %(day)s, agreed anew", day=day),
    }
    return str(words[item.promise]) if item.promise else ""


@dataclass(frozen=True)
class Moment:
    """A row of the four timelines side by side: when, and what each of them says of it."""

    stamp: str
    lanes: tuple[tuple[str, ...], ...]

    @property
    def day(self) -> date | None:
        """Give the day of its stamp; None where somebody wrote none, or one that cannot be."""
        try:
            return date.fromisoformat(self.stamp[:10])
        except ValueError:
            return None


STAMP = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)\s+(.*)")


def side_by_side(texts: Mapping[str, str]) -> list[Moment]:
    """Put the four timelines beside each other by their times; a line without one belongs to the
    line before it, or stands at the top.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for lane in LANES:
        at = ""
        for line in texts.get(lane, "").splitlines():
            stamped = STAMP.match(line.strip())
            at, said = stamped.groups() if stamped else (at, line.strip())
            if said:
                found.setdefault(at, {}).setdefault(lane, []).append(said)
    return [
        Moment(at, tuple(tuple(said.get(lane, ())) for lane in LANES))
        for at, said in sorted(found.items())
    ]
