"""Every account under contract held against the entry criteria at once, as they stood at a moment:
what a policy says becomes one statement, and the same arithmetic as for a single account.

What a nomination brings (an executive who agreed, a plan, an outcome, a sponsor) is not asked here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, ContactRole, Contract, Lifecycle
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation, State
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core.db import db
from portal.core.facts import REGISTRY
from portal.core.money import Money, from_minor, minor

from .. import rules
from ..models import LaneKind
from . import finding
from .own import kept, leading_out, own

UNIT = 10**8
"""Points of a policy are whole numbers of this part; scores are hundredths."""
CENTS = UNIT // 100
DAY = 86_400
NO_CUSTOMER = (Lifecycle.PROSPECT, Lifecycle.LOST)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the criteria are asked; `past` where the rows of today do not say how it was then."""

    at: datetime
    past: bool

    @property
    def on(self) -> date:
        """Give the day in the house's zone."""
        return finding.today(self.at)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands under one policy: whether it meets what facts decide, its score as
    proved and as possible, its place in the queue, and whether a condition of the house's own leads
    out.
    """

    account_id: int
    met: bool
    score: Decimal
    possible: Decimal
    place: int
    gone: date | None
    leaves: bool = False


def standings(
    lane: LaneKind, policies: Sequence[SponsorshipPolicy], *, moment: Moment
) -> Iterator[tuple[Standing, ...]]:
    """Give how every account under contract stands under each policy, one statement for all."""
    for row in db.session.execute(select(lane, policies, moment=moment)):
        gone = finding.today(row.gone) if row.gone is not None else None
        yield tuple(
            Standing(
                row.account_id,
                bool(row[3 + EACH * n]),
                Decimal(row[4 + EACH * n]) / 100,
                Decimal(row[5 + EACH * n]) / UNIT,
                row.place,
                gone,
                bool(row[6 + EACH * n]),
            )
            for n in range(len(policies))
        )


EACH = 4
"""Columns for each policy."""


def select(
    lane: LaneKind, policies: Sequence[SponsorshipPolicy], *, moment: Moment
) -> sa.Select[Any]:
    """Give the statement: account, gone, place, and met, score, possible and leaves for each
    policy.
    """
    known = _known(moment)
    answers: list[Any] = []
    joins: list[tuple[Any, Any]] = []
    arr: Any = known.c.arr
    if not moment.past and (lane is LaneKind.RECOVERY or _asks_arr(lane, policies)):
        signed = _by_contract(moment).subquery("signed")
        joins.append((signed, signed.c.account_id == known.c.account_id))
        arr = signed.c.arr
    names = {name for policy in policies for name in rules.own.named(lane, policy)}
    columns, more = kept(names, known.c.account_id, at=moment.at)
    joins += more
    asked = {**dict(known.c.items()), **columns, "arr": arr}
    for n, policy in enumerate(policies):
        value, possible = _score(known.c, policy)
        if lane is LaneKind.STRATEGIC:
            met = _strategic(known.c, value, policy)
        else:
            cases = _cases(policy, moment).subquery(f"cases_{n}")
            joins.append((cases, cases.c.account_id == known.c.account_id))
            enough = arr >= _floor(policy, moment)
            grave = cases.c.account_id.is_not(None)
            met = sa.and_(grave, enough, known.c.owner_id.is_not(None))
        met = sa.and_(met, *own(lane, asked, policy))
        answers += [
            sa.case((met, 1), else_=0).label(f"met_{n}"),
            value.label(f"score_{n}"),
            possible.label(f"possible_{n}"),
            sa.case((leading_out(lane, asked, policy), 1), else_=0).label(f"leaves_{n}"),
        ]
    query = sa.select(known.c.account_id, known.c.gone, known.c.place, *answers)
    source: Any = known
    for other, on in joins:
        source = source.outerjoin(other, on)
    return query.select_from(source)


def _asks_arr(lane: LaneKind, policies: Sequence[SponsorshipPolicy]) -> bool:
    """Say whether a condition of the house's own reads the yearly revenue."""
    asked = (one for policy in policies for one in (*policy.conditions, *policy.endings))
    return any(one.lane == lane.value and one.fact == "arr" for one in asked)


def _strategic(
    known: Any, value: sa.ColumnElement[int], policy: SponsorshipPolicy
) -> sa.ColumnElement[bool]:
    lane = policy.strategic
    scored = value * CENTS >= int(lane.least_score * UNIT)
    return sa.or_(known.place <= lane.top, scored)


def contracted(account_id: int, *, moment: Moment) -> Money | None:
    """Give the yearly revenue that the recovery lane's floor is held against, in the reporting
    currency; None where no contract is in force. What it is for all at once it is for each.
    """
    signed = _by_contract(moment).subquery()
    found = db.session.scalar(sa.select(signed.c.arr).where(signed.c.account_id == account_id))
    return None if found is None else from_minor(int(found), auth_queries.organisation().currency)


def _floor(policy: SponsorshipPolicy, moment: Moment) -> int:
    """Give the lane's floor in minor units: the policy's, else the median under contract."""
    if policy.recovery.arr_floor is not None:
        return minor(Money(policy.recovery.arr_floor, auth_queries.organisation().currency))
    signed = _signed(moment).subquery()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(signed)) or 0
    middle = sa.select(signed.c.arr).order_by(signed.c.arr, signed.c.account_id)
    found = db.session.scalars(middle.offset(max(0, (count - 1) // 2)).limit(2 - count % 2)).all()
    return (2 * sum(found) + len(found)) // (2 * len(found)) if found else 0


def _cases(policy: SponsorshipPolicy, moment: Moment) -> sa.Select[Any]:
    """Give the accounts with a grave case that was open then, or closed shortly before; not those
    whose case is restricted.
    """
    lane = policy.recovery
    zone = ZoneInfo(auth_queries.organisation().zone)
    since = datetime.combine(moment.on - timedelta(days=lane.closed_within_days), time(), zone)
    return (
        sa.select(Escalation.account_id)
        .where(
            Escalation.severity.in_(lane.severities),
            Escalation.state.in_((*OPEN_STATES, State.CLOSED)),
            Escalation.restricted.is_(False),
            Escalation.opened_at <= moment.at,
            sa.or_(Escalation.closed_at.is_(None), Escalation.closed_at >= since),
        )
        .group_by(Escalation.account_id)
    )


def _signed(moment: Moment) -> Any:
    """Give the accounts under contract with their yearly revenue in minor units, as lists show and
    sort it today; in the past as their contracts say.
    """
    if not moment.past:
        return sa.select(Account.id.label("account_id"), Account.arr_sort.label("arr")).where(
            account_queries.visible(),
            Account.lifecycle.not_in(NO_CUSTOMER),
            Account.arr_minor.is_not(None),
        )
    return _by_contract(moment)


def _by_contract(moment: Moment) -> Any:
    """Give the accounts with the yearly revenue of their contracts in force at a moment, in minor
    units; where no contract is on file, the account's own figure counts since it is a customer.
    """
    then = REGISTRY["arr"].select(moment.at).subquery()
    filed = sa.exists().where(Contract.account_id == Account.id, Contract.arr_minor.is_not(None))
    since = sa.func.coalesce(Account.customer_since, Account.contract_start)
    own = sa.and_(
        ~filed,
        Account.arr_minor.is_not(None),
        Account.lifecycle.not_in(NO_CUSTOMER),
        sa.or_(since.is_(None), since <= moment.on),
    )
    arr = sa.case(
        (
            then.c.account_id.is_not(None),
            sa.cast(sa.type_coerce(then.c.value, sa.Numeric), sa.BigInteger),
        ),
        (own, Account.arr_sort),
    )
    return (
        sa.select(Account.id.label("account_id"), arr.label("arr"))
        .outerjoin(then, then.c.account_id == Account.id)
        .where(account_queries.visible(), arr.is_not(None))
    )


def _known(moment: Moment) -> sa.Subquery:
    """Give what the criteria read of every account under contract: a row each."""
    signed, people = _signed(moment).subquery(), _people(moment).subquery()
    above = sa.func.rank().over(order_by=signed.c.arr.desc()) - 1
    among = sa.func.count().over()
    risk: Any = Account.risk_score
    source: Any = sa.join(signed, Account, Account.id == signed.c.account_id).outerjoin(
        people, people.c.account_id == Account.id
    )
    if moment.past:
        then = REGISTRY["risk_score_then"].select(moment.at).subquery()
        source = source.outerjoin(then, then.c.account_id == Account.id)
        risk = then.c.value
    there = sa.func.coalesce(people.c.there, 0)
    judged = Account.growth_potential_on <= moment.on
    columns = {
        "account_id": signed.c.account_id,
        "arr": signed.c.arr,
        "owner_id": Account.owner_id,
        "place": above + 1,
        # The share of accounts that are no larger, in hundredths of a percent, half upwards.
        "arr_percentile": (20_000 * (among - above) + among) // (2 * among),
        "growth_potential": sa.case((judged, Account.growth_potential)),
        "reference_customer": sa.cast(Account.reference_customer, sa.Integer),
        "logo": sa.cast(Account.logo, sa.Integer),
        "regulator_exposed": sa.cast(Account.regulator_exposed, sa.Integer),
        "renewal_near": _months(_renewal(moment), moment),
        "risk": risk,
        "executive_engaged": sa.case((there > 0, 1), else_=0),
        "gone": sa.case((there == 0, people.c.gone)),
    }
    return (
        sa.select(*(column.label(name) for name, column in columns.items()))
        .select_from(source)
        .subquery("known")
    )


def _renewal(moment: Moment) -> Any:
    """Give the day of the next renewal: today the account's own; in the past, as that is reckoned,
    the last end of the contracts in force then, and the account's own where none of them ends.
    """
    if not moment.past:
        return Account.renewal_on
    ends = (
        sa.select(sa.func.max(Contract.ends_on))
        .where(
            Contract.account_id == Account.id,
            Contract.starts_on <= moment.on,
            Contract.ends_on > moment.on,
        )
        .correlate(Account)
        .scalar_subquery()
    )
    return sa.func.coalesce(ends, Account.renewal_on)


def _months(renewal: Any, moment: Moment) -> Any:
    """Give the hundredths of months to a renewal, half upwards; NULL where it is over."""
    today = int(datetime.combine(moment.on, time(), ZoneInfo("UTC")).timestamp()) // DAY
    days = sa.cast(sa.extract("epoch", renewal), sa.BigInteger) // DAY - today
    return sa.case((renewal >= moment.on, (9_600 * days + 1_461) // 2_922))


def _people(moment: Moment) -> Any:
    """Give for accounts how many executives of theirs were known and there, and when the last one
    left.
    """
    there = sa.or_(Contact.left_at.is_(None), Contact.left_at > moment.at)
    query = (
        sa.select(
            Contact.account_id,
            sa.func.sum(sa.case((there, 1), else_=0)).label("there"),
            sa.func.max(Contact.left_at).label("gone"),
        )
        .where(Contact.role == ContactRole.EXECUTIVE_COUNTERPART)
        .group_by(Contact.account_id)
    )
    return query.where(Contact.created_at <= moment.at) if moment.past else query


def _score(
    known: Any, policy: SponsorshipPolicy
) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    """Give the score in hundredths, and what it could be in parts of `UNIT`."""
    points: list[Any] = []
    missing: list[Any] = []
    for weight in policy.weights:
        whole = int(weight.points * UNIT)
        if weight.factor not in known:
            missing.append(sa.literal(whole, sa.BigInteger))
            continue
        fact = known[weight.factor]
        points.append(sa.case((fact.is_not(None), SHARES[weight.factor](fact, whole)), else_=0))
        missing.append(sa.case((fact.is_(None), sa.literal(whole, sa.BigInteger)), else_=0))
    value: Any = sum(points, sa.literal(0, sa.BigInteger))
    return value, value * CENTS + sum(missing, sa.literal(0, sa.BigInteger))


def _part(numerator: Any, denominator: int, whole: int) -> Any:
    """Give the hundredths of points of a share, half upwards; `whole` is in parts of `UNIT`."""
    whole_of = sa.literal(2 * whole, sa.BigInteger)
    bottom = CENTS * denominator
    return (whole_of * numerator + bottom) // sa.literal(2 * bottom, sa.BigInteger)


def _flag(fact: Any, whole: int) -> Any:
    return _part(fact, 1, whole)


def _of_ten_thousand(fact: Any, whole: int) -> Any:
    return _part(fact, 10_000, whole)


def _of_a_hundred(fact: Any, whole: int) -> Any:
    return _part(sa.case((fact > 100, 100), (fact < 0, 0), else_=fact), 100, whole)


def _near(fact: Any, whole: int) -> Any:
    return _part(1_200 - sa.case((fact > 1_200, 1_200), else_=fact), 1_200, whole)


SHARES: dict[str, Callable[[Any, int], Any]] = {
    "arr_percentile": _of_ten_thousand,
    "growth_potential": _of_a_hundred,
    "reference_customer": _flag,
    "logo": _flag,
    "regulator_exposed": _flag,
    "renewal_near": _near,
    "risk": _of_a_hundred,
    "executive_engaged": _flag,
}
"""As `rules.score.SHARE_OF`."""
