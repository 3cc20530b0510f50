"""What a compensation memo says to those who sign."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.core.money import Money

from .parts import Account, Deadline, Issue, Quote, Reader
from .words import Ground, MemoState, Seat, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoPart:
    """One part of an offer: its ground, what they get, what proves it, value to them, cost to
    us.
    """

    ground: Ground
    what: str
    evidence: str | None = None
    face: Money
    cost: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A comparable decision by the gesture in it; without a reference where the reader may not see
    it.
    """

    face: Money
    day: date
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthLevel:
    """What the customer is worth at one level, and by how many points the offer must raise
    retention to pay.
    """

    value: Money | None = None
    points: Decimal | None = None
    can_pay: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Break-even at the low, base and high three-year value."""

    low: WorthLevel = field(default_factory=WorthLevel)
    base: WorthLevel = field(default_factory=WorthLevel)
    high: WorthLevel = field(default_factory=WorthLevel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A signature on the path: whose it is, why it is needed, who gave it and when."""

    seat: Seat
    why: str
    who: str | None = None
    on: Deadline | None = None
    now: bool = False
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a rule of the policy says against the offer; one that `stops` forbids it."""

    text: str
    stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """The policy's recommendation: for named approvers and the executive owner alone."""

    low: Money
    target: Money
    high: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationMemo:
    """Everything a compensation memo says; `recommended` and `not_offered` are None in editions
    that may not show them; `taxes` say how each form is taxed, `revenue` what revenue accounting
    says, both in the reader's language; `draws` is what the offer takes of the region's budget, in
    its currency; `liability_cap`, `sole_remedy` and `governing_law` are the contract's, None where
    they are not recorded.
    """

    issue: Issue
    reader: Reader
    account: Account
    reference: str
    state: MemoState
    case_reference: str | None = None
    severity: Severity | None = None
    requested_by: str | None = None
    requested_on: date | None = None
    answer_by: Deadline | None = None
    lapses: Deadline | None = None
    why: str | None = None
    apology: str | None = None
    fix: str | None = None
    product: str | None = None
    parts: tuple[MemoPart, ...] = ()
    face: Money | None = None
    cost: Money | None = None
    proven_loss: Money | None = None
    still_owed: Money | None = None
    recommended: Recommended | None = None
    not_offered: tuple[str, ...] | None = None
    precedents: tuple[Precedent, ...] = ()
    median: Money | None = None
    gesture: Money | None = None
    worth: Worth | None = None
    path: tuple[Signing, ...] = ()
    given: Money | None = None
    budget: Money | None = None
    budget_left: Money | None = None
    objections: tuple[Objection, ...] = ()
    insurer: bool | None = None
    policy: int | None = None
    taxes: tuple[str, ...] = ()
    revenue: str | None = None
    draws: Money | None = None
    liability_cap: Money | None = None
    sole_remedy: str | None = None
    governing_law: str | None = None
    quotes: tuple[Quote, ...] = ()
