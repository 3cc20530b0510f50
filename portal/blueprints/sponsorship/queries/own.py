"""The conditions of the house's own as SQL, for all accounts at once; and the facts of other rooms
that they read, for all and for one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import isinf
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.rules import Explained, unknown
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.blueprints.policies.rules.admission import COUNTED, SCALES, EntryCondition
from portal.core.db import db
from portal.core.facts import REGISTRY
from portal.core.money import exponent

from ..models import LaneKind
from . import finding

LARGEST = 2**63 - 1


def own(
    lane: LaneKind, known: Mapping[str, Any], policy: SponsorshipPolicy
) -> Iterator[sa.ColumnElement[bool]]:
    """Give what each condition of a lane asks of the columns of `standing`; a value that is NULL
    meets nothing. Columns are whole numbers of parts, `arr` of minor units: a bound between two of
    them is the next one that holds, so that SQL compares exactly what the rules compare.
    """
    return (_asked(one, known) for one in policy.conditions if one.lane == lane.value)


def leading_out(
    lane: LaneKind, known: Mapping[str, Any], policy: SponsorshipPolicy
) -> sa.ColumnElement[bool]:
    """Say whether some condition for leaving a lane is met."""
    asked = (_asked(one, known) for one in policy.endings if one.lane == lane.value)
    return sa.or_(sa.false(), *asked)


def _asked(one: EntryCondition, known: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    fact = known[NAMED.get(one.fact, one.fact)]
    parts = SCALES[one.fact].parts if one.fact in SCALES else 1
    if one.fact == "arr":
        parts = 10 ** exponent(auth_queries.organisation().currency)
    least, most = one.bounds(parts)
    bound = least if isinf(most) or least == most else most
    side = sa.literal(max(-LARGEST, min(LARGEST, int(bound))), sa.BigInteger)
    if least == most:
        return fact == side  # type: ignore[no-any-return]
    return fact >= side if isinf(most) else fact <= side  # type: ignore[no-any-return]


NAMED = {"arr_rank": "place"}
"""Facts whose column is called otherwise."""


def kept(
    names: Iterable[str], account_id: Any, *, at: datetime
) -> tuple[dict[str, Any], list[tuple[Any, Any]]]:
    """Give the columns of facts that other rooms keep, as they were at a moment, and what is to be
    joined for them. A count of what nobody has on file is none.
    """
    columns: dict[str, Any] = {}
    joins: list[tuple[Any, Any]] = []
    for name in sorted(names):
        then = REGISTRY[name].select(at).subquery(name)
        joins.append((then, then.c.account_id == account_id))
        value = then.c.value
        columns[name] = sa.func.coalesce(value, 0) if name in COUNTED else value
    return columns, joins


def kept_of(account: Account, names: Iterable[str], *, now: datetime) -> dict[str, Explained[Any]]:
    """Give facts of one account that other rooms keep, with where they come from and since when."""
    on, found = finding.today(now), {}
    for name in sorted(names):
        then = REGISTRY[name].select(now).subquery()
        row = db.session.execute(sa.select(then).where(then.c.account_id == account.id)).first()
        if row is not None:
            day = finding.today(row.observed_at) if row.observed_at else on
            found[name] = Explained(name, row.value, row.source_ref or account.reference, day)
        elif name in COUNTED:
            found[name] = Explained(name, 0, account.reference, on)
        else:
            found[name] = unknown(name, source=account.reference, on=on)
    return found
