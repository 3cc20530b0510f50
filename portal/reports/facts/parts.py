"""The parts of a briefing: frozen values; `None` always means "not known", a zero is a zero."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.core.money import Money

from .words import (
    Band,
    ChangeKind,
    Channel,
    Classification,
    ContactRole,
    LaneKind,
    MoneyKind,
    Problem,
    PromiseState,
    Sentiment,
    Severity,
    SponsorshipState,
    Trend,
    Trigger,
)

Deadline = date | datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who a paper is for; addressed by name and title only, so nothing says a gender."""

    name: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What stands on every sheet: number, time, organisation, classification.

    `zone` is the IANA zone in which the reader sees times. `final` asks for the final look, which
    `lint` may refuse. `annex` asks for pages behind the last that hold whole what is too long for
    its place. `classification_words` are the organisation's own; `legend` is set by
    counsel alone, on this one document. `verify_at` is host and path of the verification page,
    without scheme. `left_out` counts what the reader may not see. `locale`, `paper`, `audience` and
    `template` are all else that the printed bytes depend on: language, sheet, whose edition it is,
    and the version of the sheets that it was made with.
    """

    reference: str
    number: int
    issued_at: datetime
    zone: str
    organisation: str
    classification: Classification = Classification.CONFIDENTIAL
    classification_words: str | None = None
    legend: str | None = None
    final: bool = True
    annex: bool = False
    verify_at: str | None = None
    left_out: int = 0
    locale: str | None = None
    paper: str = "A4"
    audience: str = "executive"
    template: int = 1

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"zone {self.zone!r:.40} is not known") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose paper it is; the identity line is made of the parts that are known."""

    reference: str
    name: str
    industry: str | None = None
    region: str | None = None
    customer_since: date | None = None
    reference_customer: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Parts of the one sentence: who does or threatens what, why, by when, and what is at stake.

    `who` is a person of the customer (None: "the customer"); `because` is the owner's short clause
    in the paper's language, `problem` stands in its place where there is none; `impact` is the
    owner's clause in another language (`impact_language`), quoted beside the sentence; `at_stake`
    is yearly revenue of distinct contracts; `claimed` is a sum that the customer
    demands.
    """

    trigger: Trigger | None = None
    who: str | None = None
    because: str | None = None
    problem: Problem | None = None
    impact: str | None = None
    impact_language: str | None = None
    deadline: Deadline | None = None
    at_stake: Money | None = None
    claimed: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to decide: consequence, cost in money or effort in words, and until when it can be
    had.
    """

    label: str
    title: str
    consequence: str | None = None
    cost: Money | None = None
    effort: str | None = None
    cover: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The decision asked of the reader, or of somebody else whom `of` names; `recommended` is an
    option's label, `language` the one it was put in where that is not the paper's.
    """

    question: str
    options: tuple[Option, ...] = ()
    recommended: str | None = None
    deadline: Deadline | None = None
    if_nothing: str | None = None
    language: str | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The next contact with the customer: when, by whom, with whom, how."""

    when: Deadline
    ours: str | None = None
    theirs: str | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One contribution to the risk score, in points, with what moves it and where that is known
    from.
    """

    name: str
    points: int
    because: str | None = None
    source: str | None = None
    dated: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Score 0-100 (0 calm) with its band; the owner's differing judgement stands beside it, never
    merged.
    """

    score: int
    band: Band
    dated: date | None = None
    policy: str | None = None
    owner_score: int | None = None
    owner_reason: str | None = None
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The four things always in sight: owner (and CSM), next contact, risk, renewal (and last day
    of notice). Where no risk is assessed, the gravest open case stands in its place: its severity,
    and which day of how many it is.
    """

    owner: str | None = None
    csm: str | None = None
    next_contact: Contact | None = None
    risk: Risk | None = None
    severity: Severity | None = None
    day: int | None = None
    close_within: int | None = None
    renewal: date | None = None
    notice_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """An amount at stake with its source and day; `text` replaces the words of `kind`.

    `low` and `high` are a range about the amount; `part` marks a part of the line above.
    """

    kind: MoneyKind | None = None
    text: str | None = None
    amount: Money | None = None
    low: Money | None = None
    high: Money | None = None
    source: str | None = None
    dated: date | None = None
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The customer's own words in their own language (BCP 47), and who said them, when and how."""

    text: str
    language: str
    who: str | None = None
    role: str | None = None
    when: Deadline | None = None
    channel: Channel | None = None
    translation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseLine:
    """One promise: state, what was said, by whom, due when; `note` says how it ended."""

    state: PromiseState
    what: str
    who: str | None = None
    due: Deadline | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """The counts over all promises since `since`, and the lines to show (any order)."""

    kept: int = 0
    open: int = 0
    broken: int = 0
    renegotiated: int = 0
    since: date | None = None
    lines: tuple[PromiseLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; which of the fields count depends on the kind. `subject` and `note` are
    people's words.
    """

    kind: ChangeKind
    subject: str | None = None
    money_kind: MoneyKind | None = None
    before: Money | None = None
    after: Money | None = None
    score_before: int | None = None
    score_after: int | None = None
    day_before: Deadline | None = None
    day_after: Deadline | None = None
    severity_before: Severity | None = None
    severity_after: Severity | None = None
    trend_before: Trend | None = None
    trend_after: Trend | None = None
    sentiment_before: Sentiment | None = None
    sentiment_after: Sentiment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed since the issue that this reader read last."""

    since_number: int
    read_at: datetime
    items: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What the customer is worth, with every input: rates are fractions (0.10 is 10 %).

    `contracted_may_leave` is the part of the contracted remaining that an early exit clause can
    end; `low` and `high` are the 10 % and 90 % points; `retention_source` names the survival model
    and its data; `conversion` says which exchange rate was used, if any.
    """

    dated: date | None = None
    tier: str | None = None
    percentile: int | None = None
    revenue_to_date: Money | None = None
    last_12_months: Money | None = None
    basis: str | None = None
    contracted_firm: Money | None = None
    contracted_may_leave: Money | None = None
    clv_low: Money | None = None
    clv_base: Money | None = None
    clv_high: Money | None = None
    horizon_years: int | None = None
    discount: Decimal | None = None
    margin: Decimal | None = None
    retention_source: str | None = None
    conversion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Revenue of one month, named by its first day; all months of a briefing have one currency and
    basis.
    """

    month: date
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An open case or matter: reference, what it is, who has it, when it moves next."""

    reference: str
    what: str
    severity: Severity | None = None
    who: str | None = None
    due: Deadline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """What was given since `since`: grounds apart, never added up, face value to the customer."""

    since: date | None = None
    dated: date | None = None
    owed: Money | None = None
    direct_loss: Money | None = None
    effort: Money | None = None
    goodwill: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsorship:
    """The sponsor, if any, and the last and next touch."""

    state: SponsorshipState
    lane: LaneKind
    sponsor: str | None = None
    until: date | None = None
    last_touch: date | None = None
    next_touch: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPerson:
    """Somebody who counts at the customer's, where they stand, and what they need to hear."""

    name: str
    title: str | None = None
    role: ContactRole | None = None
    sentiment: Sentiment | None = None
    must_hear: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question the customer is likely to ask, with the answer that was cleared, by whom and
    when.
    """

    question: str
    answer: str
    cleared_by: str | None = None
    cleared_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where facts come from and how fresh they are."""

    name: str
    dated: date | None = None
    note: str | None = None
