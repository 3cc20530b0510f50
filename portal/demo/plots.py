"""What can happen at a customer: why, how grave, and what everybody says, in three languages."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.escalations.models import Channel, Problem, Resolution, Trigger

WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Plot:
    """A kind of trouble: what it is about, and how it ended when it ended well."""

    key: str
    problem: Problem
    channel: Channel
    title: str
    end: str
    resolution: Resolution = Resolution.FIX
    trigger: Trigger | None = None
    promise: PromiseKind = PromiseKind.ACTION
    only: frozenset[str] = frozenset()


P, C, R = Problem, Channel, Resolution
WATCHED = frozenset({"banking", "insurance", "health care", "utilities", "pharmaceuticals"})
PLOTS = (
    Plot(
        "stop",
        P.OUTAGE,
        C.PHONE,
        "Order release stopped before the early shift",
        "Index rebuilt online and the migration rehearsed on a copy of their data; no stop since.",
    ),
    Plot(
        "invoice",
        P.BILLING,
        C.EMAIL,
        "Wrong invoice for the third month running",
        "Two credit notes issued, the closed site taken off the plan, one name answers for invoices.",
    ),
    Plot(
        "release",
        P.UNDELIVERED_OR_DEFECTIVE,
        C.TICKET,
        "Labels unreadable after the release",
        "Former label format restored; samples go out seven days before each release.",
        trigger=Trigger.SLA_BREACH,
    ),
    Plot(
        "price",
        P.PRICE,
        C.MEETING,
        "Renewal price refused, a competitor has made an offer",
        "Renewed for two years after the two growing lines were explained and one was halved.",
        resolution=R.CONCESSION,
        promise=PromiseKind.MEETING,
    ),
    Plot(
        "silence",
        P.SERVICE_CONDUCT,
        C.EMAIL,
        "Tickets unanswered for nine days",
        "Backlog answered, a call every Friday for four weeks; the customer ended the calls.",
        trigger=Trigger.INACTIVITY,
        promise=PromiseKind.INFORMATION,
    ),
    Plot(
        "leak",
        P.OTHER,
        C.PHONE,
        "Foreign order lines in an export",
        "One file, destroyed by the receiver; the export now checks the tenant of every line.",
        promise=PromiseKind.INFORMATION,
    ),
    Plot(
        "lawyer",
        P.UNDELIVERED_OR_DEFECTIVE,
        C.LETTER,
        "Lawyers write about the interface that never came",
        "Interface delivered and accepted; their lawyers closed the file without further claims.",
    ),
    Plot(
        "golive",
        P.UNDELIVERED_OR_DEFECTIVE,
        C.MEETING,
        "Go-live moved for the third time",
        "Live on the agreed Monday; two weeks of hypercare ended without an open point.",
        trigger=Trigger.CUSTOMER_DEADLINE,
    ),
    Plot(
        "regulator",
        P.OUTAGE,
        C.LETTER,
        "Outage reported to the supervisory authority",
        "The authority accepted the incident report; the continuity test was done together.",
        promise=PromiseKind.INFORMATION,
        only=WATCHED,
    ),
    Plot(
        "feature",
        P.FEATURE_GAP,
        C.MEETING,
        "A function shown before signing never came",
        "Hourly stock table in use; the customer accepted it until the function itself is there.",
        resolution=R.WORKAROUND,
        promise=PromiseKind.ACTION,
    ),
    Plot(
        "conduct",
        P.SERVICE_CONDUCT,
        C.EMAIL,
        "Complaint to the board about our tone",
        "Apology made on site; the new contact was accepted by the team.",
        promise=PromiseKind.MEETING,
    ),
    Plot(
        "press",
        P.OUTAGE,
        C.PHONE,
        "A newspaper asks about empty shelves",
        "Joint statement published; two weekends of opening passed without a stop.",
        only=frozenset({"retail", "food", "leisure"}),
    ),
    Plot(
        "again",
        P.OUTAGE,
        C.TICKET,
        "The same error as last spring",
        "Second place of the cause corrected; four weeks without the error, confirmed by them.",
        trigger=Trigger.RECURRENCE,
    ),
    Plot(
        "chance",
        P.OTHER,
        C.PHONE,
        "The board wants the other plants, too",
        "Offer explained to the board; the roll-out begins with the next quarter.",
        trigger=Trigger.OPPORTUNITY,
        promise=PromiseKind.INFORMATION,
    ),
)


@cache
def lines(name: str) -> dict[str, Any]:
    """Read one of the files of words: a language, or `talk`."""
    return tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8"))


def said(plot: Plot, language: str) -> dict[str, Any]:
    """Give what customer and owner say in a plot, in a language."""
    found: dict[str, Any] = lines(language)[plot.key]
    return found


def filled(text: str, **slots: object) -> str:
    """Fill the slots of a text that it has."""
    for key, value in slots.items():
        text = text.replace("{" + key + "}", str(value))
    return text
