"""The conditions of the house's own as SQL, for all accounts at once."""

from collections.abc import Iterator
from math import isinf
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.blueprints.policies.rules.admission import SCALES
from portal.core.money import exponent

from ..models import LaneKind

LARGEST = 2**63 - 1


def own(
    lane: LaneKind, known: Any, policy: SponsorshipPolicy, *, arr: Any
) -> Iterator[sa.ColumnElement[bool]]:
    """Give what each condition of a lane asks of the columns of `standing`; a value that is NULL
    meets nothing. Columns are whole numbers of parts, `arr` of minor units: a bound between two of
    them is the next one that holds, so that SQL compares exactly what the rules compare.
    """
    for one in policy.conditions:
        if one.lane != lane.value:
            continue
        fact = arr if one.fact == "arr" else known[NAMED.get(one.fact, one.fact)]
        parts = SCALES[one.fact].parts if one.fact in SCALES else 1
        if one.fact == "arr":
            parts = 10 ** exponent(auth_queries.organisation().currency)
        least, most = one.bounds(parts)
        bound = least if isinf(most) or least == most else most
        side = sa.literal(max(-LARGEST, min(LARGEST, int(bound))), sa.BigInteger)
        if least == most:
            yield fact == side
        else:
            yield fact >= side if isinf(most) else fact <= side


NAMED = {"arr_rank": "place"}
"""Facts whose column is called otherwise."""
