"""What is asked for, against what harm: parts by ground, and what they come to."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from portal.blueprints.concessions.models import Form, Ground
from portal.blueprints.escalations.models import Trigger
from portal.blueprints.policies.rules.compensation import CompensationPolicy, TermName
from portal.core.money import Money, exponent, rounded, zero

THREATS = frozenset(
    {
        Trigger.CANCELLATION_THREAT,
        Trigger.LEGAL_THREAT,
        Trigger.REGULATOR_COMPLAINT,
        Trigger.PUBLIC_EXPOSURE,
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing given on one ground; `amount` is a period's worth to the customer, without tax."""

    ground: Ground
    form: Form
    amount: Money
    periods: int = 1
    what: str = ""
    on_renewal: bool = False

    @property
    def face(self) -> Money:
        """Give the face value over the whole term: months × price, never what it costs us."""
        return self.amount * self.periods


@dataclass(frozen=True, slots=True)
class Harm:
    """What happened; money in the policy's currency, a loss counts only with proof."""

    owed: Money
    direct_loss: Money
    documented: bool = False
    effort_hours: Decimal = Decimal(0)
    disrupted_days: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Owed + documented direct loss + inconvenience by tariff, in the policy's currency."""

    owed: Money
    direct_loss: Money
    inconvenience: Money

    @property
    def total(self) -> Money:
        """Give what an offer is held against."""
        return self.owed + self.direct_loss + self.inconvenience


@dataclass(frozen=True, slots=True)
class Request:
    """A request in one currency; `rate` turns it into the policy's, frozen at submission."""

    account: str
    requester_id: int
    currency: str
    parts: tuple[Part, ...]
    harm: Harm
    rate: Decimal = Decimal(1)
    terms: str = ""
    threat: bool = False
    waiver: bool = False
    release: bool = False
    termination_right: bool = False
    natural_person: bool = False
    country: str = ""
    value_moved_it: bool = False
    written_reason: str = ""

    def face(self, *grounds: Ground) -> Money:
        """Give the face value of the parts on these grounds (none named: all), in its currency."""
        chosen = [part.face for part in self.parts if not grounds or part.ground in grounds]
        return sum(chosen, zero(self.currency))

    @property
    def special_terms(self) -> frozenset[TermName]:
        """Give the terms that touch revenue recognition."""
        found: set[TermName] = set()
        if any(part.form is Form.ROADMAP_COMMITMENT for part in self.parts):
            found.add("roadmap_commitment")
        if any(part.form is Form.FREE_MONTHS for part in self.parts):
            found.add("free_months")
        if any(part.form is Form.DISCOUNT and part.on_renewal for part in self.parts):
            found.add("renewal_discount")
        if self.termination_right:
            found.add("termination_right")
        return frozenset(found)

    @property
    def only_owed(self) -> bool:
        """Say whether nothing is decided here: all is owed by contract, on no special terms."""
        grounds = {part.ground for part in self.parts}
        return grounds == {Ground.OWED} and not self.special_terms


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of the account, in the policy's currency; None is unknown.

    `given` is what the account's family was granted above what was owed in the rolling window:
    approved, offered, accepted or delivered, less lapsed, declined and reversed.
    """

    arr: Money | None
    given: Money
    month_fee: Money | None = None
    liability_cap: Money | None = None
    budget_left: Money | None = None


def in_policy_currency(money: Money, request: Request, *, policy: CompensationPolicy) -> Money:
    """Turn an amount of the request into the policy's currency at the frozen rate, rounded once."""
    return rounded(Money(money.amount * request.rate, policy.currency))


def in_own_currency(money: Money, request: Request) -> Money:
    """Turn an amount of the policy's currency into the request's at its rate, rounded down: what
    was within a limit stays within it.
    """
    return floored(Money(money.amount / request.rate, request.currency))


def floored(money: Money) -> Money:
    """Round an amount down to its currency's minor unit, as a limit is."""
    step = Decimal(1).scaleb(-exponent(money.currency.code))
    return Money(money.amount.quantize(step, rounding=ROUND_DOWN), money.currency)


def is_threat(trigger: Trigger) -> bool:
    """Say whether a case's trigger is a threat of the customer's: then legal co-signs."""
    return trigger in THREATS


def counted(request: Request, *, policy: CompensationPolicy) -> Money:
    """Give what uses authority: face value of all but what is owed, in the policy's currency.

    Effort counts as goodwill does, or a gesture could be split by giving it another name.
    """
    face = request.face(Ground.DIRECT_LOSS, Ground.EFFORT, Ground.GOODWILL)
    return in_policy_currency(face, request, policy=policy)


def inconvenience(harm: Harm, *, policy: CompensationPolicy) -> Money:
    """Give hours of effort and disrupted days by the policy's tariff, up to its most."""
    tariff = policy.tariff
    amount = harm.effort_hours * tariff.effort_hour + harm.disrupted_days * tariff.disrupted_day
    return rounded(Money(min(amount, tariff.most), policy.currency))


def assessed(harm: Harm, *, policy: CompensationPolicy) -> Assessment:
    """Give what the harm comes to; a loss without proof counts nothing until there is proof."""
    loss = harm.direct_loss if harm.documented else zero(policy.currency)
    return Assessment(harm.owed, loss, inconvenience(harm, policy=policy))


@dataclass(frozen=True, slots=True)
class Thought:
    """One step of the order of thought: its key, the amount it adds, and whether that is known."""

    key: str
    adds: Money
    known: bool = True


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the policy would give: low, target and high in its currency, with the steps to each."""

    low: Money
    target: Money
    high: Money
    steps: tuple[Thought, ...]


def recommend(harm: Harm, *, background: Background, policy: CompensationPolicy) -> Recommendation:
    """Follow the order of thought: apology, owed, direct loss, inconvenience, then a gesture.

    Low is what is owed and lost, target adds inconvenience, high adds the largest gesture that
    raises no objection. Customer value plays no part in it.
    """
    basis = assessed(harm, policy=policy)
    low = basis.owed + basis.direct_loss
    gesture, known = _gesture(basis, background=background, policy=policy)
    steps = (
        Thought("apology_and_fix", zero(policy.currency)),
        Thought("owed", basis.owed),
        Thought("direct_loss", basis.direct_loss, harm.documented or not harm.direct_loss.amount),
        Thought("inconvenience", basis.inconvenience),
        Thought("gesture", gesture, known),
    )
    return Recommendation(low, basis.total, basis.total + gesture, steps)


def _gesture(
    basis: Assessment, *, background: Background, policy: CompensationPolicy
) -> tuple[Money, bool]:
    """Give the largest gesture without objection, and whether all that it rests on is known."""
    if basis.direct_loss.amount > 0:
        return rounded(basis.total * max(Decimal(0), policy.warn_above - 1)), True
    if background.month_fee is None:
        return zero(policy.currency), False
    return rounded(background.month_fee * policy.goodwill_cap_months), True
