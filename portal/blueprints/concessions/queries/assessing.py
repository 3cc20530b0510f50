"""A proposal as the rules see it: the request, what is known of the account, who may sign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, TargetOwner
from portal.blueprints.accounts.queries.kinship import kin
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.auth.rules import is_away
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy, ValuePolicy
from portal.core.access import Actor, Grade, Permission, Relation, Role
from portal.core.db import RATE_SCALE, db
from portal.core.money import Money, from_minor, rounded

from .. import rules
from ..models import Concession, ConcessionPart
from . import finding, given


@dataclass(frozen=True)
class Weighed:
    """A proposal weighed under the policies: the one it was requested under and the one in force.

    `rate` is the one frozen at submission, or today's where that moved too far; `rate_day` its day.
    """

    request: rules.Request
    background: rules.Background
    policies: tuple[CompensationPolicy, ...]
    number: int
    rate: Decimal
    rate_day: date
    rate_moved: bool
    steps: tuple[rules.Step, ...]
    budget: Money

    @property
    def policy(self) -> CompensationPolicy:
        """Give the policy in force."""
        return self.policies[-1]

    @property
    def objections(self) -> tuple[Objection, ...]:
        """Give what speaks against it under either policy; those that stop come first."""
        return rules.objections(self.request, background=self.background, policies=self.policies)

    @property
    def seal(self) -> str:
        """Give what signatures are bound to."""
        return rules.seal(self.request, self.steps)


def rate_to(currency: str, target: str, *, now: datetime) -> tuple[Decimal, date] | None:
    """Give what a unit of `currency` is worth in `target` today, and the day of that rate; None
    where none is known or it is too old.
    """
    on = today(now)
    if currency == target:
        return Decimal(1), on
    policy, _number = policy_queries.in_force(ValuePolicy)
    table = account_queries.rate_table(policy, on=on)
    found = table.convert(Money(1, currency), to=target, on=on)
    if found is None:
        return None
    step = Decimal(1).scaleb(-RATE_SCALE)
    used = min(rate.on for rate in found.rates)
    return found.factor.quantize(step, rounding=ROUND_HALF_UP), used


def today(now: datetime) -> date:
    """Give the day of a moment in the house's zone."""
    return now.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()


def weigh(
    row: Concession,
    account: Account,
    *,
    parts: Sequence[ConcessionPart],
    now: datetime,
    lock: bool = False,
) -> Weighed | None:
    """Weigh a proposal as it stands; None where its currency has no rate.

    With `lock` nobody else draws on the account's limits or the region's budget meanwhile.
    """
    policy, number = policy_queries.in_force(CompensationPolicy)
    requested = row.requested_at is not None
    policies: tuple[CompensationPolicy, ...] = (policy,)
    if requested and row.policy_number != number:
        policies = (policy_queries.numbered(CompensationPolicy, row.policy_number), policy)
    found = rate_to(row.currency, policy.currency, now=now)
    rate = row.rate if requested else None
    if found is None and rate is None:
        return None
    current, day = found or (rate or Decimal(1), row.rate_day or today(now))
    frozen, frozen_day = (rate, row.rate_day or day) if rate is not None else (current, day)
    request = request_of(row, parts, account, rate=frozen, policy=policy)
    moved = rules.must_rerun(request, current_rate=current, policy=policy)
    if moved:
        frozen, frozen_day = current, day
        request = request_of(row, parts, account, rate=frozen, policy=policy)
    background, whole = _background(row, account, request, policy=policy, now=now, lock=lock)
    steps = rules.approvers(request, background=background, policies=policies)
    return Weighed(request, background, policies, number, frozen, frozen_day, moved, steps, whole)


def request_of(
    row: Concession,
    parts: Iterable[ConcessionPart],
    account: Account,
    *,
    rate: Decimal,
    policy: CompensationPolicy,
) -> rules.Request:
    """Give a proposal as the rules see it; what happened is turned into the policy's currency."""

    def harm(minor: int) -> Money:
        money = from_minor(minor, row.currency)
        return rounded(Money(money.amount * rate, policy.currency))

    return rules.Request(
        account=account.reference,
        requester_id=row.requested_by_id or 0,
        currency=row.currency,
        parts=tuple(_part(part, row.currency) for part in parts),
        harm=rules.Harm(
            owed=harm(row.owed_minor),
            direct_loss=harm(row.loss_minor),
            documented=row.loss_documented,
            effort_hours=row.effort_hours,
            disrupted_days=row.disrupted_days,
        ),
        rate=rate,
        terms=row.terms,
        threat=row.threat,
        waiver=row.waiver,
        release=row.release,
        termination_right=row.termination_right,
        natural_person=account.natural_person,
        country=account.country,
        value_moved_it=row.value_moved,
        written_reason=row.value_reason,
    )


def _part(part: ConcessionPart, currency: str) -> rules.Part:
    periods = part.months or 1
    return rules.Part(
        ground=part.ground,
        form=part.form,
        amount=from_minor(part.face_minor // periods, currency),
        periods=periods,
        what=part.what,
        on_renewal=part.on_renewal,
    )


def _background(
    row: Concession,
    account: Account,
    request: rules.Request,
    *,
    policy: CompensationPolicy,
    now: datetime,
    lock: bool,
) -> tuple[rules.Background, Money]:
    """Give what is known of the account in the policy's currency, and the region's whole budget."""
    if lock:
        _lock_family(account.id)
    left, whole = given.budget_left(account.region, policy=policy, now=now, lock=lock)
    arr = account_queries.at_stake([account.id], at=now).total.value
    fee = None if row.fee_minor is None else from_minor(row.fee_minor, row.currency)
    background = rules.Background(
        arr=_into(arr, policy, now=now),
        given=given.counted_since(account.id, policy=policy, now=now, except_id=row.id),
        month_fee=None if fee is None else rules.in_policy_currency(fee, request, policy=policy),
        liability_cap=_into(liability_cap(account), policy, now=now),
        budget_left=left,
    )
    return background, whole


def _lock_family(account_id: int) -> None:
    """Let nobody else decide for this account's family until this transaction ends."""
    rows = (
        sa.select(Account.id)
        .where(Account.id.in_(kin(account_id)))
        .order_by(Account.id)
        .with_for_update()
    )
    db.session.execute(rows)


def liability_cap(account: Account) -> Money | None:
    """Give the contract's liability cap; None where it is not recorded."""
    cap = account.liability_cap_minor
    return None if cap is None else from_minor(cap, account.currency)


def _into(money: Money | None, policy: CompensationPolicy, *, now: datetime) -> Money | None:
    if money is None or money.currency.code == policy.currency:
        return money
    found = rate_to(money.currency.code, policy.currency, now=now)
    return None if found is None else rounded(Money(money.amount * found[0], policy.currency))


def parties(account: Account, *, author_ids: frozenset[int], now: datetime) -> rules.Parties:
    """Give who may never sign for an account: its owner, who carries its revenue target, and
    everybody who stands in for one of them or for an author of the request.
    """
    on = today(now)
    targets = frozenset(
        db.session.scalars(
            sa.select(TargetOwner.person_id).where(
                TargetOwner.account_id == account.id,
                TargetOwner.since <= on,
                sa.or_(TargetOwner.until.is_(None), TargetOwner.until > on),
            )
        )
    )
    owners = frozenset({account.owner_id} if account.owner_id else ())
    concerned = owners | targets | author_ids
    stand_ins = db.session.scalars(
        sa.select(User.substitute_id).where(User.id.in_(concerned), User.substitute_id.is_not(None))
    )
    substitutes = frozenset(one for one in stand_ins if one is not None)
    return rules.Parties(owners, targets, substitutes)


def signer_of(user: User) -> rules.Signer:
    """Give a person, whose roles are loaded, as the rules see them."""
    return rules.Signer(
        person_id=user.id,
        roles=frozenset(Role(role.name) for role in user.roles),
        grade=Grade(user.grade),
        active=bool(user.active),
    )


def signers(person_id: int, *, now: datetime) -> list[rules.Signer]:
    """Give the ways in which a person can sign: for themselves, then for whom they stand in."""
    own = signer_of(auth_queries.get(person_id))
    found = [own]
    for absent_id in auth_queries.absent_under([person_id], now=now):
        absent = signer_of(auth_queries.get(absent_id))
        found.append(
            rules.Signer(own.person_id, own.roles, own.grade, own.active, stands_in_for=absent)
        )
    return found


def standing(row: Concession, weighed: Weighed) -> list[rules.Signed]:
    """Give the signatures that count: given for this proposal, and still that person's to give."""
    if row.digest != weighed.seal:
        return []
    found = []
    for one in finding.living(row):
        if not one.seat[0].isdigit():
            continue  # revenue accounting's, before delivery: it is no step to approval
        signed = rules.Signed.at(one.seat, person_id=one.person_id)
        signer = signer_of(auth_queries.get(one.person_id))
        holder = one.for_id and signer_of(auth_queries.get(one.for_id))
        if rules.holds_still(signed, holder or signer, weighed.steps, policy=weighed.policy):
            found.append(signed)
    return found


def objections_to_signing(
    row: Concession, account: Account, weighed: Weighed, *, by: Actor, now: datetime
) -> tuple[rules.Signer | None, tuple[Objection, ...]]:
    """Give as whom a person may sign next, or what keeps them from it."""
    if by.id is None:
        return None, ()
    author_ids = finding.authors(row)
    here = parties(account, author_ids=author_ids, now=now)
    signed = standing(row, weighed)
    first: tuple[Objection, ...] | None = None
    for signer in signers(by.id, now=now):
        found = _may_approve(signer, weighed, here, author_ids=author_ids, signed=signed)
        if not found:
            return signer, ()
        first = found if first is None else first
    return None, first or ()


def _may_approve(
    signer: rules.Signer,
    weighed: Weighed,
    here: rules.Parties,
    *,
    author_ids: frozenset[int],
    signed: Sequence[rules.Signed],
) -> tuple[Objection, ...]:
    """Hold a person against the next signature; who had a hand in the proposal is its requester."""
    concerned = {signer.person_id}
    if signer.stands_in_for is not None:
        concerned.add(signer.stands_in_for.person_id)
    request = weighed.request
    for person_id in concerned & author_ids:
        request = replace(request, requester_id=person_id)
    return rules.may_approve(
        signer,
        request,
        parties=here,
        background=weighed.background,
        policies=weighed.policies,
        signed=signed,
    )


def next_signers(
    row: Concession, account: Account, weighed: Weighed, *, now: datetime
) -> list[User]:
    """Give the people whom the next signature is asked of: those of the very role, else whoever
    has more authority.
    """
    exact, above = able_signers(row, account, weighed, now=now)
    return exact or above


def stand_ins(people: Iterable[User], *, now: datetime) -> dict[int, int]:
    """Give who stands in for those of some people who are away: substitute → absent person."""
    return {
        one.substitute_id: one.id
        for one in people
        if one.substitute_id and is_away(one.absent_from, one.absent_until, now=now)
    }


def asked(
    row: Concession, account: Account, weighed: Weighed, *, now: datetime
) -> tuple[list[int], list[int]]:
    """Give the ids of whom the next signature is asked of, with those who stand in for who is away
    and may sign in their place; and of whoever else could give it, with more authority.
    """
    exact, above = able_signers(row, account, weighed, now=now)
    first, others = (exact, above) if exact else (above, [])
    found = [one.id for one in first]
    for person_id in stand_ins(first, now=now):
        actor = auth_queries.actor_of(auth_queries.get(person_id))
        signer, _against = objections_to_signing(row, account, weighed, by=actor, now=now)
        may = actor.may(Permission.CONCESSIONS_APPROVE)
        if may and signer is not None and person_id not in found:
            found.append(person_id)
    return found, [one.id for one in others]


def _related(row: Concession) -> set[int]:
    """Give the people who stand in a relation to the account or the case: no CSM sees others."""
    refs = [one for one in (row.reference, row.case_ref) if one]
    query = sa.select(Relation.person_id).where(
        Relation.person_id.is_not(None),
        sa.or_(
            sa.and_(Relation.account_id == row.account_id, Relation.record_ref.is_(None)),
            Relation.record_ref.in_(refs),
        ),
    )
    return {one for one in db.session.scalars(query) if one is not None}


def able_signers(
    row: Concession, account: Account, weighed: Weighed, *, now: datetime
) -> tuple[list[User], list[User]]:
    """Give who could give the next signature: those of the very role, and those with more
    authority.
    """
    author_ids = finding.authors(row)
    here = parties(account, author_ids=author_ids, now=now)
    signed = standing(row, weighed)
    _number, missing = rules.outstanding(weighed.steps, signed)
    if not missing:
        return [], []
    roles = {one.role for one in missing}
    able = []
    for user in auth_queries.people():
        if any(one.person_id == user.id for one in signed):
            continue
        signer = signer_of(user)
        if not _may_approve(signer, weighed, here, author_ids=author_ids, signed=signed):
            able.append((bool(signer.roles & roles), user))
    exact = [user for is_exact, user in able if is_exact]
    if roles == {Role.CSM}:
        exact = [user for user in exact if user.id in _related(row)]
    return exact, [user for is_exact, user in able if not is_exact]
