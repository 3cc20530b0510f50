"""What a portfolio report says: the customers of somebody or of a region, riskiest first."""

from dataclasses import dataclass
from datetime import date

from portal.core.money import Money

from .parts import Deadline, Issue, Reader
from .words import Band, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A customer in the report; what nobody recorded is None."""

    reference: str
    name: str
    owner: str | None = None
    band: Band | None = None
    score: int | None = None
    yearly: Money | None = None
    renewal: date | None = None
    open_cases: int | None = None
    severity: Severity | None = None
    late_promises: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """How many customers are in a band (None: not assessed), and their yearly revenue where it is
    known.
    """

    band: Band | None = None
    accounts: int = 0
    yearly: Money | None = None
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioCase:
    """A grave open case in the report."""

    reference: str
    customer: str
    severity: Severity
    what: str
    who: str | None = None
    due: Deadline | None = None
    ask: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioReport:
    """Everything a portfolio report says; `scope` is whose customers they are, in words. Amounts
    are in the house's currency; those in others without a rate count as not known.
    """

    issue: Issue
    reader: Reader
    reference: str
    scope: str
    accounts: int = 0
    yearly: Money | None = None
    at_risk: Money | None = None
    bands: tuple[BandLine, ...] = ()
    holdings: tuple[Holding, ...] = ()
    cases: tuple[PortfolioCase, ...] = ()
    grave: int = 0
    renewals: tuple[Holding, ...] = ()
    dated: date | None = None
