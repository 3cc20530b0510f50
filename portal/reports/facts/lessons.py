"""What a post-mortem report says, to our own people or to the customer."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.core.money import Money

from .parts import Account, Issue, Reader
from .words import ActionState, LessonState, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One row of the timelines beside each other: a stamp (2026-11-09 05:40 or nothing), and what
    each of them says.
    """

    stamp: str
    happened: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    promised: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCase:
    """A case that a post-mortem covers."""

    reference: str
    title: str
    severity: Severity | None = None
    opened: datetime | None = None
    closed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseLine:
    """A contributing factor: from the taxonomy, in words, and the whys behind it, each after what
    it explains; `numbers` tell their branches (1, 1.1, 1.2), without any they are one chain.
    `weight` is 3 (decisive) to 1 (minor), None where nobody weighed it; `evidence` what shows it.
    """

    factor: str
    text: str
    weight: int | None = None
    evidence: str | None = None
    whys: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """What is done so that it does not happen again."""

    what: str
    state: ActionState
    due: date
    owner: str | None = None
    outcome: str | None = None
    verification: str | None = None
    priority: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemReport:
    """Everything a post-mortem report says; `for_customer` is the edition without internal notes,
    names or amounts. `missing` are what keeps it from approval, in the house's words.
    """

    issue: Issue
    reader: Reader
    account: Account
    reference: str
    state: LessonState
    title: str
    for_customer: bool = False
    summary: str | None = None
    surprise: str | None = None
    facilitator: str | None = None
    met_on: date | None = None
    approval_due: date | None = None
    published: date | None = None
    cases: tuple[LessonCase, ...] = ()
    moments: tuple[Moment, ...] = ()
    causes: tuple[CauseLine, ...] = ()
    well: tuple[str, ...] = ()
    badly: tuple[str, ...] = ()
    luck: tuple[str, ...] = ()
    actions: tuple[ActionLine, ...] = ()
    people: tuple[str, ...] = ()
    cost: Money | None = None
    missing: tuple[str, ...] = ()
    facts_only: bool = False
