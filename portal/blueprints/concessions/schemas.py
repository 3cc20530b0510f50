"""Shapes of compensation in the API: money is a decimal as text beside its currency."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from portal.core.api import Amount, Paging, Shape, Whole, Words

from .models import Form, Ground, Insurer, LotState, State, Verdict

Text = Annotated[str, Words(4000, least=0)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
Exact = Annotated[
    str,
    Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$", description="In the currency beside it."),
]
Hours = Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$")]
Which = Annotated[str, Words(24, least=0)]


class ConcessionsAsked(Paging):
    """Which compensation cases are asked for; `to_sign`: those that may wait for the caller."""

    state: State | None = None
    account: Which = ""
    case: Which = ""
    to_sign: Annotated[str, Field(pattern="^(true)?$")] = ""


class ConcessionLine(Shape):
    """A compensation case in a list; `face` is its whole value to the customer, without tax."""

    reference: str
    account: str
    account_name: str
    case: str | None
    state: State
    face: Amount
    requested_by: str | None
    created_at: datetime
    requested_at: datetime | None
    lapses_at: datetime | None


class ConcessionPage(Shape):
    """A page of compensation cases, the newest first."""

    items: list[ConcessionLine]
    after: str | None


class GivenPartOut(Shape):
    """A part: what the customer gets, what it is worth to them and what it costs us; a delivery
    names it by its `number`.
    """

    number: int
    ground: Ground
    form: Form
    what: str
    face: Amount
    cost: Amount
    periods: int
    on_renewal: bool
    documented: bool
    evidence: str
    credit_note: str


class SeatOut(Shape):
    """A signature on the way: given (`done`), asked for now, or later (`next`)."""

    role: str
    grade: str
    state: str
    who: str
    at: datetime | None


class ObjectionOut(Shape):
    """What speaks against it; what does not stop it only warns."""

    code: str
    message: str
    stops: bool


class ThoughtOut(Shape):
    """A step of the order of thought and what it adds; null where that is not known."""

    step: str
    adds: Amount | None


class RecommendationOut(Shape):
    """What the policy would give."""

    low: Amount
    target: Amount
    high: Amount
    policy: int
    steps: list[ThoughtOut]


class RevenueSignatureOut(Shape):
    """Revenue accounting's signature before delivery: how it is booked, who says so, and when; all
    of it null while it is missing.
    """

    booked: str | None
    who: str | None
    at: datetime | None


class ConcessionOut(Shape):
    """A compensation case. What we will not offer and what would be recommended are for those who
    propose or sign it: null for everybody else. `insurer` is null while nobody has answered;
    `insurer_asked`: nobody signs before. `revenue` is null where nothing touches its recognition.
    """

    reference: str
    version: int
    account: str
    account_name: str
    case: str | None
    state: State
    currency: str
    why: str
    apology: str
    fix: str
    departure: str
    terms: str
    product: str
    owed: Amount
    direct_loss: Amount
    documented: bool
    effort_hours: str
    disrupted_days: str
    threat: bool
    waiver: bool
    release: bool
    termination_right: bool
    face: Amount
    cost: Amount
    parts: list[GivenPartOut]
    policy: int
    requested_by: str | None
    requested_at: datetime | None
    approved_at: datetime | None
    offered_at: datetime | None
    lapses_at: datetime | None
    answered_at: datetime | None
    delivered_at: datetime | None
    reversed_at: datetime | None
    insurer: Insurer | None
    insurer_asked: bool
    revenue: RevenueSignatureOut | None
    signatures: list[SeatOut]
    objections: list[ObjectionOut]
    not_offered: str | None
    recommended: RecommendationOut | None


class NewGivenPart(Shape):
    """A part to give: `amount` for each of `periods`; no cost: it costs what it is worth."""

    ground: Ground
    form: Form
    what: Annotated[str, Words(300)]
    amount: Exact
    periods: Annotated[int, Field(ge=1, le=120), Whole] = 1
    cost: Exact | None = None
    on_renewal: bool = False
    evidence: Annotated[str, Words(400, least=0)] = ""


class NewConcession(Shape):
    """A compensation to propose, for a case or for an account; all money is in its currency. With
    `hand_in` the signatures are asked for at once, otherwise it stays a draft. What is owed, lost
    and spent in effort becomes parts by itself; `parts` come on top.
    """

    account: Annotated[str, Field(pattern=r"^ACC-[0-9]{5,12}$")] | None = None
    case: Annotated[str, Field(pattern=r"^ESC-[0-9]{4}-[0-9]{1,12}$")] | None = None
    currency: Code
    why: Annotated[str, Words(4000)]
    apology: Text = ""
    fix: Text = ""
    product: Annotated[str, Words(120, least=0)] = ""
    rests_on: Text = ""
    owed: Exact = "0"
    direct_loss: Exact = "0"
    documented: bool = False
    effort_hours: Hours = "0"
    disrupted_days: Hours = "0"
    month_fee: Exact | None = None
    threat: bool = False
    waiver: bool = False
    release: bool = False
    termination_right: bool = False
    terms: Text = ""
    not_offered: Text = ""
    value_moved: bool = False
    value_reason: Text = ""
    departure: Text = ""
    parts: Annotated[list[NewGivenPart], Field(max_length=12, default_factory=list)]
    hand_in: bool = False


class NewVerdict(Shape):
    """What an approver says; a refusal needs its reason."""

    verdict: Verdict
    reason: Annotated[str, Words(2000, least=0)] = ""


class NewOfferLetter(Shape):
    """Which of the account's people the letter is mailed to, by their number."""

    contact: Annotated[int, Field(ge=0, le=2**31 - 1), Whole]


class NewOfferAnswer(Shape):
    """What the customer said to an offer, and who said it; `instead` is what they want where they
    countered.
    """

    answer: Annotated[str, Field(pattern="^(accepted|declined|countered)$")]
    who: Annotated[str, Words(200)]
    instead: Text = ""


class NewPartProof(Shape):
    """The credit note or other proof that a part was delivered."""

    part: Annotated[int, Field(ge=0, le=2**31 - 1), Whole]
    proof: Annotated[str, Words(60)]


class NewOfferDelivery(Shape):
    """Which parts were delivered; the others stay open."""

    parts: Annotated[list[NewPartProof], Field(min_length=1, max_length=12)]


class NewOfferWithdrawal(Shape):
    """Why a proposal or an offer is taken back."""

    reason: Annotated[str, Words(2000)]


class NewRevenueSignature(Shape):
    """How revenue accounting books what was given."""

    booked: Annotated[str, Words(2000)]


class NewOfferReversal(Shape):
    """Why what the customer had accepted is taken back."""

    reason: Annotated[str, Words(2000)]


class NewOfferInsurer(Shape):
    """What became of the insurer's question: they were told, or need not be."""

    answer: Insurer


class NewCreditLot(Shape):
    """An incident: the availability of its period in percent, for all whose contracts promise the
    service or for the listed accounts, one a line, each with its own where it has one.
    """

    title: Annotated[str, Words(200)]
    service: Annotated[str, Words(120)]
    day: date
    availability: Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})?$")]
    accounts: Annotated[str, Words(60_000, least=0)] = ""
    apology: Text = ""
    fix: Text = ""


class CreditLineOut(Shape):
    """What a lot gives to one account, or why nothing (`left_out`)."""

    account: str
    credit: Amount
    left_out: str
    error: str
    held: bool
    concession: str | None


class EqualsOut(Shape):
    """Accounts with the same terms and availability: whether each gets its share to the cent."""

    availability: str
    share: str | None
    count: int
    equal: bool


class CreditLotLine(Shape):
    """A lot in the list: how many customers get something, how many have it, and for how many
    counsel must release the letter.
    """

    reference: str
    state: LotState
    title: str
    day: date
    lines: int
    paid: int
    held: int


class CreditLotList(Shape):
    """The newest lots."""

    items: list[CreditLotLine]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "CreditLotList":
        """Give the list of lots, each with its two counts."""
        same = ("reference", "state", "title", "day")
        return cls(
            items=[
                CreditLotLine(
                    **{name: getattr(row, name) for name in same}, lines=lines, paid=paid, held=held
                )
                for row, lines, paid, held in rows
            ]
        )


class CreditLotOut(Shape):
    """A lot: how far it is, who gets what, and that equals are treated equally. `sums` say what
    became of the sum that was approved: delivered, given, held, taken_back, left_out, open.
    """

    reference: str
    state: LotState
    title: str
    service: str
    day: date
    total: Amount
    largest: Amount
    policy: int
    paid: int
    held: int
    insurer: Insurer | None
    insurer_asked: bool
    sums: dict[str, Amount]
    waits_for: list[str]
    lines: list[CreditLineOut]
    equals: list[EqualsOut]
