"""Revenue accounting's signature, before what touches the recognition of revenue is delivered."""

from collections.abc import Sequence
from datetime import datetime

from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Actor, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Approval, Concession, ConcessionPart, State, Verdict
from .recording import account_of, log

LONGEST = 2_000


def expect_revenue_signed(row: Concession, parts: Sequence[ConcessionPart]) -> None:
    """Refuse a delivery that touches the recognition of revenue before finance has signed it."""
    if queries.revenue_signature(row) is None and queries.touches_revenue(row, parts):
        raise Refused(_("Revenue accounting signs first: this touches when revenue is recognised."))


def _expect_no_part(row: Concession, *, by: Actor, now: datetime) -> None:
    """Refuse whoever looks after the account, carries its target, or stands in for a party."""
    here = queries.parties(account_of(row), author_ids=queries.authors(row), now=now)
    if by.id in here.owner_ids:
        raise Refused(_("Who looks after the account does not approve for it."))
    if by.id in here.target_owner_ids:
        raise Refused(_("Nobody approves for an account whose revenue target is theirs."))
    if by.id in here.substitute_ids:
        raise Refused(_("Substitutes of the requester or of the account's owners do not approve."))


def sign_revenue(row: Concession, *, booked: str, by: Actor, now: datetime) -> None:
    """Sign for revenue accounting what the customer accepted, and say how it is booked.

    Refused for who is not of finance or had a hand in it, and where nothing of it is left to sign.
    """
    if row.state is not State.ACCEPTED:
        raise Refused(_("Somebody was faster: this compensation stands elsewhere by now."))
    if Role.FINANCE not in by.roles or by.id in queries.authors(row):
        raise Refused(_("Finance signs for revenue accounting, and not what they proposed."))
    _expect_no_part(row, by=by, now=now)
    if not booked.strip():
        raise Refused(_("Say how it is booked."), field="booked")
    if len(booked) > LONGEST:
        raise Refused(_("This is too long: 2,000 characters at most."), field="booked")
    asked = queries.touches_revenue(row, queries.parts(row))
    if not asked or queries.revenue_signature(row) is not None:
        raise Refused(_("No signature is missing."))
    number = policy_queries.in_force(CompensationPolicy)[1]
    db.session.add(
        Approval(
            concession_id=row.id,
            seat=queries.REVENUE_SEAT,
            digest=row.digest,
            person_id=by.id,
            verdict=Verdict.APPROVED,
            reason=booked.strip(),
            policy_number=number,
            at=now,
        )
    )
    db.session.flush()
    said = {"booked": (None, booked.strip())}
    log(row, "revenue_signed", by=by, now=now, data={"policy": number}, changes=said)
