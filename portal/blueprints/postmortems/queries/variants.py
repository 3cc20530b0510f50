"""A post-mortem as somebody else will read it, shown to who writes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.access import Actor
from portal.core.errors import NotFound
from portal.core.money import Money

from .. import rules
from ..models import ActionState, FindingKind, Postmortem
from .reading import CaseLine, roles_of_people, seats
from .sheet import Sheet, sheet


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one reader reads of a post-mortem; what they do not read is not there."""

    variant: rules.Variant
    title: str
    summary: str
    surprise: str
    moments: Sequence[rules.Moment]
    causes: Sequence[tuple[str, str, Sequence[rules.WhyNode]]]
    findings: Sequence[tuple[FindingKind, Sequence[str]]]
    actions: Sequence[tuple[str, Any, str | None]]
    people: Sequence[str]
    cases: Sequence[CaseLine]
    cost: Money | None
    counsel: bool


def variants_for(row: Postmortem, *, viewer: Actor) -> list[rules.Variant]:
    """Give the variants of a post-mortem that somebody who sees it can look at."""
    found = [rules.Variant.INTERNAL, rules.Variant.CUSTOMER]
    if rules.Seat.COUNSEL in seats(row, by=viewer):
        found.append(rules.Variant.COUNSEL)
    return found


def variant(row: Postmortem, which: rules.Variant, *, viewer: Actor, now: datetime) -> Told:
    """Give a post-mortem as a reader reads it: the customer without internal notes, names of
    people and amounts, counsel with all of it. `NotFound` where it is not for the viewer.
    """
    shown = sheet(row, viewer=viewer, now=now)
    if shown.hidden or which not in variants_for(row, viewer=viewer):
        raise NotFound
    if which is rules.Variant.CUSTOMER:
        return _for_customer(row, shown)
    return Told(
        variant=which,
        title=shown.title,
        summary=shown.texts["summary"],
        surprise=shown.texts["surprise"],
        moments=shown.moments,
        causes=[(one.factor, one.text, one.whys) for one in shown.causes],
        findings=[(kind, [one.text for one in all_]) for kind, all_ in shown.findings.items()],
        actions=[(one.what, one.due_on, one.owner) for one in shown.actions],
        people=shown.people,
        cases=shown.cases,
        cost=shown.cost,
        counsel=which is rules.Variant.COUNSEL,
    )


def _for_customer(row: Postmortem, shown: Sheet) -> Told:
    roles = roles_of_people(row)
    return Told(
        variant=rules.Variant.CUSTOMER,
        title=rules.for_customer(shown.title, roles),
        summary=rules.for_customer(shown.texts["summary"], roles),
        surprise="",
        moments=rules.moments_for_customer(shown.moments, roles),
        causes=[(one.factor, rules.for_customer(one.text, roles), ()) for one in shown.causes],
        findings=(),
        actions=[
            (rules.for_customer(one.what, roles), one.due_on, None)
            for one in shown.actions
            if one.state is not ActionState.DROPPED
        ],
        people=(),
        cases=(),
        cost=None,
        counsel=False,
    )
