"""What signals and people say of an account: reckoned where they change, and kept for the scores.

Going through all signals of the time looked back to is nine tenths of the work, and of most
accounts they say today what they said yesterday. So what they say is kept, with the moments from
which on it is to be reckoned anew: when the earliest signal falls out of the time, and when one
that lies ahead is reached.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import (
    Account,
    Contact,
    ContactRole,
    HealthSignal,
    Sentiment,
)
from portal.blueprints.policies.rules import RiskPolicy
from portal.blueprints.surveys import queries as surveys

from ..models import Ground
from ..rules import FINE, SCALE, SIGNALS
from .among import among

MOST = 2**63 - 1
"""What both databases hold in an integer."""


def _raw(column: Any) -> Any:
    return sa.type_coerce(column, sa.BigInteger)


def _sum(condition: Any, value: Any = 1) -> Any:
    return sa.func.sum(sa.case((condition, value), else_=0))


def _signals(since: datetime, now: datetime, only: Sequence[int]) -> Any:
    """Give the share that health and use have lost since the first signal of the time looked back
    to, and the last delay of payment.
    """
    keys = (HealthSignal.account_id, HealthSignal.kind)
    order = (HealthSignal.observed_at, HealthSignal.id)
    here = HealthSignal.observed_at <= now
    # Both ends by one order, which is that of the index: nothing is sorted.
    placed: dict[str, Any] = {"partition_by": (*keys, here), "order_by": order}
    seen = (
        sa.select(
            *keys,
            _raw(HealthSignal.value).label("value"),
            HealthSignal.observed_at,
            here.label("here"),
            sa.func.row_number().over(**placed).label("place"),
            sa.func.lead(HealthSignal.id).over(**placed).label("following"),
        )
        .where(HealthSignal.kind.in_(SIGNALS), HealthSignal.observed_at > since)
        .where(*among(HealthSignal.account_id, only))
        .subquery("seen")
    )

    def at(kind: str, end: Any) -> Any:
        return sa.func.max(sa.case((sa.and_(seen.c.here, seen.c.kind == kind, end), seen.c.value)))

    first, last = seen.c.place == 1, seen.c.following.is_(None)
    sides = {
        f"{kind}_{n}": at(kind, end) for n, end in enumerate((first, last)) for kind in SIGNALS
    }
    when = sa.func.min(sa.case((seen.c.here, seen.c.observed_at))).label("earliest_at")
    ahead = sa.func.min(sa.case((sa.not_(seen.c.here), seen.c.observed_at))).label("ahead_at")
    found = (
        sa.select(
            seen.c.account_id, when, ahead, *(value.label(name) for name, value in sides.items())
        )
        .group_by(seen.c.account_id)
        .offset(0)
        .subquery("found")
    )

    def lost(kind: str) -> Any:
        begun, now_is = found.c[f"{kind}_0"], found.c[f"{kind}_1"]
        # What is so large that the product would leave the integer goes without its last digits.
        step = sa.case((begun > MOST // FINE, FINE), else_=1)
        whole = sa.func.nullif(begun // step, 0, type_=sa.BigInteger)
        share = (begun - now_is) // step * FINE // whole * (SCALE // FINE)
        fell = sa.and_(begun > 0, now_is >= 0, now_is <= begun)
        return sa.case((fell, share), (begun > 0, 0))

    return sa.select(
        found.c.account_id,
        lost("health").label("health_trend"),
        lost("usage").label("usage_trend"),
        found.c.payment_delay_1.label("payment_delay"),
        found.c.earliest_at,
        found.c.ahead_at,
    ).subquery("signals")


def _people(now: datetime, only: Sequence[int]) -> Any:
    """Give whether the customer's executive is there, else since when not, and how much of the
    influence of those who are there is against us; somebody wavering counts half, and so does who
    last said that they would not recommend us.
    """
    declined = surveys.would_not_recommend(now).subquery("declined")
    here = sa.or_(Contact.left_at.is_(None), Contact.left_at > now)
    above = Contact.role == ContactRole.EXECUTIVE_COUNTERPART
    against = sa.case(
        (Contact.sentiment == Sentiment.AGAINST_US, 2),
        (sa.or_(Contact.sentiment == Sentiment.WAVERING, declined.c.contact_id.is_not(None)), 1),
        else_=0,
    )
    weight = _sum(here, Contact.influence)
    share = (
        _sum(here, Contact.influence * against)
        * FINE
        // (2 * sa.func.nullif(weight, 0, type_=sa.BigInteger))
    )
    return (
        sa.select(
            Contact.account_id,
            sa.cast(share * (SCALE // FINE), sa.BigInteger).label("sentiment"),
            (_sum(sa.and_(above, here)) > 0).label("executive_there"),
            sa.func.max(sa.case((above, Contact.left_at))).label("executive_left_at"),
            sa.func.min(sa.case((Contact.left_at > now, Contact.left_at))).label("ahead_at"),
        )
        .outerjoin(declined, declined.c.contact_id == Contact.id)
        .where(*among(Contact.account_id, only))
        .group_by(Contact.account_id)
        .subquery("people")
    )


def grounds(policy: RiskPolicy, *, now: datetime, only: Sequence[int] = ()) -> sa.Select[Any]:
    """Select for each account that has signals or people, or for some of them, what these say and
    from when on it is to be reckoned anew, in the order of `Ground`'s columns.
    """
    signals = _signals(now - timedelta(days=policy.look_back_days), now, only)
    people = _people(now, only)
    soonest = sa.case(
        (
            sa.and_(signals.c.ahead_at.is_not(None), people.c.ahead_at.is_not(None)),
            sa.case(
                (signals.c.ahead_at < people.c.ahead_at, signals.c.ahead_at),
                else_=people.c.ahead_at,
            ),
        ),
        else_=sa.func.coalesce(signals.c.ahead_at, people.c.ahead_at),
    )
    return (
        sa.select(
            Account.id.label("account_id"),
            signals.c.health_trend,
            signals.c.usage_trend,
            signals.c.payment_delay,
            people.c.sentiment,
            sa.func.coalesce(people.c.executive_there, sa.false()).label("executive_there"),
            people.c.executive_left_at,
            signals.c.earliest_at,
            soonest.label("ahead_at"),
        )
        .outerjoin_from(Account, signals, signals.c.account_id == Account.id)
        .outerjoin(people, people.c.account_id == Account.id)
        .where(sa.or_(signals.c.account_id.is_not(None), people.c.account_id.is_not(None)))
        .where(*among(Account.id, only))
    )


def due(policy: RiskPolicy, *, now: datetime) -> sa.Select[Any]:
    """Select the accounts whose grounds time alone has changed."""
    since = now - timedelta(days=policy.look_back_days)
    return sa.select(Ground.account_id).where(
        sa.or_(Ground.earliest_at <= since, Ground.ahead_at <= now)
    )
