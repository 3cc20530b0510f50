"""The page of one compensation: its steps, precedents, break-even, and the path of signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts import rules as account_rules
from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.rules import CustomerValue, Objection
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.notifications.models import State as MailState
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import Decision
from portal.blueprints.policies.rules import Treatment, ValuePolicy
from portal.core.access import Actor, K, Permission, Role, Subject
from portal.core.db import db
from portal.core.money import Money, rounded

from .. import rules
from ..models import Approval, Concession, ConcessionPart, State, Verdict
from . import assessing, finding, precedents, signing, taxing
from .assessing import Weighed
from .finding import money
from .letters import sent_offers
from .owing import Measured, measured, total
from .precedents import FormWorth, Precedent
from .signing import Concerned


@dataclass(frozen=True)
class Worth:
    """Whether the offer can pay for itself if the customer is worth this much."""

    level: str
    value: Money | None
    even: rules.BreakEven | None


@dataclass(frozen=True)
class Place:
    """A signature on the path: given, asked for now, or later."""

    role: str
    grade: str
    why: str
    state: str
    who: str
    at: datetime | None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """Everything that the page of a compensation shows."""

    row: Concession
    account: Account
    case: Escalation | None
    parts: list[ConcessionPart]
    weighed: Weighed | None
    recommendation: rules.Recommendation | None
    objections: tuple[Objection, ...]
    precedents: list[Precedent]
    comparison: rules.Comparison | None
    forms: list[FormWorth]
    worth: list[Worth]
    expected: dict[str, Decimal]
    value: CustomerValue | None
    path: list[Place]
    refusals: list[Approval]
    mine: tuple[Objection, ...] | None
    may_veto: bool
    may_note_insurer: bool
    insurer_asked: bool
    decisions: list[Decision]
    names: dict[int, str]
    measured: list[Measured]
    inner: bool
    colleagues: list[tuple[int, str]]
    letters: Sequence[Any]
    treatments: dict[int, Treatment | None]
    touches_revenue: bool
    revenue_signed: Approval | None

    @property
    def letter_waits(self) -> bool:
        """Say whether the letter of the standing offer has not left yet: it can be taken back."""
        if not self.letters or self.letters[0].SentOffer.sent_at != self.row.offered_at:
            return False
        mail = self.letters[0].Notification
        return mail is not None and mail.state is MailState.WAITING and not mail.tries

    @property
    def face(self) -> Money:
        """Give the whole value to the customer, in the currency of the offer."""
        return money(self.row, sum(part.face_minor for part in self.parts))

    @property
    def cost(self) -> Money:
        """Give the whole cost to us, in the currency of the offer."""
        return money(self.row, sum(part.cost_minor for part in self.parts))

    @property
    def policy_number(self) -> int:
        """Give the version of the policy that the recommendation rests on."""
        if self.weighed is None or self.row.requested_at is not None:
            return self.row.policy_number
        return self.weighed.number

    def money(self, minor: int) -> Money:
        """Give minor units as money of the offer's currency."""
        return money(self.row, minor)

    @property
    def given(self) -> Money | None:
        """Give what the account's family was granted in the rolling window, in policy currency."""
        return self.weighed.background.given if self.weighed else None

    @property
    def counted(self) -> Money | None:
        """Give what the offer takes of authority and budget, in the policy's currency."""
        if self.weighed is None:
            return None
        return rules.counted(self.weighed.request, policy=self.weighed.policy)

    @property
    def departures(self) -> tuple[rules.Departure, ...]:
        """Say in which ways the offer is another than what would be recommended."""
        best = self.recommendation
        if self.weighed is None or best is None:
            return ()
        return rules.departures(
            self.weighed.request, best=best, comparison=self.comparison, policy=self.weighed.policy
        )

    @property
    def gesture(self) -> Money:
        """Give what is neither owed nor lost, in the policy's currency; nothing while there is no
        rate.
        """
        if self.weighed is None:
            return self.money(0)
        request = self.weighed.request
        face = request.face(*precedents.GESTURE)
        return rules.in_policy_currency(face, request, policy=self.weighed.policy)

    @property
    def came(self) -> list[tuple[int, bool]]:
        """Say after how many days the customer was still there, or gone, as far as it is known."""
        marks = (self.row.retained_90, self.row.retained_180, self.row.retained_365)
        known = zip(rules.DAYS, marks, strict=True)
        return [(days, stayed) for days, stayed in known if stayed is not None]

    @property
    def still_owed(self) -> Money:
        """Give what the contract owes by measurement, and no proposal gives yet."""
        return total([one for one in self.measured if one.open], self.row.currency)

    @property
    def my_turn(self) -> bool:
        """Say whether the next signature is the viewer's to give."""
        return self.row.state is State.REQUESTED and self.mine == ()


def bench(viewer: Actor, row: Concession, *, now: datetime) -> Bench:
    """Give everything that the page of a compensation shows this viewer."""
    account = account_queries.by_id(row.account_id)
    case = db.session.get(Escalation, row.escalation_id) if row.escalation_id else None
    parts = finding.parts(row)
    weighed = assessing.weigh(row, account, parts=parts, now=now)
    signed = finding.approvals(row)
    cases = precedents.comparable(row, account, case, now=now) if weighed else []
    value = _value(viewer, account, now=now)
    here = signing.concerned(row, account, weighed, now=now, given=signed) if weighed else None
    mine, veto = _mine(viewer, row, account, weighed, here, now=now)
    people = [row.requested_by_id, row.insurer_by_id, row.asked_id]
    names = auth_queries.names([*people, *(one.person_id for one in signed)])
    able = _able(row, weighed, here)
    return Bench(
        row=row,
        account=account,
        case=case,
        parts=parts,
        weighed=weighed,
        recommendation=_recommended(weighed) if weighed else None,
        objections=weighed.objections if weighed else (),
        precedents=precedents.shown(viewer, cases, now=now),
        comparison=precedents.compared(weighed, cases) if weighed else None,
        forms=precedents.forms(row, now=now),
        worth=worth(row, account, parts, weighed, value),
        expected=_expected(row, value),
        value=value,
        path=_path(row, weighed, here, signed, names, able=able[0] or able[1]),
        refusals=[one for one in signed if one.verdict is Verdict.REFUSED],
        mine=mine,
        may_veto=veto,
        may_note_insurer=rules.answers_for_insurer(viewer.roles)
        and row.state in (State.DRAFT, State.REQUESTED),
        insurer_asked=bool(
            weighed and rules.insurer_is_asked(weighed.request, policy=weighed.policy)
        ),
        decisions=policy_queries.decisions(viewer, row.reference, subject=Subject.CONCESSION),
        names=names,
        measured=[
            one
            for one in measured(viewer, account.id, now=now)
            if one.row.concession_id == row.id or (one.open and one.row.currency == row.currency)
        ],
        inner=_is_inner(viewer, row, case),
        colleagues=[(one.id, one.name) for one in able[0] + able[1] if one.id != viewer.id],
        letters=sent_offers(row),
        treatments=taxing.treatments(parts, policies=weighed.policies if weighed else ()),
        touches_revenue=weighed is not None
        and rules.touches_revenue(weighed.request, policies=weighed.policies),
        revenue_signed=taxing.revenue_signature(row, signed),
    )


def _is_inner(viewer: Actor, row: Concession, case: Escalation | None) -> bool:
    """Say whether a reader may know how far we would go: who signs and who proposes; in legal mode
    counsel alone.
    """
    if case is not None and case.legal_mode:
        return Role.LEGAL in viewer.roles
    return viewer.may(Permission.CONCESSIONS_APPROVE) or viewer.id in finding.authors(row)


def _recommended(weighed: Weighed) -> rules.Recommendation:
    """Give what the policy of the request recommends: it keeps its version."""
    return rules.recommend(
        weighed.request.harm, background=weighed.background, policy=weighed.policies[0]
    )


def _value(viewer: Actor, account: Account, *, now: datetime) -> CustomerValue | None:
    """Give what the customer is worth, to those who may know."""
    seen = account_queries.mine(viewer, now=now, klass=K.CONFIDENTIAL)
    if db.session.scalar(sa.select(Account.id).where(Account.id == account.id, seen)) is None:
        return None
    return account_queries.value(account.id, at=now, viewer=viewer)


def worth(
    row: Concession,
    account: Account,
    parts: list[ConcessionPart],
    weighed: Weighed | None,
    value: CustomerValue | None,
) -> list[Worth]:
    """Give break-even at the low, base and high three-year value; a lost customer is worth none."""
    if weighed is None or value is None:
        return []
    total = money(row, sum(part.cost_minor for part in parts))
    cost = rounded(Money(total.amount * weighed.rate, weighed.policy.currency))
    stays = retention(account, value)
    nothing = Money(0, weighed.policy.currency)
    found = []
    levels = (("low", value.decision.low), ("base", value.decision.base))
    for level, figure in (*levels, ("high", value.decision.high)):
        kept = figure.value
        same = kept is not None and kept.currency.code == weighed.policy.currency
        even = (
            rules.break_even(cost, kept=kept, lost=nothing, retention=stays)
            if kept is not None and same
            else None
        )
        found.append(Worth(level, kept, even))
    return found


def _expected(row: Concession, value: CustomerValue | None) -> dict[str, Decimal]:
    """Give what was expected when this was handed in, to those who may know what the customer is
    worth.
    """
    said = row.recommendation.get("expected") if value is not None else None
    return {key: Decimal(share) for key, share in (said or {}).items() if share is not None}


def retention(account: Account, value: CustomerValue) -> Decimal:
    """Give the share of such customers who stay a year, from the value policy's curve."""
    policy, _number = policy_queries.in_force(ValuePolicy)
    prior = policy.prior_of(account.segment)
    if prior is None:
        return policy.plain_retention.base
    renewals = (value.tenure_months.value or 0) // 12 if policy.condition_on_tenure else 0
    return account_rules.survival(prior.base, renewals=renewals, years=1)[0]


def _mine(
    viewer: Actor,
    row: Concession,
    account: Account,
    weighed: Weighed | None,
    here: Concerned | None,
    *,
    now: datetime,
) -> tuple[tuple[Objection, ...] | None, bool]:
    """Give what keeps the viewer from signing (None: nothing is asked of them), and whether they
    may refuse all the same, for legal.
    """
    asked = row.state is State.REQUESTED and viewer.may(Permission.CONCESSIONS_APPROVE)
    if not asked or weighed is None:
        return None, False
    signer, against = signing.objections_to_signing(
        row, account, weighed, by=viewer, now=now, here=here
    )
    return (() if signer else against), rules.may_veto(viewer.roles, against)


def _able(
    row: Concession, weighed: Weighed | None, here: Concerned | None
) -> tuple[list[User], list[User]]:
    """Give who could give the next signature, by role and by more authority."""
    if weighed is None or here is None or row.state is not State.REQUESTED:
        return [], []
    return signing.able_signers(row, weighed, here)


def _path(
    row: Concession,
    weighed: Weighed | None,
    here: Concerned | None,
    signed: list[Approval],
    names: dict[int, str],
    *,
    able: list[User],
) -> list[Place]:
    if weighed is None or here is None:
        return []
    counted = {(one.step, one.role) for one in here.signed}
    given = {one.seat: one for one in signed if one.voided_at is None}
    number, missing = rules.outstanding(weighed.steps, here.signed)
    waiting = row.state is State.REQUESTED
    found = []
    for index, step in enumerate(weighed.steps):
        for one in step:
            mark = given.get(f"{index}:{one.role.value}")
            done = (index, one.role) in counted and mark is not None
            turn = waiting and index == number and one in missing
            found.append(
                Place(
                    role=one.role.value,
                    grade=one.grade.value,
                    why=one.why,
                    state="done" if done else "now" if turn else "next",
                    who=names.get(mark.person_id, "") if done and mark else "",
                    at=mark.at if done and mark else None,
                    candidates=_holders(able, one) if turn else (),
                )
            )
    return found


def _holders(people: list[User], one: rules.Signature) -> tuple[str, ...]:
    """Give the names of those who hold the very role of a signature, else of all who may sign."""
    holders = [
        person.name for person in people if any(role.name == one.role for role in person.roles)
    ]
    return tuple(holders or [person.name for person in people])
