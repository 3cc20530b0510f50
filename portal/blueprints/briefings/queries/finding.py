"""Finding issues: lists, one, by digest, and who read them."""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.core import files
from portal.core.access import Actor, K, Reach, Relation, Restriction, Subject, reach, sees
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.events import Event
from portal.core.paging import LIMIT, Page, keyset
from portal.reports import facts as paper
from portal.reports import linter, snapshot

from ..models import BriefedCase, Briefing, Kind, Reading, State
from ..rules import CASES, Standing, may_open

OPENED, DOWNLOADED = "briefings.opened", "briefings.downloaded"
LINKED = "briefings.link_used"
KEPT, OPENED_AWAY = "briefings.kept", "briefings.opened_on_device"
FETCHED = (OPENED, DOWNLOADED, LINKED, KEPT, OPENED_AWAY)
DIGEST = re.compile(r"[0-9a-f]{64}")


class Line(NamedTuple):
    """One issue in a list."""

    id: int
    reference: str
    kind: Kind
    state: State
    subject_ref: str
    account: str | None
    issue: int
    reader_id: int
    reader: str
    locale: str
    classification: str
    taken_at: datetime
    read_at: datetime | None
    opens: bool


def _visible(viewer: Actor) -> sa.ColumnElement[bool]:
    """Readers and authors see their issues; the auditor sees that there are issues, not what
    is in them. An issue about what is restricted is for named people alone.
    """
    mine = sa.or_(Briefing.reader_id == viewer.id, Briefing.author_id == viewer.id)
    if reach(viewer, Subject.BRIEFING) is Reach.ALL:
        mine = sa.true()
    return sa.and_(mine, sa.not_(is_hidden_from(viewer)))


def tells_of_restricted(row: Briefing) -> bool:
    """Say whether the subject of an issue, or a case it tells of, is open to named people alone."""
    told = sa.select(BriefedCase.case_ref).where(BriefedCase.briefing_id == row.id)
    about = sa.or_(Restriction.record_ref == row.subject_ref, Restriction.record_ref.in_(told))
    return bool(db.session.scalar(sa.select(sa.exists().where(about))))


def is_hidden_from(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say of an issue whether its subject, or a case it tells of, is restricted today and does not
    name the viewer: what was printed before is no way round it.
    """
    told = (
        sa.exists()
        .where(BriefedCase.briefing_id == Briefing.id)
        .where(BriefedCase.case_ref == Restriction.record_ref)
    )
    named = sa.exists().where(
        Relation.record_ref == Restriction.record_ref,
        Relation.person_id == viewer.id,
        Relation.until.is_(None),
    )
    about = sa.or_(
        Restriction.record_ref == Briefing.subject_ref,
        told.correlate(Briefing, Restriction),
    )
    return sa.exists().where(about, sa.not_(named.correlate(Restriction))).correlate(Briefing)


def _opens(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say of each issue what `rules.may_open` says: who made one for somebody above may not read
    it.
    """
    classes = [k for k in K if sees(viewer, Subject.BRIEFING, klass=k, related=True)]
    own = sa.and_(Briefing.author_id == viewer.id, Briefing.klass.in_([int(k) for k in classes]))
    return sa.or_(Briefing.reader_id == viewer.id, own)


def _lines(viewer: Actor) -> Any:
    read = sa.and_(Reading.briefing_id == Briefing.id, Reading.person_id == Briefing.reader_id)
    return (
        sa.select(
            Briefing.id,
            Briefing.reference,
            Briefing.kind,
            Briefing.state,
            Briefing.subject_ref,
            Account.name.label("account"),
            Briefing.issue,
            Briefing.reader_id,
            User.name.label("reader"),
            Briefing.locale,
            Briefing.classification,
            Briefing.taken_at,
            Reading.read_at,
            _opens(viewer).label("opens"),
        )
        .join(User, User.id == Briefing.reader_id)
        .outerjoin(Account, Account.id == Briefing.account_id)
        .outerjoin(Reading, read)
        .where(_visible(viewer))
    )


def page(
    viewer: Actor,
    *,
    subject: str = "",
    mine: bool = False,
    cursor: str | None = None,
    limit: int = LIMIT,
) -> Page[Line]:
    """Give a page of issues, newest first."""
    query = _lines(viewer)
    if subject:
        query = query.where(Briefing.subject_ref == subject)
    if mine:
        query = query.where(Briefing.reader_id == viewer.id)
    return keyset(query, sort=Briefing.taken_at, row_id=Briefing.id, cursor=cursor, limit=limit)


def of_subject(viewer: Actor, subject: str, *, limit: int = 10) -> list[Line]:
    """Give the newest issues about a subject."""
    query = (
        _lines(viewer)
        .where(Briefing.subject_ref == subject)
        .order_by(Briefing.id.desc())
        .limit(limit)
    )
    return [Line(*row) for row in db.session.execute(query)]


def unread(viewer: Actor, *, limit: int = 20) -> list[Line]:
    """Give the issues that wait for the viewer to read them."""
    waiting = sa.and_(
        Briefing.reader_id == viewer.id,
        Reading.read_at.is_(None),
        Briefing.state.in_((State.ISSUED, State.DRAFT)),
    )
    query = _lines(viewer).where(waiting).order_by(Briefing.id.desc()).limit(limit)
    return [Line(*row) for row in db.session.execute(query)]


def get(viewer: Actor, reference: str) -> Briefing:
    """Give an issue whose content the viewer may read; anything else is `NotFound`."""
    seen = sa.not_(is_hidden_from(viewer))
    row = db.session.scalar(sa.select(Briefing).where(Briefing.reference == reference, seen))
    if row is None or not may_open(
        viewer, reader_id=row.reader_id, author_id=row.author_id, klass=K(row.klass)
    ):
        raise NotFound
    return row


def subject_name(row: Briefing) -> str:
    """Give what an issue is about by its customer's name, or by its number where it has none."""
    name = db.session.scalar(sa.select(Account.name).where(Account.id == row.account_id))
    return name or row.subject_ref


def opens(viewer: Actor, reference: str) -> bool:
    """Say whether the viewer may read an issue, also by what is restricted today."""
    seen = sa.and_(_opens(viewer), sa.not_(is_hidden_from(viewer)))
    query = sa.select(seen).where(Briefing.reference == reference)
    return bool(db.session.scalar(query))


def by_reference(reference: str, *, lock: bool = False) -> Briefing:
    """Give an issue, for the job that typesets it; read anew and held until the commit if asked."""
    query = sa.select(Briefing).where(Briefing.reference == reference)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    return row


def pdf_of(row: Briefing) -> bytes:
    """Give the stored PDF of an issue; `NotFound` while there is none, and once it is revoked."""
    stored = db.session.get(files.StoredFile, row.file_id) if row.file_id else None
    if stored is None or row.state is State.REVOKED:
        raise NotFound
    return files.read(stored)


def open_pdf(row: Briefing, *, now: datetime) -> bytes:
    """Give the PDF of an issue to somebody who opens it: `NotFound` once it has expired, too."""
    if has_expired(row, now=now):
        raise NotFound
    return pdf_of(row)


def has_expired(row: Briefing, *, now: datetime) -> bool:
    """Say whether the time of an issue is over."""
    return row.expires_at is not None and row.expires_at <= now


class Fetch(NamedTuple):
    """That somebody opened the page of an issue, fetched its PDF, used a link that opens once, or
    kept a copy and opened it; `what` is the event's name.
    """

    at: datetime
    who: str
    what: str


def fetches(row: Briefing, *, most: int) -> list[Fetch]:
    """Give who opened an issue or fetched it, the latest first: what the event log says."""
    query = (
        sa.select(Event.at, sa.func.coalesce(User.name, Event.actor_name), Event.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.record_ref == row.reference, Event.name.in_(FETCHED))
        .order_by(Event.seq.desc())
        .limit(most)
    )
    return [Fetch(at, who, name) for at, who, name in db.session.execute(query)]


def cases_briefed(row: Briefing) -> list[Escalation]:
    """Give the open cases that an issue tells their executive owner about: none while it is a
    draft, the one it is about where it is about one.
    """
    if row.state is not State.ISSUED:
        return []
    about = Escalation.account_id == row.account_id
    if row.kind is Kind.ESCALATION:
        about = Escalation.reference == row.subject_ref
    if row.kind is Kind.BOOK:
        about = Escalation.account_id.in_(
            sa.select(Account.id).where(Account.reference.in_(_final_in(row)))
        )
    return list(
        db.session.scalars(
            sa.select(Escalation).where(
                about,
                Escalation.executive_owner_id == row.reader_id,
                Escalation.state.in_(OPEN_STATES),
            )
        )
    )


def _final_in(row: Briefing) -> list[str]:
    """Give the customers of a book whose part of it is no draft."""
    kept = snapshot.loads(json.dumps(row.snapshot), kind=row.kind.value, shape=paper.AccountsBook)
    return [one.account.reference for one in kept.accounts if not linter.is_draft(one)]


def readings(row: Briefing) -> list[tuple[str, Reading]]:
    """Give what became of an issue with each person it was sent to."""
    query = sa.select(User.name, Reading).join(Reading, Reading.person_id == User.id)
    return [
        (name, reading)
        for name, reading in db.session.execute(query.where(Reading.briefing_id == row.id))
    ]


def last_number(kind: Kind, subject_ref: str) -> int:
    """Give the number of the newest issue of a kind about a subject, 0 where there is none."""
    query = sa.select(sa.func.max(Briefing.issue)).where(
        Briefing.kind.in_(_like(kind)), Briefing.subject_ref == subject_ref
    )
    return db.session.scalar(query) or 0


def _like(kind: Kind) -> tuple[Kind, ...]:
    """Give the kinds that tell of the same thing as a kind does."""
    return CASES if kind in CASES else (kind,)


def last_sent(kind: Kind, subject_ref: str, *, reader: Actor) -> Briefing | None:
    """Give the newest issue about a subject that was made for a person and stands, read or not."""
    query = sa.select(Briefing).where(
        Briefing.kind.in_(_like(kind)),
        Briefing.subject_ref == subject_ref,
        Briefing.reader_id == reader.id,
        Briefing.state.in_((State.RENDERING, State.DRAFT, State.ISSUED)),
    )
    return db.session.scalar(query.order_by(Briefing.id.desc()).limit(1))


def last_read(kind: Kind, subject_ref: str, *, reader: Actor) -> tuple[Briefing, datetime] | None:
    """Give the newest issue about a subject that a person has read and may read today, and when
    they read it.
    """
    query = (
        sa.select(Briefing, Reading.read_at)
        .join(Reading, sa.and_(Reading.briefing_id == Briefing.id, Reading.person_id == reader.id))
        .where(
            Briefing.kind.in_(_like(kind)),
            Briefing.subject_ref == subject_ref,
            Reading.read_at.is_not(None),
            sa.not_(is_hidden_from(reader)),
        )
        .order_by(Briefing.id.desc())
        .limit(1)
    )
    found = db.session.execute(query).one_or_none()
    return (found[0], found[1]) if found and found[1] else None


def standing(row: Briefing, *, now: datetime) -> Standing:
    """Say what an issue of ours is worth: genuine until it is taken back, expires, or a later issue
    of the same kind about the same subject was made for the same reader.
    """
    if row.state is State.REVOKED:
        return Standing.REVOKED
    if has_expired(row, now=now):
        return Standing.EXPIRED
    later = sa.select(
        sa.exists().where(
            Briefing.kind == row.kind,
            Briefing.subject_ref == row.subject_ref,
            Briefing.reader_id == row.reader_id,
            Briefing.audience == row.audience,
            Briefing.id > row.id,
            Briefing.state == State.ISSUED,
        )
    )
    return Standing.SUPERSEDED if db.session.scalar(later) else Standing.GENUINE


def by_digest(digest: str) -> Briefing | None:
    """Find an issue by the full digest of its PDF; a part of one finds nothing."""
    plain = "".join(digest.lower().split())
    if not DIGEST.fullmatch(plain):
        return None
    return db.session.scalar(sa.select(Briefing).where(Briefing.pdf_digest == plain))
