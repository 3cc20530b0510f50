"""Finding nominations, sponsorships and sponsors, within what the viewer may see."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.core import access, files, paging
from portal.core.access import Actor, K, Permission, Restriction, Subject
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import (
    LaneKind,
    Nomination,
    NominationState,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
)

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


def today(now: datetime) -> date:
    """Give the day of a moment in the house's zone."""
    return now.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()


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


def open_nomination(account: Account, lane: LaneKind) -> Nomination | None:
    """Give the nomination of an account for a lane that nobody has decided for good."""
    query = (
        sa.select(Nomination)
        .where(
            Nomination.account_id == account.id,
            Nomination.lane == lane,
            Nomination.state.in_(OPEN),
        )
        .order_by(Nomination.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def earlier_nomination(account: Account, lane: LaneKind) -> Nomination | None:
    """Give the last nomination of an account for a lane that was declined or taken back."""
    query = (
        sa.select(Nomination)
        .where(
            Nomination.account_id == account.id,
            Nomination.lane == lane,
            Nomination.state.in_((NominationState.DECLINED, NominationState.WITHDRAWN)),
        )
        .order_by(Nomination.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def attachments(row: Nomination) -> list[files.StoredFile]:
    """Give the files kept with a nomination, the oldest first."""
    query = sa.select(files.StoredFile).filter_by(record_ref=row.reference)
    return list(db.session.scalars(query.order_by(files.StoredFile.id)))


def attachment(row: Nomination, file_id: int) -> files.StoredFile:
    """Give one file of a nomination; `NotFound` where there is none."""
    found = next((one for one in attachments(row) if one.id == file_id), None)
    if found is None:
        raise NotFound
    return found


def line_of(viewer: Actor, nomination_id: int | None, *, now: datetime) -> NominationLine | None:
    """Give a nomination in short, None where the viewer sees none."""
    query = _nomination_lines(viewer, now=now).where(Nomination.id == nomination_id)
    row = db.session.execute(query).one_or_none()
    return _nomination_line(row) if row is not None else None


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
