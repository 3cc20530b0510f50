"""Finding reviews and what hangs on them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies import rules as policy_rules
from portal.blueprints.policies.models import PolicyDraft
from portal.core import access
from portal.core.access import Actor, Permission, Role, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _

from .. import rules
from ..models import Line, LineKind, PackReading, Review, ReviewState, ReviewVerdict, Sought

READERS = (Role.LEADERSHIP, Role.EXECUTIVE, Role.ESCALATION_MANAGER)


def _seen(viewer: Actor) -> sa.ColumnElement[bool]:
    may = access.reach(viewer, Subject.REVIEW) is not access.Reach.NONE
    return sa.true() if may and viewer.may(Permission.REVIEWS_READ) else sa.false()


def reviews(viewer: Actor) -> list[Review]:
    """Give the reviews, the newest quarter first."""
    query = sa.select(Review).where(_seen(viewer)).order_by(Review.starts_on.desc())
    return list(db.session.scalars(query))


def get(viewer: Actor, reference: str, *, lock: bool = False) -> Review:
    """Give a review; `NotFound` where there is none for this viewer. With `lock` nobody else
    changes it until this transaction ends.
    """
    query = sa.select(Review).where(Review.reference == reference.upper(), _seen(viewer))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def by_reference(reference: str) -> Review | None:
    """Give a review to our own work; None where there is none."""
    return db.session.scalar(sa.select(Review).where(Review.reference == reference))


def named(text: str) -> rules.Quarter | None:
    """Read the name of a quarter of the organisation's fiscal year; None where it is none."""
    house = auth_queries.organisation()
    return rules.named(text, first_month=house.fiscal_month, zone=house.zone)


def quarter_of(row: Review) -> rules.Quarter:
    """Give the quarter that a review is about."""
    house = auth_queries.organisation()
    return rules.quarter(row.year, row.quarter, first_month=house.fiscal_month, zone=house.zone)


def quarter_at(now: datetime, *, shift: int = 0) -> rules.Quarter:
    """Give the quarter that holds a moment, or one so many quarters later or earlier."""
    house = auth_queries.organisation()
    month, zone = house.fiscal_month, house.zone
    today = now.astimezone(ZoneInfo(zone)).date()
    held = rules.holding(today, first_month=month, zone=zone)
    return rules.shifted(held, shift, first_month=month, zone=zone)


def sought_of(row: Review) -> list[Sought]:
    """Give the decisions sought, those carried over first."""
    query = sa.select(Sought).where(Sought.review_id == row.id)
    return list(db.session.scalars(query.order_by(Sought.carried_from.is_(None), Sought.id)))


def get_sought(row: Review, sought_id: int) -> Sought:
    """Give one decision sought of a review; `NotFound` where it is another's."""
    found = db.session.scalar(sa.select(Sought).filter_by(id=sought_id, review_id=row.id))
    if found is None:
        raise NotFound
    return found


def agenda_of(row: Review, sought: list[Sought] | None = None) -> tuple[rules.Item, ...]:
    """Give the agenda of a review, by the beginning of its meeting, else by when it is called."""
    those = sought_of(row) if sought is None else sought
    boxes = [(one.id, one.minutes) for one in those]
    return rules.agenda(boxes, begins_at=row.began_at or row.meets_at)


def drafts_of(sought: list[Sought]) -> dict[int, PolicyDraft]:
    """Give the policy drafts that followed from decisions, by their id."""
    ids = {one.draft_id for one in sought if one.draft_id is not None}
    if not ids:
        return {}
    rows = db.session.scalars(sa.select(PolicyDraft).where(PolicyDraft.id.in_(ids)))
    return {row.id: row for row in rows}


def policies_of(viewer: Actor) -> list[tuple[str, str]]:
    """Give (kind, title) of the policies somebody may propose changes of."""
    kinds = policy_queries.kinds_of(viewer)
    return [
        (row.kind.value, _(policy_rules.parse(row.kind, row.body).title))
        for row in policy_queries.all_published()
        if row.kind in kinds
    ]


def lines_of(row: Review) -> list[Line]:
    """Give what was typed in the meeting, in its order."""
    query = sa.select(Line).where(Line.review_id == row.id).order_by(Line.said_at, Line.id)
    return list(db.session.scalars(query))


def open_line(row: Review, line_id: int) -> Line:
    """Give an action of a review that is not done yet; `NotFound` where there is none."""
    found = db.session.scalar(
        sa.select(Line).filter_by(id=line_id, review_id=row.id, kind=LineKind.ACTION, done_at=None)
    )
    if found is None:
        raise NotFound
    return found


def postponed(before: Review) -> list[Sought]:
    """Give the decisions of a review that were put off."""
    query = sa.select(Sought).filter_by(review_id=before.id, verdict=ReviewVerdict.POSTPONED)
    return list(db.session.scalars(query.order_by(Sought.id)))


def last_signed(row: Review) -> Review | None:
    """Give the newest review before this one that is signed off."""
    return db.session.scalar(
        sa.select(Review)
        .where(Review.state == ReviewState.SIGNED, Review.starts_on < row.starts_on)
        .order_by(Review.starts_on.desc())
        .limit(1)
    )


def readings(row: Review) -> list[tuple[str, datetime | None, datetime | None]]:
    """Give to whom the pack was sent, and when they read it."""
    query = (
        sa.select(User.name, PackReading.sent_at, PackReading.read_at)
        .join(User, User.id == PackReading.person_id)
        .where(PackReading.review_id == row.id)
        .order_by(User.name)
    )
    return [(name, sent, read) for name, sent, read in db.session.execute(query)]


def readers() -> list[User]:
    """Give whom the pack is sent to: everybody who reads reviews by role."""
    found = {person.id: person for role in READERS for person in auth_queries.people(role=role)}
    return [found[key] for key in sorted(found)]


def chair() -> User | None:
    """Give the person of leadership whose edition is printed where nobody is named."""
    return next(iter(auth_queries.people(role=Role.LEADERSHIP)), None)
