"""Every compensation that was ever handed in, with all its signatures, for the auditor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Actor
from portal.core.db import db
from portal.core.money import Money, from_minor

from ..models import Approval, Concession, ConcessionPart, Form, Ground, State, Verdict
from . import finding, taxing

BATCH = 500
"""How many rows are read at a time, with their signatures."""


@dataclass(frozen=True)
class Signing:
    """A signature that was given, or a refusal: seat, person, whom they stood in for, when, under
    which version of the policy and up to which limit; void ones included.
    """

    seat: str
    who: str | None
    for_whom: str | None
    verdict: Verdict
    at: datetime
    policy: int
    limit: Money | None
    voided_at: datetime | None


@dataclass(frozen=True)
class Whole:
    """A part of a compensation as the auditor reads it; names only where they may be seen."""

    reference: str | None
    account: str | None
    case_ref: str | None
    state: State
    ground: Ground
    form: Form
    tax: str | None
    face: Money
    cost: Money
    reporting: Money | None
    rate: str
    recommended: Money | None
    policy: int
    requested_by: str | None
    requested_at: datetime | None
    insurer: str
    approved_at: datetime | None
    offered_at: datetime | None
    answered_at: datetime | None
    delivered_at: datetime | None
    reversed_at: datetime | None
    proof: str
    signatures: tuple[Signing, ...]


def population(viewer: Actor, *, now: datetime) -> Iterator[Whole]:
    """Give every part of every compensation that was ever handed in, the oldest first, each with
    all signatures that were given on it.
    """
    seen = sa.case((finding.seen_by(viewer, now=now), 1), else_=0).label("seen")
    query = (
        sa.select(Concession, ConcessionPart, Account.reference, User.name, seen)
        .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
        .join(Account, Account.id == Concession.account_id)
        .outerjoin(User, User.id == Concession.requested_by_id)
        .where(Concession.requested_at.is_not(None))
        .order_by(Concession.id, ConcessionPart.id)
        .execution_options(yield_per=BATCH)
    )
    known: dict[int, tuple[CompensationPolicy, ...]] = {}
    for batch in db.session.execute(query).partitions():
        signed = _signatures({row.id for row, *_rest in batch})
        for row, part, account, person, shown in batch:
            signatures = signed.get(row.id, ())
            tax = taxing.tax_of(part.form, part.ground, number=row.policy_number, known=known)
            yield _whole(
                row,
                part,
                tax=tax,
                names=(account, person) if shown else None,
                signatures=signatures if shown else tuple(_nameless(one) for one in signatures),
            )


def _nameless(one: Signing) -> Signing:
    return Signing(one.seat, None, None, one.verdict, one.at, one.policy, one.limit, one.voided_at)


def _signatures(ids: set[int]) -> dict[int, tuple[Signing, ...]]:
    """Give all signatures on some compensations by their number, in one statement."""
    other = aliased(User)
    query = (
        sa.select(Approval, Concession.reporting_currency, User.name, other.name)
        .join(Concession, Concession.id == Approval.concession_id)
        .outerjoin(User, User.id == Approval.person_id)
        .outerjoin(other, other.id == Approval.for_id)
        .where(Approval.concession_id.in_(ids))
        .order_by(Approval.id)
    )
    found: dict[int, list[Signing]] = {}
    for one, currency, who, for_whom in db.session.execute(query):
        found.setdefault(one.concession_id, []).append(
            Signing(
                seat=one.seat,
                who=who,
                for_whom=for_whom,
                verdict=one.verdict,
                at=one.at,
                policy=one.policy_number,
                limit=None if one.limit_minor is None else from_minor(one.limit_minor, currency),
                voided_at=one.voided_at,
            )
        )
    return {key: tuple(signed) for key, signed in found.items()}


def _whole(
    row: Concession,
    part: ConcessionPart,
    *,
    tax: str | None,
    names: tuple[str, str | None] | None,
    signatures: tuple[Signing, ...],
) -> Whole:
    def reporting(count: int | None) -> Money | None:
        return None if count is None else from_minor(count, row.reporting_currency)

    return Whole(
        reference=row.reference if names else None,
        account=names[0] if names else None,
        case_ref=row.case_ref if names else None,
        state=row.state,
        ground=part.ground,
        form=part.form,
        tax=tax,
        face=from_minor(part.face_minor, row.currency),
        cost=from_minor(part.cost_minor, row.currency),
        reporting=reporting(part.reporting_minor),
        rate="" if row.rate is None else f"{row.rate.normalize():f}",
        recommended=reporting(row.recommended_minor),
        policy=row.policy_number,
        requested_by=names[1] if names else None,
        requested_at=row.requested_at,
        insurer=row.insurer,
        approved_at=row.approved_at,
        offered_at=row.offered_at,
        answered_at=row.answered_at,
        delivered_at=part.delivered_at or row.delivered_at,
        reversed_at=row.reversed_at,
        proof=part.credit_note,
        signatures=signatures,
    )
