"""How people want to hear, and on what ground somebody hears of a record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth.models import Team
from portal.core import records
from portal.core.access import Actor, K, Relation
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.events import Event

from ..models import Channel, Mute, Notification, Preference, State
from ..rules import Choice

N = Notification


def choice_of(person_id: int) -> Choice:
    """Give how a person wants to hear."""
    return choices_of([person_id]).get(person_id) or Choice()


def choices_of(person_ids: Collection[int]) -> Mapping[int, Choice]:
    """Give how people want to hear, those who chose something, in two statements."""
    muted: dict[int, set[str]] = {}
    for row in db.session.execute(
        sa.select(Mute.person_id, Mute.record_ref).where(Mute.person_id.in_(person_ids))
    ):
        muted.setdefault(row.person_id, set()).add(row.record_ref)
    chosen = db.session.execute(
        sa.select(
            Preference.person_id,
            Preference.ways,
            Preference.digest_at,
            Preference.quiet_from,
            Preference.quiet_until,
            Preference.number,
        ).where(Preference.person_id.in_(person_ids))
    )
    found = {
        row.person_id: Choice(
            ways=row.ways,
            digest_at=row.digest_at,
            quiet_from=row.quiet_from,
            quiet_until=row.quiet_until,
            number=row.number,
            muted=frozenset(muted.pop(row.person_id, ())),
        )
        for row in chosen
    }
    return found | {i: Choice(muted=frozenset(refs)) for i, refs in muted.items()}


def preference(person_id: int) -> Preference | None:
    """Give what a person chose, None where they left it as it is."""
    found: Preference | None = db.session.get(Preference, person_id)
    return found


def mutes(person_id: int) -> list[Mute]:
    """Give what a person muted, the newest first."""
    query = sa.select(Mute).filter_by(person_id=person_id).order_by(Mute.since.desc())
    return list(db.session.scalars(query))


def account_seen(record: str, viewer: Actor, *, now: datetime) -> int | None:
    """Give the account of a record by its reference; `NotFound` where there is none, or none that
    the viewer may see.
    """
    ours = sa.select(Event.account_id).where(
        Event.record_ref == record,
        records.visible(
            viewer,
            account_id=Event.account_id,
            record_ref=Event.record_ref,
            klass=sa.literal(int(K.INTERNAL)),
            now=now,
        ),
    )
    found = db.session.execute(ours.order_by(Event.seq.desc()).limit(1)).first()
    if found is None:
        raise NotFound
    account_id: int | None = found.account_id
    return account_id


@dataclass(frozen=True)
class Ground:
    """Why somebody hears of a record: as what they, their team or their role stand to it, or to the
    whole account.
    """

    kind: str
    through: str
    name: str
    whole_account: bool


def grounds(record: str, account_id: int | None, viewer: Actor, *, now: datetime) -> list[Ground]:
    """Give what the viewer stands to a record by: themselves, their teams, their roles."""
    mine = sa.or_(
        Relation.person_id == viewer.id,
        Relation.team_id.in_(sorted(viewer.teams)),
        Relation.role.in_(sorted(viewer.roles)),
    )
    whole = sa.and_(Relation.record_ref.is_(None), Relation.account_id == account_id)
    rows = db.session.execute(
        sa.select(Relation, Team.name)
        .outerjoin(Team, Team.id == Relation.team_id)
        .where(
            mine,
            sa.or_(Relation.record_ref == record, whole),
            sa.or_(Relation.until.is_(None), Relation.until > now),
        )
        .order_by(Relation.id)
    )
    return [_ground(row, team) for row, team in rows]


def _ground(row: Relation, team: str | None) -> Ground:
    if row.person_id is not None:
        through, name = "person", ""
    elif row.team_id is not None:
        through, name = "team", team or ""
    else:
        through, name = "role", str(row.role)
    return Ground(row.kind.value, through, name, whole_account=row.record_ref is None)


def with_digest_waiting(*, now: datetime) -> list[int]:
    """Give the people for whom something waits for their next digest."""
    query = sa.select(N.person_id).where(
        N.state == State.WAITING, N.channel == Channel.DIGEST, N.send_at <= now
    )
    return [i for i in db.session.scalars(query.distinct()) if i is not None]


def for_digest(person_id: int, *, until: datetime) -> list[Notification]:
    """Give what waits for a person's digest and was there by an instant, the oldest first."""
    query = sa.select(N).where(
        N.state == State.WAITING,
        N.channel == Channel.DIGEST,
        N.person_id == person_id,
        N.send_at <= until,
    )
    return list(db.session.scalars(query.order_by(N.id)))


def digest_lines(ids: Collection[int], seen: sa.ColumnElement[bool]) -> list[Any]:
    """Give those of some notices that may (still) be seen, the oldest first."""
    columns = (N.id, N.template, N.context, N.why, N.klass, N.record_ref, N.created_at)
    query = sa.select(*columns).where(N.id.in_(ids), seen).order_by(N.id)
    return list(db.session.execute(query).all())
