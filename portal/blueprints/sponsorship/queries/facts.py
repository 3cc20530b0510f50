"""What other rooms and policies may know of an account's sponsorship, as it was at a moment."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import K, Subject
from portal.core.facts import Fact

from ..models import Nomination, Sponsor, Sponsorship
from .finding import today


def _running(at: datetime, value: Any) -> sa.Select[Any]:
    on = today(at)
    return (
        sa.select(
            Sponsorship.account_id.label("account_id"),
            value.label("value"),
            sa.func.max(Sponsorship.reference).label("source_ref"),
            sa.func.max(Sponsorship.created_at).label("observed_at"),
        )
        .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
        .join(User, User.id == Sponsor.person_id)
        .where(
            Sponsorship.starts_on <= on,
            sa.or_(Sponsorship.ended_on.is_(None), Sponsorship.ended_on > on),
        )
        .group_by(Sponsorship.account_id)
    )


def _active(at: datetime) -> sa.Select[Any]:
    return _running(at, sa.func.count() > 0)


def _name(at: datetime) -> sa.Select[Any]:
    return _running(at, sa.func.max(User.name))


def _open(at: datetime) -> Any:
    """Say which accounts had a nomination that nobody had decided yet."""
    return (
        sa.select(
            Nomination.account_id.label("account_id"),
            (sa.func.count() > 0).label("value"),
            sa.func.max(Nomination.reference).label("source_ref"),
            sa.func.max(Nomination.created_at).label("observed_at"),
        )
        .where(
            Nomination.created_at <= at,
            Nomination.state.not_in(["withdrawn"]),
            sa.or_(Nomination.decided_at.is_(None), Nomination.decided_at > at),
        )
        .group_by(Nomination.account_id)
    )


FACTS = (
    Fact("sponsorship_active", bool, "yes_no", K.CONFIDENTIAL, _active, Subject.SPONSORSHIP),
    Fact("sponsor_name", str, "word", K.CONFIDENTIAL, _name, Subject.SPONSORSHIP),
    Fact("nomination_open", bool, "yes_no", K.CONFIDENTIAL, _open, Subject.NOMINATION),
)
