"""Shapes of accounts in the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from portal.core.api import Amount, Paging, Shape, When, Whole, Words

from ..models import Band, Lifecycle, Tier
from ..rules.quality import Fault

Name = Annotated[str, Words(200)]
Word = Annotated[str, Words(60, least=0)]
Margin = Annotated[str, Field(pattern=r"^-?[01](\.[0-9]{1,6})?$")]
Growth = Annotated[
    int,
    Field(ge=0, le=100, description="In % of today's yearly revenue; 100: it could double."),
    Whole,
]


class AccountsAsked(Paging):
    """Which accounts are asked for."""

    q: Annotated[str, Words(100, least=0)] = ""
    band: Band | None = None
    tier: Tier | None = None
    lifecycle: Lifecycle | None = None
    owner: Annotated[str, Field(pattern="^(me)?$", description="`me`: your own.")] = ""
    family: Annotated[
        str, Field(pattern=r"^(ACC-\d{1,12})?$", description="One account of the family.")
    ] = ""


class NewContract(Shape):
    """What the customer has signed."""

    number: Annotated[str, Words(80)]
    product: Annotated[str, Words(120, least=0)] = ""
    starts_on: date
    ends_on: date | None = None
    notice_days: Annotated[int, Field(ge=0, le=1100), Whole] | None = None
    arr: Amount | None = None


class NewAccount(Shape):
    """An account to make."""

    name: Name
    natural_person: bool = False
    segment: Word = ""
    industry: Annotated[str, Words(80, least=0)] = ""
    country: Annotated[str, Words(80, least=0)] = ""
    region: Word = ""
    language: Annotated[str, Field(pattern=r"^(en|fr|it)$")] = "en"
    zone: Annotated[str, Words(64, least=0)] = "Europe/Paris"
    currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")] = None
    customer_since: date | None = None
    gross_margin: Margin | None = None
    growth_potential: Growth | None = None
    growth_potential_on: date | None = None
    external_id: Annotated[str, Words(120)] | None = None
    parent: Annotated[str, Field(pattern=r"^ACC-\d{1,12}$")] | None = None
    contract: NewContract | None = None


class AccountEdit(Shape):
    """What to change of an account; what is not named stays, null empties what may be unknown."""

    name: Name | None = None
    natural_person: bool | None = None
    segment: Word | None = None
    industry: Annotated[str, Words(80, least=0)] | None = None
    country: Annotated[str, Words(80, least=0)] | None = None
    region: Word | None = None
    language: Annotated[str, Field(pattern=r"^(en|fr|it)$")] | None = None
    zone: Annotated[str, Words(64)] | None = None
    lifecycle: Lifecycle | None = None
    customer_since: date | None = None
    gross_margin: Margin | None = None
    growth_potential: Growth | None = None
    growth_potential_on: date | None = None
    success_plan_on: date | None = None
    reference_customer: bool | None = None
    logo: bool | None = None
    regulator_exposed: bool | None = None


class AccountOut(Shape):
    """An account; what the caller may not see is null."""

    reference: str
    version: int
    name: str
    natural_person: bool
    segment: str
    industry: str
    country: str
    region: str
    language: str
    zone: str
    lifecycle: str
    parent: str | None
    customer_since: date | None
    renewal_on: date | None
    notice_days: int | None
    tier: str | None
    arr: Amount | None
    gross_margin: Decimal | None
    growth_potential: int | None
    growth_potential_on: date | None
    success_plan_on: date | None
    reference_customer: bool
    logo: bool
    regulator_exposed: bool
    risk_band: str | None


class AccountLine(Shape):
    """An account in a list; what the caller may not see is null."""

    reference: str
    name: str
    natural_person: bool
    segment: str
    country: str
    lifecycle: str
    renewal_on: date | None
    tier: str | None
    arr: Amount | None
    risk_band: str | None


class AccountPage(Shape):
    """A page of accounts; `after` is the cursor of the next one, null on the last."""

    items: list[AccountLine]
    after: str | None


class ModelPart(Shape):
    """A part of a version: a segment (`*`: all of them) or `purchases`; `why` it was not fitted, or
    its parameters by name.
    """

    part: str
    customers: int
    parameters: dict[str, float]
    log_likelihood: float | None
    why: str | None


class ModelOut(Shape):
    """A version of the models of customer value."""

    number: int
    state: str
    history_until: date
    decided_at: datetime | None
    parts: list[ModelPart]


class ModelList(Shape):
    """The versions, the newest first."""

    items: list[ModelOut]


class MergeAsked(Shape):
    """Which account goes into the one of the address."""

    other: Annotated[str, Words(24)]


class MergeOut(Shape):
    """An account that went into another."""

    id: int
    reference: str
    into: str
    merged_at: datetime
    undone_at: datetime | None


class MergeList(Shape):
    """The merges into an account that hold, newest first."""

    items: list[MergeOut]


class NewSignal(Shape):
    """Something observed: what (`health`, `usage` and `payment_delay` count for risk), how much,
    when; its number in the other system, where it has one.
    """

    kind: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$")]
    value: Annotated[str, Field(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,8})?$")]
    observed_at: When
    external_id: Annotated[str, Words(120, least=0)] = ""


class NewSignals(Shape):
    """Signals of one account, from one source; what it sent before is corrected."""

    source: Annotated[str, Words(80)]
    signals: Annotated[list[NewSignal], Field(min_length=1, max_length=5_000)]


class NamedSignal(NewSignal):
    """A signal, and the account it is of: its reference, or its number in another system."""

    account: Annotated[str, Words(120)]


class SignalBatchIn(Shape):
    """Signals of many accounts, from one source; all are taken in, or none."""

    source: Annotated[str, Words(80)]
    signals: Annotated[list[NamedSignal], Field(min_length=1, max_length=5_000)]


class SignalsTaken(Shape):
    """What came of it: new ones, corrected ones, and those that were known already."""

    new: int
    changed: int
    same: int


class SignalBatchOut(SignalsTaken):
    """A batch that came in: when, from where, and what came of it."""

    at: datetime
    source: str


class SignalBatchList(Shape):
    """The last batches."""

    items: list[SignalBatchOut]


class SignalOut(Shape):
    """A signal of an account."""

    kind: str
    value: Decimal
    observed_at: datetime
    source: str
    external_id: str


class SignalList(Shape):
    """The last signals of an account, the newest first."""

    items: list[SignalOut]


class RateIn(Shape):
    """What one unit of `currency` was worth in `target` on a day."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    target: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    day: date
    rate: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,8})?$")]


class RatesIn(Shape):
    """A table of rates for a second person to publish."""

    source: Annotated[str, Words(80)]
    rates: Annotated[list[RateIn], Field(min_length=1, max_length=5_000)]


class RateLoadOut(Shape):
    """A table of rates: whether it waits, and how many are new or correct one that stands."""

    id: int
    state: str
    source: str
    new: int
    changed: int


class CountingRate(Shape):
    """The newest rate of a currency to the reporting currency; `counts` unless it is too old."""

    currency: str
    target: str
    day: date
    rate: Decimal
    source: str
    counts: bool


class RateBoard(Shape):
    """The rates of today, and the currencies of contracts for which none counts."""

    items: list[CountingRate]
    missing: list[str]


class FaultsAsked(Paging):
    """Which accounts: those with one fault."""

    fault: Fault = Fault.NO_OWNER


class FaultCount(Shape):
    """How many accounts have a fault."""

    fault: Fault
    count: int


class FaultOut(Shape):
    """An account with a fault; `twin` is the account it is likely the same as, `signed_in` another
    currency than its own in which a contract that runs was signed.
    """

    reference: str
    name: str
    owner: str | None
    starts_on: date | None
    renewal_on: date | None
    currency: str
    signed_in: str | None
    twin: str | None


class FaultList(Shape):
    """How many accounts have which fault, and a page of those with the one asked for, by name."""

    counts: list[FaultCount]
    items: list[FaultOut]
    after: str | None
