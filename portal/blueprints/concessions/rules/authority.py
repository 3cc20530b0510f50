"""Who must sign a request, and who may not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from portal.blueprints.accounts.rules import Objection
from portal.blueprints.policies.rules.compensation import GRADES, Authority, CompensationPolicy
from portal.blueprints.policies.rules.words import word
from portal.core.access import Grade, Role
from portal.core.i18n import _, lazy_gettext
from portal.core.money import Money, zero

from .fairness import over_leadership_mark
from .request import Background, Request, counted, in_policy_currency
from .treatment import touches_revenue


class Because(StrEnum):
    """Why a signature is required."""

    AUTHORITY = "authority"
    REVENUE_ACCOUNTING = "revenue_accounting"
    ABOVE_HARM = "above_harm"
    BUDGET = "budget"
    THREAT = "threat"
    WAIVER = "waiver"
    RELEASE = "release"
    LIABILITY_CAP = "liability_cap"


BECAUSE = {
    Because.AUTHORITY: lazy_gettext("The amount lies within this authority."),
    Because.REVENUE_ACCOUNTING: lazy_gettext("The terms touch when revenue may be recognised."),
    Because.ABOVE_HARM: lazy_gettext("The offer lies far above the documented harm."),
    Because.BUDGET: lazy_gettext("The region's budget for the quarter is used up."),
    Because.THREAT: lazy_gettext("The customer has made a threat."),
    Because.WAIVER: lazy_gettext("The customer is to waive something."),
    Because.RELEASE: lazy_gettext("The customer is to release us from claims."),
    Because.LIABILITY_CAP: lazy_gettext("The offer goes beyond the contract's liability cap."),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that is required: role, least grade, and why; `row` names the authority."""

    role: Role
    grade: Grade
    because: tuple[Because, ...]
    row: str = ""

    @property
    def why(self) -> str:
        """Give the reasons in the reader's language."""
        return " ".join(str(BECAUSE[reason]) for reason in self.because)


Step = tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was given: by whom, as which role, at which step (0 is the first)."""

    person_id: int
    step: int
    role: Role

    @property
    def seat(self) -> str:
        """Give the place of the signature as it is stored, such as 0:executive."""
        return f"{self.step}:{self.role.value}"

    @classmethod
    def at(cls, seat: str, *, person_id: int) -> "Signed":
        """Read a stored place; a text that is none is a ValueError."""
        step, _colon, role = seat.partition(":")
        return cls(person_id, int(step), Role(role))


@dataclass(frozen=True, slots=True)
class Signer:
    """A person who would sign; `stands_in_for` is the absent person whose authority they use."""

    person_id: int
    roles: frozenset[Role]
    grade: Grade
    active: bool = True
    stands_in_for: "Signer | None" = None


@dataclass(frozen=True, slots=True)
class Parties:
    """Who may never sign: owners of the account and of its revenue target, and all substitutes.

    `substitute_ids` are the people who stand in for the requester or for any of the owners.
    """

    owner_ids: frozenset[int]
    target_owner_ids: frozenset[int]
    substitute_ids: frozenset[int] = frozenset()


def limit(
    role: Role, *, grade: Grade, arr: Money | None, policy: CompensationPolicy
) -> Money | None:
    """Give what a role of a grade decides up to, in the policy's currency: None without limit.

    min(amount, max(floor, share × ARR)); unknown or zero ARR means the floor; zero is no authority.
    A VP's limit holds together with the row's other signers.
    """
    best = zero(policy.currency)
    for row in policy.authority:
        if _decides(role, grade, row):
            reach = row_limit(row, arr=arr, policy=policy)
            if reach is None:
                return None
            best = max(best, reach)
    return best


def row_limit(row: Authority, *, arr: Money | None, policy: CompensationPolicy) -> Money | None:
    """Give the limit of one row in the policy's currency; None: no limit."""
    if row.amount is None or row.floor is None or row.share is None:
        return None
    share = row.share * _in(arr, policy) if arr is not None and arr.amount > 0 else row.floor
    return Money(min(row.amount, max(row.floor, share)), policy.currency)


def deciding_row(
    total: Money, *, arr: Money | None, policies: Sequence[CompensationPolicy]
) -> Authority:
    """Give the lowest row whose limit reaches the total under every policy; equal is within.

    Pass the policy of the request and the one in force: the stricter decides. Rows are those of the
    last policy; a row that another policy does not know reaches nothing under it.
    """
    for row in policies[-1].authority:
        if all(_reaches(row.key, total, arr=arr, policy=policy) for policy in policies):
            return row
    return policies[-1].authority[-1]


def approvers(
    request: Request, *, background: Background, policies: Sequence[CompensationPolicy]
) -> tuple[Step, ...]:
    """Give the steps in order; all signatures of a step are needed, each by another person.

    What is owed alone needs none: it is checked, not decided. `policies` as in `deciding_row`.
    """
    steps: list[Step] = []
    if _needs_decision(request):
        total = counted(request, policy=policies[-1]) + background.given
        row = deciding_row(total, arr=background.arr, policies=policies)
        steps.append(
            tuple(
                Signature(s.role, s.least_grade, (Because.AUTHORITY,), row.key) for s in row.signers
            )
        )
        if touches_revenue(request, policies=policies):
            _add(steps, Role.FINANCE, [Because.REVENUE_ACCOUNTING])
        _add(steps, Role.LEADERSHIP, _leadership_reasons(request, background, policies))
    _add(steps, Role.LEGAL, _legal_reasons(request, background, policies))
    return tuple(steps)


def above_director(
    request: Request, *, background: Background, policies: Sequence[CompensationPolicy]
) -> bool:
    """Say whether a request is decided above director level: that makes a post-mortem due."""
    policy = policies[-1]
    keys = [row.key for row in policy.authority]
    high = set(keys[keys.index(policy.above_director_from) :])
    steps = approvers(request, background=background, policies=policies)
    return any(
        signature.row in high or signature.role is Role.LEADERSHIP
        for step in steps
        for signature in step
    )


def outstanding(steps: Sequence[Step], signed: Iterable[Signed]) -> tuple[int, Step]:
    """Give the first step that is not complete, and its missing signatures; none left: empty."""
    given = {(one.step, one.role) for one in signed}
    for number, step in enumerate(steps):
        missing = tuple(one for one in step if (number, one.role) not in given)
        if missing:
            return number, missing
    return len(steps), ()


def signature_for(signer: Signer, missing: Step, *, policy: CompensationPolicy) -> Signature | None:
    """Give the missing signature that a person can give, or None."""
    holder = signer.stands_in_for or signer
    for signature in missing:
        if _qualifies(holder, signature, policy=policy):
            return signature
    return None


def may_approve(
    signer: Signer,
    request: Request,
    *,
    parties: Parties,
    background: Background,
    policies: Sequence[CompensationPolicy],
    signed: Sequence[Signed] = (),
) -> tuple[Objection, ...]:
    """Say what keeps a person from giving the next signature; empty: they may.

    Read limits and people in the signing transaction. A substitute uses the absent person's
    authority, and both of them must be free of any part in the request.
    """
    steps = approvers(request, background=background, policies=policies)
    number, missing = outstanding(steps, signed)
    found = [*_part_in_it(signer, request, parties)]
    if any(one.person_id == signer.person_id for one in signed):
        message = _("You have signed this request already; the next signature is another person's.")
        found.append(Objection("already_signed", message))
    if not missing:
        found.append(Objection("complete", _("No signature is missing.")))
    elif signature_for(signer, missing, policy=policies[-1]) is None:
        found.append(_no_authority(missing, number=number, count=len(steps)))
    return tuple(found)


def answers_for_insurer(roles: frozenset[Role]) -> bool:
    """Say whether somebody may note what became of the insurer's question."""
    return bool(roles & {Role.FINANCE, Role.LEGAL, Role.LEADERSHIP})


def may_veto(roles: frozenset[Role], against: Sequence[Objection]) -> bool:
    """Say whether legal may refuse out of turn: at any step, unless they have a part in it."""
    harmless = {"no_authority", "complete", "already_signed"}
    return Role.LEGAL in roles and all(one.code in harmless for one in against)


def _in(money: Money, policy: CompensationPolicy) -> Decimal:
    """Give an amount that must already be in the policy's currency."""
    if money.currency.code != policy.currency:
        raise ValueError(f"{money.currency.code} must be converted to {policy.currency} first")
    return money.amount


def _decides(role: Role, grade: Grade, row: Authority) -> bool:
    """Say whether this is the row's deciding signer, its first; the others co-sign."""
    first = row.signers[0]
    return first.role is role and GRADES.index(grade) >= GRADES.index(first.least_grade)


def _reaches(key: str, total: Money, *, arr: Money | None, policy: CompensationPolicy) -> bool:
    """Say whether the row of this name may sign the total under one policy."""
    for row in policy.authority:
        if row.key == key:
            reach = row_limit(row, arr=arr, policy=policy)
            return reach is None or total <= reach
    return False


def _needs_decision(request: Request) -> bool:
    """Say whether a person decides something: money not owed, or special terms."""
    return bool(request.special_terms) or any(
        part.face.amount > 0 for part in request.parts if part.ground.value != "owed"
    )


def _leadership_reasons(
    request: Request, background: Background, policies: Sequence[CompensationPolicy]
) -> list[Because]:
    """Give what adds leadership to whoever has the authority."""
    reasons = []
    if any(over_leadership_mark(request, policy=policy) for policy in policies):
        reasons.append(Because.ABOVE_HARM)
    left = background.budget_left
    if left is not None and counted(request, policy=policies[-1]) > left:
        reasons.append(Because.BUDGET)
    return reasons


def _legal_reasons(
    request: Request, background: Background, policies: Sequence[CompensationPolicy]
) -> list[Because]:
    """Give what makes legal co-sign; what is owed is not held back by a threat or by the cap."""
    wanted = {reason for policy in policies for reason in policy.legal_signs}
    cap, policy = background.liability_cap, policies[-1]
    face = in_policy_currency(request.face(), request, policy=policy)
    true = {
        Because.THREAT: request.threat and not request.only_owed,
        Because.WAIVER: request.waiver,
        Because.RELEASE: request.release,
        Because.LIABILITY_CAP: cap is not None and not request.only_owed and face > cap,
    }
    return [reason for reason, holds in true.items() if holds and reason.value in wanted]


def _add(steps: list[Step], role: Role, because: Sequence[Because]) -> None:
    """Add a step for a role that must also sign; where it signs already, add the reasons."""
    if not because:
        return
    for number, step in enumerate(steps):
        if any(one.role is role for one in step):
            steps[number] = tuple(
                replace(one, because=(*one.because, *because)) if one.role is role else one
                for one in step
            )
            return
    steps.append((Signature(role, Grade.STAFF, tuple(because)),))


def _qualifies(signer: Signer, signature: Signature, *, policy: CompensationPolicy) -> bool:
    """Say whether a person's roles and grade can give a signature; a higher row signs for a lower.

    Only the deciding signature passes upwards: finance and legal sign for themselves.
    """
    keys = [row.key for row in policy.authority]
    if signature.row in keys:
        rows = policy.authority[keys.index(signature.row) :]
        if signature.role is rows[0].signers[0].role:
            return any(_decides(role, signer.grade, row) for role in signer.roles for row in rows)
    enough = GRADES.index(signer.grade) >= GRADES.index(signature.grade)
    return signature.role in signer.roles and enough


def _part_in_it(signer: Signer, request: Request, parties: Parties) -> list[Objection]:
    """Say what part a signer, or the person they stand in for, has in the request."""
    found: dict[str, Objection] = {}
    for person in (signer, *((signer.stands_in_for,) if signer.stands_in_for else ())):
        for objection in _part_of(person, request, parties):
            found.setdefault(objection.code, objection)
    if not signer.active:
        found["inactive"] = Objection("inactive", _("This person no longer works here."))
    return list(found.values())


def _part_of(person: Signer, request: Request, parties: Parties) -> list[Objection]:
    """Say what part one person has in the request."""
    found = []
    if person.person_id == request.requester_id:
        found.append(Objection("own_request", _("Nobody approves their own request.")))
    if person.person_id in parties.owner_ids:
        message = _("Who looks after the account does not approve for it.")
        found.append(Objection("account_owner", message))
    if person.person_id in parties.target_owner_ids:
        message = _("Nobody approves for an account whose revenue target is theirs.")
        found.append(Objection("revenue_target", message))
    if person.person_id in parties.substitute_ids:
        message = _("Substitutes of the requester or of the account's owners do not approve.")
        found.append(Objection("substitute", message))
    if Role.ACCOUNT_MANAGER in person.roles:
        message = _("Account managers propose; they never approve.")
        found.append(Objection("account_manager", message))
    return found


def _no_authority(missing: Step, *, number: int, count: int) -> Objection:
    """Say whose signature comes next."""
    message = _(
        "Step %(number)s of %(count)s needs another signature: %(roles)s.",
        number=str(number + 1),
        count=str(count),
        roles=", ".join(word(one.role.value) for one in missing),
    )
    return Objection("no_authority", message)
