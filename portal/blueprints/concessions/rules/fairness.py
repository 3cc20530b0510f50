"""Whether an offer fits the harm, what was given to others, and what it can bring back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median

from portal.blueprints.accounts.rules import Objection
from portal.blueprints.accounts.rules.checks import objections_to_money
from portal.blueprints.concessions.models import Form, Ground
from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.core.i18n import _
from portal.core.money import Money

from .request import Background, Recommendation, Request, assessed, counted, in_policy_currency

WORDLESS = frozenset({Form.APOLOGY_ONLY, Form.ROADMAP_COMMITMENT})
"""What may be given without an amount."""


def harm_ratio(request: Request, *, policy: CompensationPolicy) -> Decimal | None:
    """Give the whole face value ÷ what the harm was assessed at; None without a documented loss."""
    basis = assessed(request.harm, policy=policy)
    if basis.direct_loss.amount <= 0:
        return None
    face = in_policy_currency(request.face(), request, policy=policy)
    return Decimal(face.amount / basis.total.amount)


def over_leadership_mark(request: Request, *, policy: CompensationPolicy) -> bool:
    """Say whether leadership must sign too, because the offer lies far above documented harm."""
    ratio = harm_ratio(request, policy=policy)
    return ratio is not None and ratio > policy.leadership_above


def objections(
    request: Request, *, background: Background, policies: Sequence[CompensationPolicy]
) -> tuple[Objection, ...]:
    """Say what speaks against a request under the policies given; those that stop come first.

    Pass the policy of the request and the one in force: each objection of either is raised once.
    """
    malformed = _malformed(request, policy=policies[-1])
    if malformed:
        return tuple(malformed)
    found: dict[str, Objection] = {}
    for policy in policies:
        raised = [
            *_against_harm(request, policy=policy),
            *_against_caps(request, background=background, policy=policy),
            *_about_value(request, policy=policy),
        ]
        for objection in raised:
            found.setdefault(objection.code, objection)
    return tuple(sorted(found.values(), key=lambda one: not one.stops))


def _malformed(request: Request, *, policy: CompensationPolicy) -> list[Objection]:
    """Say what makes the parts no amounts that could be given."""
    found: list[Objection] = []
    for part in request.parts:
        if part.amount.currency.code != request.currency:
            message = _("All parts of a request are in one currency.")
            found.append(Objection("currencies", message, "currency"))
            continue
        found += objections_to_money(
            part.face, field="amount", largest=policy.largest_amount, factor=request.rate
        )
        if not found and (part.amount.amount < 0 or part.periods < 1):
            message = _("An amount and its number of periods must be above zero.")
            found.append(Objection("negative", message, "amount"))
    words_only = request.termination_right or any(part.form in WORDLESS for part in request.parts)
    if not found and not words_only and all(part.face.amount == 0 for part in request.parts):
        message = _("Nothing is asked for: name an amount, or choose an apology alone.")
        found.append(Objection("nothing", message, "amount"))
    return found


def _against_harm(request: Request, *, policy: CompensationPolicy) -> list[Objection]:
    """Hold each ground against the harm that it rests on."""
    basis, found = assessed(request.harm, policy=policy), []

    def asked(ground: Ground) -> Money:
        return in_policy_currency(request.face(ground), request, policy=policy)

    if asked(Ground.OWED) > basis.owed:
        message = _("More than the contract owes: put the rest on another ground.")
        found.append(Objection("above_owed", message, "owed"))
    if asked(Ground.DIRECT_LOSS) > basis.direct_loss:
        message = _("More than the loss that is documented: add proof, or choose another ground.")
        found.append(Objection("loss_without_proof", message, "direct_loss"))
    if asked(Ground.EFFORT) > basis.inconvenience:
        message = _("More than the tariff for inconvenience: put the rest under goodwill.")
        found.append(Objection("above_tariff", message, "effort"))
    ratio = harm_ratio(request, policy=policy)
    if ratio is not None and ratio > policy.leadership_above:
        message = _(
            "The offer is %(percent)s %% of the assessed harm: leadership signs too.",
            percent=_percent(ratio),
        )
        found.append(Objection("leadership_added", message, "amount", stops=False))
    elif ratio is not None and ratio > policy.warn_above:
        message = _("The offer is %(percent)s %% of the assessed harm.", percent=_percent(ratio))
        found.append(Objection("above_harm", message, "amount", stops=False))
    return found


def _against_caps(
    request: Request, *, background: Background, policy: CompensationPolicy
) -> list[Objection]:
    """Hold goodwill against a month's fee, the whole against liability cap and budget."""
    found = []
    goodwill = in_policy_currency(request.face(Ground.GOODWILL), request, policy=policy)
    no_loss = assessed(request.harm, policy=policy).direct_loss.amount <= 0
    if no_loss and goodwill.amount > 0:
        if background.month_fee is None:
            message = _(
                "Goodwill is capped at a month's fee of the affected product: name that fee."
            )
            found.append(Objection("fee_unknown", message, "goodwill"))
        elif goodwill > background.month_fee * policy.goodwill_cap_months:
            message = _("Without a documented loss, goodwill is capped at a month's fee.")
            found.append(Objection("goodwill_cap", message, "goodwill"))
    face = in_policy_currency(request.face(), request, policy=policy)
    if background.liability_cap is not None and face > background.liability_cap:
        message = _("Beyond the contract's liability cap: legal signs.")
        found.append(Objection("liability_cap", message, "amount", stops=False))
    left = background.budget_left
    if left is not None and counted(request, policy=policy) > left:
        message = _("The region's budget is overdrawn by this: leadership signs too.")
        found.append(Objection("budget", message, "amount", stops=False))
    return found


def _about_value(request: Request, *, policy: CompensationPolicy) -> list[Objection]:
    """Say where customer value may not move the offer, or only with a person's written reason."""
    if not request.value_moved_it:
        return []
    if request.country in policy.no_value_in_jurisdictions:
        message = _("In this country customer value may not move an offer.")
        return [Objection("value_forbidden", message, "written_reason")]
    if request.natural_person and not request.written_reason.strip():
        message = _("The customer is a person: value moves an offer only with a written reason.")
        return [Objection("reason_missing", message, "written_reason")]
    return []


def _percent(ratio: Decimal) -> str:
    """Write a ratio as a whole percentage."""
    return format((ratio * 100).quantize(Decimal(1)), "f")


@dataclass(frozen=True, slots=True)
class BreakEven:
    """By how much an offer must raise retention to pay; None: no rise could."""

    needed: Decimal | None
    room: Decimal

    @property
    def can_pay(self) -> bool:
        """Say whether retention can rise that far; otherwise the offer cannot pay for itself."""
        return self.needed is not None and self.needed <= self.room


def break_even(cost: Money, *, kept: Money, lost: Money, retention: Decimal) -> BreakEven:
    """Give Δp = cost ÷ (value if kept − value if lost), against 1 − p₀ with p₀ = `retention`.

    All in one currency; the cost includes revenue forgone; `retention` is a share between 0 and 1.
    """
    if not 0 <= retention <= 1:
        raise ValueError("retention is a share between 0 and 1")
    gain = (kept - lost).amount
    room = 1 - retention
    if gain <= 0:
        return BreakEven(None if cost.amount > 0 else Decimal(0), room)
    return BreakEven(Decimal(max(Decimal(0), cost.amount) / gain), room)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an amount stands beside comparable decisions; the deviation is a share of the median."""

    count: int
    median: Money | None
    lowest: Money | None
    highest: Money | None
    deviation: Decimal | None
    needs_reason: bool

    @property
    def enough(self) -> bool:
        """Say whether there were enough; otherwise show the cases: "too few to compare"."""
        return self.deviation is not None


def compare(
    amount: Money, comparables: Sequence[Money], *, policy: CompensationPolicy
) -> Comparison:
    """Hold an amount against comparable decisions in its currency: ±tolerance of the median."""
    if not comparables:
        return Comparison(0, None, None, None, None, needs_reason=False)
    currency = amount.currency
    middle = Money(median(one.amount for one in comparables), currency)
    spread = (min(comparables), max(comparables))
    if len(comparables) < policy.precedents.fewest or middle.amount <= 0:
        return Comparison(len(comparables), middle, *spread, None, needs_reason=False)
    deviation = Decimal((amount.amount - middle.amount) / middle.amount)
    far = abs(amount.amount - middle.amount) > policy.precedents.tolerance * middle.amount
    return Comparison(len(comparables), middle, *spread, deviation, needs_reason=far)


class Departure(StrEnum):
    """In which way an offer is another than what would be recommended."""

    BELOW = "below"
    ABOVE = "above"
    UNLIKE_OTHERS = "unlike_others"


def departures(
    request: Request,
    *,
    best: Recommendation,
    comparison: Comparison | None,
    policy: CompensationPolicy,
) -> tuple[Departure, ...]:
    """Say in which ways an offer departs from the recommendation or from precedents: each needs a
    person's reason. What the contract owes alone never does.
    """
    if request.only_owed:
        return ()
    face = in_policy_currency(request.face(), request, policy=policy)
    found = {
        Departure.BELOW: face < best.low,
        Departure.ABOVE: face > best.high,
        Departure.UNLIKE_OTHERS: comparison is not None and comparison.needs_reason,
    }
    return tuple(one for one, true in found.items() if true)
