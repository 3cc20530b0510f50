"""Finding nominations, sponsorships and sponsors, within what the viewer may see."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, TargetOwner
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import Grade, User
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core import paging
from portal.core.access import Actor, Permission, Role
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import (
    LaneKind,
    Nomination,
    NominationState,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
)
from .seeing import nominations_seen, sponsorships_seen

OPEN = (NominationState.DRAFT, NominationState.SENT, NominationState.WAITING)
UNDECIDED = (NominationState.SENT, NominationState.WAITING)


@dataclass(frozen=True)
class NominationLine:
    """A nomination in a list."""

    reference: str
    account: str
    account_ref: str
    case_ref: str | None
    lane: LaneKind
    state: NominationState
    score: Decimal | None
    author: str | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class SponsorshipLine:
    """A sponsorship in a list."""

    reference: str
    account: str
    account_ref: str
    lane: LaneKind
    state: SponsorshipState
    sponsor: str
    ends_on: date
    next_touch_on: date | None


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


def today(now: datetime) -> date:
    """Give the day of a moment in the house's zone."""
    return now.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()


def get_nomination(
    viewer: Actor, reference: str, *, now: datetime, lock: bool = False
) -> Nomination:
    """Give a nomination; `NotFound` where there is none for this viewer; `lock` keeps others off
    until this transaction ends.
    """
    query = sa.select(Nomination).where(
        Nomination.reference == reference, nominations_seen(viewer, now=now)
    )
    return _one(query, lock=lock)  # type: ignore[no-any-return]


def get_sponsorship(
    viewer: Actor, reference: str, *, now: datetime, lock: bool = False
) -> Sponsorship:
    """Give a sponsorship; `NotFound` where there is none for this viewer."""
    query = sa.select(Sponsorship).where(
        Sponsorship.reference == reference, sponsorships_seen(viewer, now=now)
    )
    return _one(query, lock=lock)  # type: ignore[no-any-return]


def get_sponsor(viewer: Actor, reference: str, *, lock: bool = False) -> Sponsor:
    """Give a sponsor's profile to those who run the programme, and to the sponsor."""
    query = sa.select(Sponsor).where(Sponsor.reference == reference)
    if not (viewer.may(Permission.SPONSORSHIP_MANAGE) or viewer.may(Permission.SPONSORSHIP_DECIDE)):
        query = query.where(Sponsor.person_id == viewer.id)
    return _one(query, lock=lock)  # type: ignore[no-any-return]


def _one(query: sa.Select[Any], *, lock: bool) -> Any:
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def sponsorship_of(nomination: Nomination) -> Sponsorship | None:
    """Give the sponsorship that came of a nomination."""
    return db.session.scalar(sa.select(Sponsorship).filter_by(nomination_id=nomination.id))


def nomination_of(row: Sponsorship) -> Nomination:
    """Give the nomination that a sponsorship came of."""
    return db.session.get_one(Nomination, row.nomination_id)


def sponsor_of(row: Sponsorship) -> Sponsor:
    """Give the profile of a sponsorship's sponsor."""
    return db.session.get_one(Sponsor, row.sponsor_id)


def for_case(case_ref: str) -> Nomination | None:
    """Give the nomination that a case drafted."""
    query = sa.select(Nomination).filter_by(case_ref=case_ref).order_by(Nomination.id).limit(1)
    return db.session.scalar(query)


def _nomination_lines(viewer: Actor, *, now: datetime) -> Any:
    return (
        sa.select(
            Nomination.id,
            Nomination.reference,
            Account.name.label("account"),
            Account.reference.label("account_ref"),
            Nomination.case_ref,
            Nomination.lane,
            Nomination.state,
            Nomination.score,
            User.name.label("author"),
            Nomination.created_at,
            Nomination.sent_at,
        )
        .join(Account, Account.id == Nomination.account_id)
        .outerjoin(User, User.id == Nomination.author_id)
        .where(nominations_seen(viewer, now=now))
    )


def _nomination_line(row: Any) -> NominationLine:
    return NominationLine(*row[1:])


def nominations(
    viewer: Actor,
    *,
    now: datetime,
    state: NominationState | None = None,
    cursor: str | None = None,
    limit: int = paging.LIMIT,
) -> paging.Page[NominationLine]:
    """Give a page of nominations, the newest first, in one statement."""
    query = _nomination_lines(viewer, now=now)
    if state is not None:
        query = query.where(Nomination.state == state)
    found = paging.keyset(
        query, sort=Nomination.created_at, row_id=Nomination.id, cursor=cursor, limit=limit
    )
    return paging.Page([_nomination_line(row) for row in found.rows], found.after, found.before)


def nominations_of(
    viewer: Actor, *, now: datetime, account: str = "", case: str = "", limit: int = 20
) -> list[NominationLine]:
    """Give the newest nominations of an account or a case, for a part of their pages."""
    query = _nomination_lines(viewer, now=now)
    if account:
        query = query.where(Account.reference == account)
    if case:
        query = query.where(Nomination.case_ref == case)
    rows = db.session.execute(query.order_by(Nomination.id.desc()).limit(limit))
    return [_nomination_line(row) for row in rows]


def to_decide(viewer: Actor, *, now: datetime, limit: int = 20) -> list[NominationLine]:
    """Give the nominations that wait for a decision the viewer may take, the oldest first."""
    if not viewer.may(Permission.SPONSORSHIP_DECIDE):
        return []
    query = _nomination_lines(viewer, now=now).where(Nomination.state == NominationState.SENT)
    rows = db.session.execute(query.order_by(Nomination.sent_at, Nomination.id).limit(limit))
    return [_nomination_line(row) for row in rows]


def to_send(viewer: Actor, *, now: datetime, limit: int = 20) -> list[NominationLine]:
    """Give the drafts of accounts the viewer looks after, which a person must complete and send."""
    if not viewer.may(Permission.SPONSORSHIP_NOMINATE):
        return []
    query = _nomination_lines(viewer, now=now).where(
        Nomination.state == NominationState.DRAFT,
        sa.or_(Nomination.author_id == viewer.id, Account.owner_id == viewer.id),
    )
    rows = db.session.execute(query.order_by(Nomination.id).limit(limit))
    return [_nomination_line(row) for row in rows]


def sponsorships(
    viewer: Actor, *, now: datetime, account: str = "", limit: int = 200
) -> list[SponsorshipLine]:
    """Give the running sponsorships by their next touchpoint."""
    query = (
        sa.select(
            Sponsorship.reference,
            Account.name,
            Account.reference.label("account_ref"),
            Sponsorship.lane,
            Sponsorship.state,
            User.name.label("sponsor"),
            Sponsorship.ends_on,
            Sponsorship.next_touch_on,
        )
        .join(Account, Account.id == Sponsorship.account_id)
        .join(Sponsor, Sponsor.id == Sponsorship.sponsor_id)
        .join(User, User.id == Sponsor.person_id)
        .where(Sponsorship.state == SponsorshipState.ACTIVE, sponsorships_seen(viewer, now=now))
    )
    if account:
        query = query.where(Account.reference == account)
    rows = db.session.execute(
        query.order_by(Sponsorship.next_touch_on, Sponsorship.id).limit(limit)
    )
    return [SponsorshipLine(*row) for row in rows]


def touchpoints(row: Sponsorship) -> list[Touchpoint]:
    """Give the touchpoints of a sponsorship, the oldest first."""
    query = sa.select(Touchpoint).filter_by(sponsorship_id=row.id)
    return list(db.session.scalars(query.order_by(Touchpoint.planned_on, Touchpoint.id)))


def touchpoint(row: Sponsorship, touchpoint_id: int) -> Touchpoint:
    """Give one touchpoint of a sponsorship."""
    found = db.session.scalar(
        sa.select(Touchpoint).filter_by(id=touchpoint_id, sponsorship_id=row.id)
    )
    if found is None:
        raise NotFound
    return found


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
            _as_ruled(row, users[row.person_id], targets.get(row.person_id, frozenset())),
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
    return Carried(row, user, _as_ruled(row, user, mine), loads().get(row.id, rules.Load()))


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


def _as_ruled(row: Sponsor, user: User, targets: frozenset[str]) -> rules.Sponsor:
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
    )
