"""What sponsors carry, and how many a lane has: their places, hours and accounts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, TargetOwner
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth import rules as auth_rules
from portal.blueprints.auth.models import User
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core.access import Grade, Role
from portal.core.db import db
from portal.core.plain import plain

from .. import rules
from ..models import (
    LaneKind,
    Sponsor,
    Sponsorship,
    SponsorshipState,
)


@dataclass(frozen=True)
class Carried:
    """A sponsor with what they carry: as the rules see them, and how many places there are."""

    row: Sponsor
    user: User
    sponsor: rules.Sponsor
    load: rules.Load

    @property
    def name(self) -> str:
        """Give the sponsor's name."""
        return self.user.name

    def places(self, lane: str, policy: SponsorshipPolicy) -> int:
        """Give how many places they have in a lane."""
        return rules.places(self.sponsor, LaneKind(lane), policy=policy)

    def hours_used(self, policy: SponsorshipPolicy) -> Decimal:
        """Give the hours a month that their accounts take."""
        return rules.hours_used(self.load, policy=policy)

    def is_trained(self, on: date, policy: SponsorshipPolicy) -> bool:
        """Say whether their training is valid on a day."""
        return rules.is_trained(self.row.trained_on, on=on, policy=policy)


def known_kinds() -> tuple[list[str], list[str]]:
    """Give the expertise and the industries that sponsors' profiles name, each in one spelling."""
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for row in db.session.execute(sa.select(Sponsor.expertise, Sponsor.industries)):
        for names, given in zip(found, row, strict=True):
            for one in sorted(given):
                names.setdefault(plain(one), one)
    expertise, industries = (sorted(names.values(), key=plain) for names in found)
    return expertise, industries


def loads() -> dict[int, rules.Load]:
    """Give what every sponsor carries, by the id of the profile."""
    query = (
        sa.select(Sponsorship.sponsor_id, Sponsorship.lane, sa.func.count())
        .where(Sponsorship.state == SponsorshipState.ACTIVE)
        .group_by(Sponsorship.sponsor_id, Sponsorship.lane)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for sponsor_id, lane, count in db.session.execute(query):
        found[sponsor_id][lane.value] = count
    return {sponsor_id: rules.Load(**counts) for sponsor_id, counts in found.items()}


def active_in(lane: LaneKind) -> int:
    """Count the running sponsorships of a lane."""
    query = sa.select(sa.func.count()).where(
        Sponsorship.state == SponsorshipState.ACTIVE, Sponsorship.lane == lane
    )
    return db.session.scalar(query) or 0


def sponsors(*, on: date) -> list[Carried]:
    """Give every sponsor who still works here, with what they carry, by name."""
    users = {user.id: user for user in auth_queries.people()}
    carried, targets = loads(), _targets(on)
    found = [
        Carried(
            row,
            users[row.person_id],
            _as_ruled(row, users[row.person_id], targets.get(row.person_id, frozenset()), on),
            carried.get(row.id, rules.Load()),
        )
        for row in db.session.scalars(sa.select(Sponsor))
        if row.person_id in users
    ]
    return sorted(found, key=lambda one: (one.name, one.row.id))


def carried(row: Sponsor, *, on: date) -> Carried:
    """Give one sponsor with what they carry."""
    user = auth_queries.get(row.person_id)
    mine = _targets(on, person_id=row.person_id).get(row.person_id, frozenset())
    return Carried(row, user, _as_ruled(row, user, mine, on), loads().get(row.id, rules.Load()))


def _targets(on: date, *, person_id: int | None = None) -> dict[int, frozenset[str]]:
    """Give the references of the accounts whose revenue target people carry."""
    query = (
        sa.select(TargetOwner.person_id, Account.reference)
        .join(Account, Account.id == TargetOwner.account_id)
        .where(
            TargetOwner.since <= on,
            sa.or_(TargetOwner.until.is_(None), TargetOwner.until > on),
            TargetOwner.person_id.in_(
                sa.select(Sponsor.person_id) if person_id is None else [person_id]
            ),
        )
    )
    found: dict[int, set[str]] = defaultdict(set)
    for owner, reference in db.session.execute(query):
        found[owner].add(reference)
    return {owner: frozenset(references) for owner, references in found.items()}


def _as_ruled(row: Sponsor, user: User, targets: frozenset[str], on: date) -> rules.Sponsor:
    noon = datetime.combine(on, time(12), ZoneInfo(user.zone))
    roles = {role.name for role in user.roles}
    return rules.Sponsor(
        person_id=row.person_id,
        hours_a_month=Decimal(row.hours_month),
        trained_on=row.trained_on,
        # The board's members take fewer accounts, as the policy says of the chief executive.
        chief=Grade(user.grade) is Grade.CXO,
        places=row.capacity,
        recovery_places=row.recovery_places,
        sales_leader=Role.ACCOUNT_MANAGER.value in roles,
        languages=frozenset(row.languages),
        zone=row.zone,
        expertise=frozenset(row.expertise),
        industries=frozenset(row.industries),
        conflicts=frozenset(row.conflicts),
        target_accounts=targets,
        absent=auth_rules.is_away(user.absent_from, user.absent_until, now=noon),
        substituted=user.substitute_id is not None,
    )
