"""Shapes of risk, for programs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from portal.blueprints.accounts.models import Band
from portal.core.api import Amount, Paging, Shape, Whole, Words

from .models import ChanceBasis, HardRule, Stage, WorkKind
from .rules import PredictionVerdict

Step = Annotated[int, Field(ge=1, le=5), Whole]


class AccountsAsked(Paging):
    """Which accounts: of a segment, a region, or a quarter of renewal as in 2026-Q3."""

    segment: Annotated[str, Words(60, least=0)] = ""
    region: Annotated[str, Words(60, least=0)] = ""
    quarter: Annotated[str, Words(8, least=0)] = ""


class RiskLine(Shape):
    """An account with its score; `yearly` is its revenue under contract, reporting currency."""

    account: str
    name: str
    score: int
    band: Band
    tier: str | None
    yearly: Amount
    renewal_on: date | None


class RiskList(Shape):
    """A page of accounts, the highest score first."""

    items: list[RiskLine]
    after: str | None


class PartOut(Shape):
    """A factor: what was measured (null: nothing is known) and its points of 100."""

    name: str
    measure: str | None
    points: str


class RiskOut(Shape):
    """An account's score and its factors; `green_by` names those to settle for it to be green."""

    account: str
    score: int
    band: Band
    rule: HardRule | None
    policy: int
    reckoned_at: datetime
    parts: list[PartOut]
    green_by: list[str]
    judged: Band | None
    judged_because: str | None


class EntriesAsked(Paging):
    """Which risks: of one stage, or those that are worked on."""

    stage: Stage | None = None


class EntryIn(Shape):
    """A risk of an account; likelihood and impact from 1 to 5."""

    account: Annotated[str, Words(24)]
    title: Annotated[str, Words(200)]
    likelihood: Step
    impact: Step
    review_on: date
    plan: Annotated[str, Words(2000, least=0)] = ""


class MoveIn(Shape):
    """To which stage a risk comes, and why."""

    stage: Stage
    why: Annotated[str, Words(400)]


class EntryOut(Shape):
    """A risk of the register; `expected_loss` is null where the account's value is unknown."""

    reference: str
    account: str
    title: str
    likelihood: int
    impact: int
    stage: Stage
    days_in_stage: int
    expected_loss: Amount | None
    review_on: date


class EntryList(Shape):
    """A page of the register, the next review first."""

    items: list[EntryOut]
    after: str | None


class PredictionsAsked(Paging):
    """Which predictions: of one account, of one verdict; `hit` is a loss that was warned of."""

    account: Annotated[str, Words(24, least=0)] = ""
    verdict: PredictionVerdict | None = None


class PredictionOut(Shape):
    """What was said of an account on a day about its loss until another, and what became of it;
    `chance` is null where nothing says it, `lost` until the day has come, `worked_on` for who may
    not read of compensation.
    """

    account: str
    made_on: date
    due_on: date
    score: int
    band: Band
    chance: str | None
    basis: ChanceBasis | None
    policy: int
    settled_on: date | None
    lost: bool | None
    worked: bool
    worked_on: WorkKind | None
    verdict: PredictionVerdict


class PredictionList(Shape):
    """A page of predictions, the last first."""

    items: list[PredictionOut]
    after: str | None


class PredictionQuality(Shape):
    """How good the predictions of a group of accounts were; figures are null where there are too
    few accounts, or too few lost or kept, to tell.
    """

    predictions: int
    accounts: int
    accounts_lost: int
    hits: int
    misses: int
    false_alarms: int
    quiet: int
    with_chance: int
    losses_warned_of: str | None
    warnings_come_true: str | None
    brier: str | None
    brier_error: str | None
    brier_of_the_average: str | None


class QuarterQuality(Shape):
    """The same of the predictions that fell due in a quarter, as in 2026-Q3."""

    quarter: str
    quality: PredictionQuality


class PredictionRecord(Shape):
    """How good predictions were: of all accounts, of those left alone, of those worked on, and by
    quarter.
    """

    every: PredictionQuality
    left_alone: PredictionQuality
    worked_on: PredictionQuality
    quarters: list[QuarterQuality]
    still_open: int
