"""Shapes of accounts in the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from portal.core.api import Amount, Paging, Shape, Whole, Words

from .models import Band, Lifecycle, Tier

Name = Annotated[str, Words(200)]
Word = Annotated[str, Words(60, least=0)]


class AccountsAsked(Paging):
    """Which accounts are asked for."""

    q: Annotated[str, Words(100, least=0)] = ""
    band: Band | None = None
    tier: Tier | None = None
    lifecycle: Lifecycle | None = None
    owner: Annotated[str, Field(pattern="^(me)?$", description="`me`: your own.")] = ""


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
    gross_margin: Annotated[str | None, Field(pattern=r"^-?[01](\.[0-9]{1,6})?$")] = None
    external_id: Annotated[str, Words(120)] | None = None
    contract: NewContract | None = None


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
    customer_since: date | None
    renewal_on: date | None
    notice_days: int | None
    tier: str | None
    arr: Amount | None
    gross_margin: Decimal | None
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


class ImportFault(Shape):
    """A wrong row of an import."""

    line: int
    column: str
    value: str
    reason: str


class ImportLeft(Shape):
    """What an undone import had to leave: the fields that somebody changed since; none: all of
    it.
    """

    reference: str
    external_id: str
    fields: list[str]


class ImportLine(Shape):
    """An import in the list: counts alone."""

    id: int
    file: str
    mapping: str
    dry_run: bool
    state: str
    started_at: datetime
    ended_at: datetime | None
    read: int
    bad: int
    new: int
    changed: int
    undone: int
    left: int


class ImportPage(Shape):
    """The newest imports."""

    items: list[ImportLine]


class ImportOut(ImportLine):
    """An import, with its first wrong rows and what its undoing left."""

    digest: str
    basis: str | None
    why_refused: str
    total: int | None
    written: int
    issues: list[ImportFault]
    stayed: list[ImportLeft]


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
