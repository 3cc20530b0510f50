"""What papers on executive sponsorship say: the sponsor's brief and the panel's dossier."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.core.money import Money

from .parts import Account, Case, Contact, CustomerPerson, Issue, Promises, Quote, Reader, Strip
from .words import LaneKind, NominationState, SponsorshipState, TouchState


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A touchpoint that was planned or held, with what was noted of it."""

    state: TouchState
    planned: date
    held: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that happened since the sponsor last met the customer."""

    on: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorBrief:
    """Everything a sponsor's brief says before a touchpoint, on one page; `dont` and `duties` are
    the charter's, point by point.
    """

    issue: Issue
    reader: Reader
    account: Account
    reference: str
    lane: LaneKind
    state: SponsorshipState
    outcome: str
    sponsor: str
    starts: date
    ends: date
    held: int = 0
    hours: int | None = None
    next_touch: date | None = None
    touches: tuple[Touch, ...] = ()
    executive: CustomerPerson | None = None
    strip: Strip = field(default_factory=Strip)
    contact: Contact | None = None
    quotes: tuple[Quote, ...] = ()
    promises: Promises = field(default_factory=Promises)
    cases: tuple[Case, ...] = ()
    news: tuple[News, ...] = ()
    dont: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    charter: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionLine:
    """An entry criterion: `met` is None where data is missing, which counts as not met."""

    name: str
    met: bool | None = None
    evidence: str | None = None
    threshold: str | None = None
    needed: str | None = None
    source: str | None = None
    dated: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """Points of a factor of the score, of so many; None where nothing is recorded. `source` is the
    record that says it, `dated` the day of that.
    """

    name: str
    of: Decimal
    points: Decimal | None = None
    source: str | None = None
    dated: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who could sponsor: how well they fit, how many accounts they look after, and what
    forbids it.
    """

    name: str
    title: str | None = None
    points: Decimal | None = None
    accounts: int = 0
    places: int = 0
    against: str | None = None
    proposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationDossier:
    """Everything a panel reads before it admits a customer to sponsorship."""

    issue: Issue
    reader: Reader
    account: Account
    reference: str
    lane: LaneKind
    state: NominationState
    case_reference: str | None = None
    outcome: str | None = None
    why: str | None = None
    expertise: tuple[str, ...] = ()
    author: str | None = None
    sent: date | None = None
    score: Decimal | None = None
    answer: NominationState | None = None
    executive: CustomerPerson | None = None
    strip: Strip = field(default_factory=Strip)
    criteria: tuple[CriterionLine, ...] = ()
    score_parts: tuple[ScorePart, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    taken: int = 0
    places: int = 0
    yearly: Money | None = None
    cases: tuple[Case, ...] = ()
    promises: Promises = field(default_factory=Promises)
    policy: int | None = None
    reason: str | None = None
