"""What is wrong with the data of accounts."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, read_query, shapes
from portal.core.web import require, viewer

from .. import queries
from ..schemas import FaultCount, FaultList, FaultOut, FaultsAsked
from .blueprint import bp


@bp.get("/quality")
@require(Permission.ACCOUNTS_READ)
@shapes(asks=FaultsAsked, gives=FaultList)
def quality() -> Response:
    """List accounts whose data need mending, by what is wrong."""
    return call(_quality)


def _quality() -> Response:
    asked, now = read_query(FaultsAsked), clock.now()
    counts = queries.how_many(viewer(), now=now)
    found = queries.faults(
        viewer(), asked.fault, cursor=asked.after or None, now=now, limit=asked.limit
    )
    items = [
        FaultOut(
            reference=line.reference,
            name=line.name,
            owner=line.owner,
            starts_on=line.starts_on,
            renewal_on=line.renewal_on,
            currency=line.currency,
            signed_in=line.signed_in,
            twin=line.twin,
        )
        for line in found.rows
    ]
    told = [FaultCount(fault=one, count=count) for one, count in counts.items()]
    return answer(FaultList(counts=told, items=items, after=found.after))
