"""Whole briefings, made of parts."""

from dataclasses import dataclass, field
from datetime import date, datetime

from .parts import (
    Account,
    Answer,
    Ask,
    Case,
    Changes,
    Compensation,
    CustomerPerson,
    Issue,
    MoneyLine,
    Month,
    Promises,
    Quote,
    Reader,
    Situation,
    Source,
    Sponsorship,
    Strip,
    Value,
)
from .words import Severity, Trend, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBriefing:
    """Everything an account briefing says; page one decides, page two proves.

    `changes` is None for the reader's first issue; `will_not_offer` is None unless the edition may
    show it.
    """

    issue: Issue
    reader: Reader
    account: Account
    situation: Situation = field(default_factory=Situation)
    ask: Ask | None = None
    strip: Strip = field(default_factory=Strip)
    money: tuple[MoneyLine, ...] = ()
    quotes: tuple[Quote, ...] = ()
    promises: Promises = field(default_factory=Promises)
    changes: Changes | None = None
    will_not_offer: tuple[str, ...] | None = None
    value: Value | None = None
    revenue: tuple[Month, ...] = ()
    cases: tuple[Case, ...] = ()
    compensation: Compensation | None = None
    sponsorship: Sponsorship | None = None
    people: tuple[CustomerPerson, ...] = ()
    answers: tuple[Answer, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsBook:
    """Briefings on several accounts in one book, wanted for a `day` if one was named; how many
    customers the reader may not see any more stands in `issue.left_out`.
    """

    issue: Issue
    reader: Reader
    reference: str
    day: date | None = None
    accounts: tuple[AccountBriefing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationCase:
    """The case that an escalation briefing is about; `day` of `close_within` days."""

    reference: str
    severity: Severity | None = None
    trigger: Trigger | None = None
    day: int | None = None
    close_within: int | None = None
    trend: Trend | None = None
    legal_mode_since: date | None = None
    silence_limit: datetime | None = None
    last_heard_from_us: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationBriefing:
    """Everything an escalation briefing says, on one page."""

    issue: Issue
    reader: Reader
    account: Account
    case: EscalationCase
    situation: Situation = field(default_factory=Situation)
    ask: Ask | None = None
    strip: Strip = field(default_factory=Strip)
    money: tuple[MoneyLine, ...] = ()
    quotes: tuple[Quote, ...] = ()
    promises: Promises = field(default_factory=Promises)
    changes: Changes | None = None
    will_not_offer: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDelta(EscalationBriefing):
    """The same facts of a case, for half a page: what changed since its reader read of it last."""
