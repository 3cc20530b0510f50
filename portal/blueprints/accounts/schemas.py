"""Shapes of accounts in the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape

Name = Annotated[str, Field(min_length=1, max_length=200)]
Word = Annotated[str, Field(max_length=60)]


class Amount(Shape):
    """Money: an exact decimal as text, and its ISO 4217 currency."""

    amount: Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,4})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class NewContract(Shape):
    """What the customer has signed."""

    number: Annotated[str, Field(min_length=1, max_length=80)]
    product: Annotated[str, Field(max_length=120)] = ""
    starts_on: Annotated[date, Field(strict=False)]
    ends_on: Annotated[date | None, Field(strict=False)] = None
    notice_days: Annotated[int | None, Field(ge=0, le=1100)] = None
    arr: Amount | None = None


class NewAccount(Shape):
    """An account to make."""

    name: Name
    natural_person: bool = False
    segment: Word = ""
    industry: Annotated[str, Field(max_length=80)] = ""
    country: Annotated[str, Field(max_length=80)] = ""
    region: Word = ""
    language: Annotated[str, Field(pattern=r"^(en|fr|it)$")] = "en"
    zone: Annotated[str, Field(max_length=64)] = "Europe/Paris"
    currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")] = None
    customer_since: Annotated[date | None, Field(strict=False)] = None
    gross_margin: Annotated[str | None, Field(pattern=r"^-?[01](\.\d{1,6})?$")] = None
    external_id: Annotated[str | None, Field(min_length=1, max_length=120)] = None
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
