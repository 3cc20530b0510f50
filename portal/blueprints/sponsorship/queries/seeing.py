"""Which nominations and sponsorships somebody sees; what came of a restricted case follows it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.core import access
from portal.core.access import Actor, K, Restriction, Subject

from ..models import Nomination, Sponsorship


def nominations_seen(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for the nominations a viewer may see; those that follow a restricted case
    are for the people named on it.
    """
    return access.scope(
        viewer,
        Subject.NOMINATION,
        account_id=Nomination.account_id,
        refs=(Nomination.reference, Nomination.case_ref),
        restricted=_is_closed(Nomination.case_ref),
        klass=K.CONFIDENTIAL,
        now=now,
    )


def sponsorships_seen(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for the sponsorships a viewer may see; one that came of a restricted case
    is for the people named on that, and for its sponsor.
    """
    case_ref = _case_of_sponsorship()
    return access.scope(
        viewer,
        Subject.SPONSORSHIP,
        account_id=Sponsorship.account_id,
        refs=(Sponsorship.reference, case_ref),
        restricted=_is_closed(case_ref),
        klass=K.CONFIDENTIAL,
        now=now,
    )


def _case_of_sponsorship() -> Any:
    found = sa.select(Nomination.case_ref).where(Nomination.id == Sponsorship.nomination_id)
    return found.correlate(Sponsorship).scalar_subquery()


def _is_closed(case_ref: Any) -> sa.ColumnElement[bool]:
    """Say of a case whether only named people see it."""
    return sa.exists().where(Restriction.record_ref == case_ref)


def open_to(viewer: Actor, *, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Give the predicates for nominations and sponsorships that follow no restricted case, or one
    that names the viewer; for rooms that tell of them without showing them.
    """
    own = sa.select(access.Relation.record_ref).where(
        access.Relation.person_id == viewer.id,
        sa.or_(access.Relation.until.is_(None), access.Relation.until > now),
        access.Relation.record_ref.is_not(None),
    )
    refs = (
        (Nomination.case_ref, Nomination.reference),
        (_case_of_sponsorship(), Sponsorship.reference),
    )
    nominations, sponsorships = (
        sa.or_(sa.not_(_is_closed(case)), case.in_(own), record.in_(own)) for case, record in refs
    )
    return nominations, sponsorships
