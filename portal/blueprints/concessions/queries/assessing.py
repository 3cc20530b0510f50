"""A proposal as the rules see it: the request, what is known of the account, what it needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.queries.kinship import kin
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy, ValuePolicy
from portal.core.db import RATE_SCALE, db
from portal.core.money import Money, from_minor, rounded

from .. import rules
from ..models import Concession, ConcessionPart
from . import given


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
