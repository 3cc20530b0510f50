"""Which severity the facts ask for, and who may lower one."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.calendar import Calendar
from portal.core.i18n import _
from portal.core.money import Money

from ..models import Level, Severity, Trigger
from .clocks import ends_at

ORDER = list(Severity)


@dataclass(frozen=True)
class SeverityFacts:
    """What a proposed severity rests on; money of both amounts is in the reporting currency."""

    at_stake: Money | None = None
    total_arr: Money | None = None
    formal_notice: bool = False
    demand_due: date | None = None
    today: date | None = None
    known_share: Decimal | None = None
    """The share as it was known at a moment that has passed."""

    @property
    def share(self) -> Decimal | None:
        """Give the share of total ARR that is at stake; None where one of the two is unknown."""
        if self.known_share is not None:
            return self.known_share
        if self.at_stake is None or self.total_arr is None or self.total_arr.amount <= 0:
            return None
        return Decimal(self.at_stake.amount) / Decimal(self.total_arr.amount)


@dataclass(frozen=True)
class Proposal:
    """A severity with the reasons for it, the one that decided first, ready for a person."""

    severity: Severity
    reasons: tuple[str, ...]
    executive: bool


def propose_severity(trigger: Trigger, facts: SeverityFacts, policy: SeverityPolicy) -> Proposal:
    """Propose a severity from trigger and facts under a policy; a person confirms or changes it."""
    base = next(Severity(row.severity) for row in policy.levels if trigger in row.triggers)
    label = policy.level(base).label
    calls = {base: _("The trigger alone makes it %(severity)s.", severity=_(label))}
    if trigger not in policy.never_above_e4:
        calls = _by_deadline(base, facts, policy) | calls
        calls |= _by_share(facts, policy) | _by_notice(facts, policy)
    worst = worst_of(*calls)
    ordered = sorted(calls, key=ORDER.index)
    executive = trigger in policy.executive_triggers or facts.formal_notice
    return Proposal(worst, tuple(calls[severity] for severity in ordered), executive)


def is_kept_below(trigger: Trigger, severity: Severity, policy: SeverityPolicy) -> bool:
    """Say whether a severity is graver than the policy lets a trigger be."""
    return trigger in policy.never_above_e4 and severity is not ORDER[-1]


def worst_of(*severities: Severity) -> Severity:
    """Give the gravest of some severities."""
    return min(severities, key=ORDER.index)


def is_lower(new: Severity, than: Severity) -> bool:
    """Say whether a severity is less grave than another."""
    return ORDER.index(new) > ORDER.index(than)


def lowering_objections(
    *, by_owner: bool, second_person: bool, second_is_other: bool, reason: str
) -> list[str]:
    """Say what is missing before a severity is lowered or executive level is left."""
    missing = []
    if not by_owner:
        missing.append(_("Only the owner lowers a severity."))
    if not second_person:
        missing.append(_("A second person has to agree: name them."))
    elif not second_is_other:
        missing.append(_("The second person must be somebody else than the owner."))
    if not reason.strip():
        missing.append(_("Say why it is less grave now."))
    return missing


def may_lower(*, by_owner: bool, second_person: bool, second_is_other: bool, reason: str) -> bool:
    """Say whether the owner, with a second person and a reason, lowers a severity."""
    return not lowering_objections(
        by_owner=by_owner,
        second_person=second_person,
        second_is_other=second_is_other,
        reason=reason,
    )


def cools_off_until(
    lowered_at: datetime, *, policy: SeverityPolicy, calendar: Calendar, zone: str
) -> datetime:
    """Give the end (UTC) of the time in which a lowered severity is restored by one click."""
    return ends_at(policy.cooling_off, lowered_at, calendar=calendar, zone=zone)


def leaves_executive(before: Level, after: Level) -> bool:
    """Say whether a change of level leaves the executive one."""
    return before is Level.EXECUTIVE and after is not Level.EXECUTIVE


def _by_deadline(
    base: Severity, facts: SeverityFacts, policy: SeverityPolicy
) -> dict[Severity, str]:
    """Raise by one step, to the policy's limit, when the demand is due soon."""
    if facts.demand_due is None or facts.today is None:
        return {}
    days = (facts.demand_due - facts.today).days
    raised = ORDER[max(ORDER.index(base) - 1, 0)]
    limit = Severity(policy.raise_at_most_to)
    if days > policy.raise_when_demand_due_within_days or is_lower(limit, raised):
        return {}
    return {raised: _("The customer's date is %(days)s days away or less.", days=str(max(days, 0)))}


def _by_share(facts: SeverityFacts, policy: SeverityPolicy) -> dict[Severity, str]:
    """Name each severity whose share of total ARR is exceeded."""
    share = facts.share
    if share is None:
        return {}
    percent = (share * 100).quantize(Decimal("0.1"))
    return {
        Severity(row.severity): _("%(share)s %% of total ARR is at stake.", share=str(percent))
        for row in policy.levels
        if row.arr_share_above is not None and share > row.arr_share_above
    }


def _by_notice(facts: SeverityFacts, policy: SeverityPolicy) -> dict[Severity, str]:
    """Name the severity of a formal notice."""
    if not facts.formal_notice:
        return {}
    return {Severity(policy.formal_notice_severity): _("A formal notice was given.")}
