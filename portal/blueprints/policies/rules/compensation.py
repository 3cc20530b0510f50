"""The compensation policy: how much may be given, on what grounds, and who signs."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from portal.core.access import Grade, Role
from portal.core.i18n import _

from .base import Document, Exact, Part

TermName = Literal["roadmap_commitment", "free_months", "renewal_discount", "termination_right"]
LegalReason = Literal["threat", "waiver", "release", "liability_cap"]
FormName = Literal[
    "service_credit",
    "refund",
    "discount",
    "free_months",
    "training",
    "service_hours",
    "roadmap_commitment",
    "apology_only",
]
GroundName = Literal["owed", "direct_loss", "effort", "goodwill"]
TaxName = Literal["price_reduced", "price_agreed", "damages", "free_service", "no_supply"]
GRADES = (Grade.STAFF, Grade.MANAGER, Grade.DIRECTOR, Grade.VP, Grade.CXO)


class Signer(Part):
    """A role, and the least grade its holder must have."""

    role: Role
    grade: Grade | None = None

    @property
    def least_grade(self) -> Grade:
        """Give the least grade; any is enough where none is asked for."""
        return self.grade or Grade.STAFF


class Authority(Part):
    """Who may sign up to min(amount, max(floor, share of ARR)); no amount: no limit."""

    key: str = Field(min_length=1, max_length=40)
    signers: tuple[Signer, ...] = Field(min_length=1)
    amount: Exact | None = Field(default=None, gt=0)
    floor: Exact | None = Field(default=None, ge=0)
    share: Exact | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a row with only some of amount, floor and share, or a floor above its amount."""
        given = [part is not None for part in (self.amount, self.floor, self.share)]
        if any(given) and not all(given):
            raise ValueError(_("%(key)s: amount, floor and share belong together.", key=self.key))
        if self.amount is not None and self.floor is not None and self.floor > self.amount:
            raise ValueError(_("%(key)s: the floor is above the amount.", key=self.key))
        if len({signer.role for signer in self.signers}) != len(self.signers):
            raise ValueError(_("%(key)s: one role signs twice.", key=self.key))
        return self

    @property
    def unlimited(self) -> bool:
        """Say whether this row signs whatever the others may not."""
        return self.amount is None


class Tariff(Part):
    """What inconvenience is worth when nobody can prove it; in the policy's currency."""

    effort_hour: Exact = Field(ge=0)
    disrupted_day: Exact = Field(ge=0)
    most: Exact = Field(ge=0)


class Precedents(Part):
    """When a new offer is compared with earlier ones, and how far it may lie from their median."""

    fewest: int = Field(ge=2, le=100)
    tolerance: Exact = Field(gt=0, lt=1)


class Budget(Part):
    """Goodwill and direct loss that a region may give in a quarter; region * is every other one."""

    region: str = Field(min_length=1, max_length=60)
    amount: Exact = Field(ge=0)


class Treatment(Part):
    """How a form is taxed, as finance decides it, and whether revenue accounting signs before it is
    delivered; with a ground, only what is given on that ground.
    """

    form: FormName
    ground: GroundName | None = None
    tax: TaxName
    revenue_signs: bool = False


class CompensationPolicy(Document):
    """Limits, caps and signatures; money is face value over the whole term, without tax."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    window_months: int = Field(ge=1, le=60)
    warn_above: Exact = Field(gt=0)
    leadership_above: Exact = Field(gt=0)
    goodwill_cap_months: Exact = Field(ge=0)
    largest_amount: Exact = Field(gt=0)
    offer_days: int = Field(ge=1, le=365)
    remind_days: int = Field(default=2, ge=1, le=90)
    escalate_days: int = Field(default=4, ge=1, le=90)
    deliver_days: int = Field(default=14, ge=1, le=365)
    rate_tolerance: Exact = Field(gt=0, lt=1)
    above_director_from: str
    no_value_in_jurisdictions: tuple[str, ...]
    admission_words: tuple[str, ...] = ()
    finance_signs: tuple[TermName, ...]
    legal_signs: tuple[LegalReason, ...]
    insurer_from: Exact = Field(ge=0)
    outcome_days: tuple[int, ...] = Field(min_length=1)
    tariff: Tariff
    precedents: Precedents
    budgets: tuple[Budget, ...] = Field(min_length=1)
    treatments: tuple[Treatment, ...] = ()
    authority: tuple[Authority, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _ladder(self) -> Self:
        """Refuse limits that fall, a last row with a limit, an unlimited row before it."""
        keys = [row.key for row in self.authority]
        if len(set(keys)) != len(keys):
            raise ValueError(_("Two rows of authority share a key."))
        if self.above_director_from not in keys:
            raise ValueError(_("What counts as above director level names no row of authority."))
        *limited, last = self.authority
        if not last.unlimited or any(row.unlimited for row in limited):
            raise ValueError(_("The last row of authority, and no other, is without a limit."))
        parts = {
            "amount": _("The amount must not fall from one row of authority to the next."),
            "floor": _("The floor must not fall from one row of authority to the next."),
            "share": _("The share of ARR must not fall from one row of authority to the next."),
        }
        for part, falls in parts.items():
            values = [getattr(row, part) for row in limited]
            if values != sorted(values):
                raise ValueError(falls)
        if self.escalate_days < self.remind_days:
            raise ValueError(_("Others are told of a late signature before its first reminder."))
        if self.leadership_above < self.warn_above:
            raise ValueError(_("Leadership is added below the mark of the warning."))
        if [budget.region for budget in self.budgets].count("*") != 1:
            raise ValueError(_("One budget, and only one, is for every other region: *."))
        treated = [(one.form, one.ground) for one in self.treatments]
        if len(set(treated)) != len(treated):
            raise ValueError(_("One form is taxed in two ways on the same ground."))
        return self

    def treatment_of(self, form: str, ground: str) -> Treatment | None:
        """Give how a form on a ground is treated, the narrower rule first; None: not decided."""
        found = {one.ground: one for one in self.treatments if one.form == form}
        return next((found[name] for name in (ground, None) if name in found), None)

    def budget_of(self, region: str | None) -> Decimal:
        """Give what a region may give in a quarter, in the policy's currency."""
        amounts = {budget.region: budget.amount for budget in self.budgets}
        return amounts.get(region or "*", amounts["*"])
