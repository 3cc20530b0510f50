"""Reading people, teams and the organisation."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from portal.core import access, quarters, seals
from portal.core.access import Actor
from portal.core.db import Base, db
from portal.core.errors import NotFound
from portal.core.files import StoredFile

from .. import rules
from ..models import ApiToken, LegalEntity, Organisation, Role, RoleGrant, Team, TeamMember, User
from .absences import absent_under as absent_under
from .absences import lead_at as lead_at
from .absences import responsible as responsible
from .absences import responsible_at as responsible_at
from .absences import standing_in_for as standing_in_for

STANDING = sa.case((Team.retired_at.is_(None), Team.id), else_=Team.successor_id)
"""The number of a team, or of the one that stands for it since it was retired, if any."""

FIRST_HOURS = 24
FIRST_PURPOSE = "first administrator"


def actor_of(user: User, *, on_behalf_of: int | None = None) -> Actor:
    """Give the actor for a person whose roles are loaded."""
    return access.person(
        id=user.id,
        name=user.name or user.email,
        roles=[access.Role(role.name) for role in user.roles],
        grade=str(user.grade),
        teams=frozenset(m.team_id for m in user.memberships),
        language=user.language,
        zone=user.zone,
        on_behalf_of=on_behalf_of,
    )


def _reader() -> sa.Select[Any]:
    """Select what an actor is made of: a row for each pair of a role and a team."""
    user, role, member = User.__table__, Role.__table__, TeamMember.__table__
    has = Base.metadata.tables["roles_users"]
    columns = (user.c.id, user.c.name, user.c.email, user.c.grade, user.c.language, user.c.zone)
    return (
        sa.select(*columns, role.c.name.label("role"), member.c.team_id)
        .outerjoin_from(user, has, has.c.user_id == user.c.id)
        .outerjoin(role, role.c.id == has.c.role_id)
        .outerjoin(member, member.c.person_id == user.c.id)
        .where(user.c.active.is_(True))
    )


@dataclass(frozen=True)
class ByToken:
    """Who acts by a token, which one it is, and whether its use is to be written down again."""

    actor: Actor
    token_id: int
    is_due: bool


# Asked at every request: made once.
SIGNED_IN = _reader().where(User.fs_uniquifier == sa.bindparam("key"))
BY_TOKEN = (
    _reader()
    .add_columns(ApiToken.scopes, ApiToken.id.label("token_id"), ApiToken.last_used_at)
    .join(ApiToken, ApiToken.person_id == User.id)
    .where(
        ApiToken.hash == sa.bindparam("hash"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > sa.bindparam("now"),
    )
)


def actors(ids: Iterable[int]) -> list[Actor]:
    """Give the actors for those of some people who are active, in one statement."""
    wanted = sorted(set(ids))
    query = sa.select(User).where(User.id.in_(wanted), User.active.is_(True))
    loaded = query.options(joinedload(User.roles)).order_by(User.id)
    return [actor_of(one) for one in db.session.scalars(loaded).unique()] if wanted else []


def signed_in(key: str) -> Actor | None:
    """Give the actor whose sessions carry `key`; None for nobody, or nobody active."""
    rows = db.session.connection().execute(SIGNED_IN, {"key": key}).all()
    return _actor_from(rows) if rows else None


def _actor_from(rows: Sequence[sa.Row[Any]]) -> Actor:
    first = rows[0]
    return access.person(
        id=first.id,
        name=first.name or first.email,
        roles=[access.Role(row.role) for row in rows if row.role],
        grade=str(first.grade),
        teams=frozenset(row.team_id for row in rows if row.team_id is not None),
        language=first.language,
        zone=first.zone,
    )


def actor(person_id: int) -> Actor:
    """Give the actor for a person by id; `NotFound` where there is none."""
    return actor_of(get(person_id))


def get(person_id: int) -> User:
    """Give a person with their roles; `NotFound` where there is none."""
    found = (
        db.session.scalars(
            sa.select(User).where(User.id == person_id).options(joinedload(User.roles))
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def by_email(email: str) -> User | None:
    """Give the person with this address, None where there is none."""
    query = (
        sa.select(User)
        .where(sa.func.lower(User.email) == email.lower())
        .options(joinedload(User.roles))
    )
    return db.session.scalars(query).unique().one_or_none()


def people(*, role: access.Role | None = None, active: bool = True) -> list[User]:
    """Give people by name, with their roles; those of one role, if asked."""
    query = sa.select(User).options(joinedload(User.roles)).order_by(User.name, User.id)
    if role:
        query = query.where(User.roles.any(Role.name == role.value))
    if active:
        query = query.where(User.active.is_(True))
    return list(db.session.scalars(query).unique())


def by_ids(ids: Iterable[int]) -> dict[int, User]:
    """Give people by id, also those who may not sign in any more."""
    query = sa.select(User).where(User.id.in_(set(ids)))
    return {one.id: one for one in db.session.scalars(query).unique()}


def names(ids: Iterable[int | None]) -> dict[int, str]:
    """Give the names of people by id."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def emails(ids: Iterable[int]) -> dict[int, str]:
    """Give the addresses of people by id."""
    rows = db.session.execute(sa.select(User.id, User.email).where(User.id.in_(list(ids))))
    return {row.id: row.email for row in rows}


def choices(*, role: access.Role | None = None) -> list[tuple[int, str]]:
    """Give (id, name) of active people, for a select field."""
    query = sa.select(User.id, User.name).where(User.active.is_(True)).order_by(User.name)
    if role:
        query = query.where(User.roles.any(Role.name == role.value))
    return [(i, n) for i, n in db.session.execute(query)]


def anybody() -> bool:
    """Say whether there is a person at all, also one who may not sign in any more."""
    return db.session.scalar(sa.select(User.id).limit(1)) is not None


def first_key(now: datetime) -> str:
    """Give the word that opens the page of the first administrator, for a day at least and 25
    hours at most; only who runs the installation can make one.
    """
    until = int(now.timestamp()) // 3600 + FIRST_HOURS
    return seals.token(until, "first", key=seals.key(FIRST_PURPOSE))


def opens_first(given: str, *, now: datetime) -> bool:
    """Say whether a word opens the page of the first administrator: ours, and not too old."""
    until = seals.number_in(given)
    if until is None or until * 3600 + 3600 <= now.timestamp():
        return False
    return seals.is_genuine(given, seals.token(until, "first", key=seals.key(FIRST_PURPOSE)))


def organisation() -> Organisation:
    """Give the organisation, read once in a session; `NotFound` before `portal init`."""
    session = db.session()
    known: Organisation | None = session.info.get("organisation")
    if known is not None and known in session:
        return known
    found: Organisation | None = session.scalar(sa.select(Organisation))
    if found is None:
        raise NotFound
    session.info["organisation"] = found
    return found


def logo() -> StoredFile | None:
    """Give the organisation's logo, a PNG; None where it has none."""
    found = organisation().logo_file_id
    return None if found is None else db.session.get(StoredFile, found)


def classification_words(level: str, locale: str | None) -> str | None:
    """Give what papers of a level say in a language (en, fr, it) where the organisation has words
    of its own; None where it has not.
    """
    kept: dict[str, dict[str, str]] = organisation().classifications or {}
    return kept.get(locale or "", {}).get(level) or None


def quarter_words(name: str) -> str:
    """Give a quarter, such as 2026-Q3, as the organisation calls it."""
    return quarters.spelled(name, organisation().quarter_names.split())


def legal_entities() -> list[LegalEntity]:
    """Give the companies of the organisation by name."""
    return list(db.session.scalars(sa.select(LegalEntity).order_by(LegalEntity.name)))


def teams(*, retired: bool = False) -> list[Team]:
    """Give the teams by name; those that are `retired` only if asked."""
    query = sa.select(Team).order_by(Team.name)
    return list(db.session.scalars(query if retired else query.where(Team.retired_at.is_(None))))


def teams_meant(names: Collection[str]) -> dict[str, int]:
    """Give the numbers of teams by the name that policies use, in small letters: of a team that is
    retired its successor, where it has one.
    """
    if not names:
        return {}
    key = sa.func.lower(Team.name)
    query = sa.select(key, STANDING).where(key.in_(sorted(names)), STANDING.is_not(None))
    return {row[0]: row[1] for row in db.session.execute(query)}


def team_meant(name: str) -> Team | None:
    """Give the team that a policy means by a name in small letters; None where nobody is meant."""
    number = sa.select(STANDING).where(sa.func.lower(Team.name) == name).scalar_subquery()
    there = aliased(Team)
    return db.session.scalar(sa.select(there).where(there.id == number))


def team_name(team_id: int | None) -> str:
    """Give the name of a team; nothing for no team."""
    return (team_id and db.session.scalar(sa.select(Team.name).where(Team.id == team_id))) or ""


def get_team(team_id: int) -> Team:
    """Give a team; `NotFound` where there is none."""
    found: Team | None = db.session.get(Team, team_id)
    if found is None:
        raise NotFound
    return found


def hold_names() -> None:
    """Let nobody else name a team until this transaction ends."""
    db.session.execute(sa.select(Organisation.id).with_for_update())


def hold_team(team_id: int) -> Team:
    """Give a team that nobody else names, fills or removes until this transaction ends."""
    hold_names()
    team = get_team(team_id)
    db.session.refresh(team, with_for_update=True)
    return team


def is_team_used(team_id: int) -> bool:
    """Say whether anything but its people rests on a team, in whatever room."""
    here = cast(sa.Table, Team.__table__)
    resting = [
        key.parent
        for table in Base.metadata.tables.values()
        if table is not TeamMember.__table__
        for key in table.foreign_keys
        if key.column is here.c.id
    ]
    found = (sa.exists().where(column == team_id) for column in resting)
    return bool(db.session.scalar(sa.select(sa.or_(*found))))


def memberships(team_id: int | None = None) -> dict[int, list[User]]:
    """Give the people of each team, or of one, by name, also those who may not sign in any more."""
    query = sa.select(TeamMember.team_id, User).join(User, User.id == TeamMember.person_id)
    if team_id is not None:
        query = query.where(TeamMember.team_id == team_id)
    found: dict[int, list[User]] = {}
    for team, person in db.session.execute(query.order_by(User.name, User.id)).unique():
        found.setdefault(team, []).append(person)
    return found


def team_members(team_id: int) -> list[int]:
    """Give the ids of a team's people."""
    return list(
        db.session.scalars(sa.select(TeamMember.person_id).where(TeamMember.team_id == team_id))
    )


def crew(team_id: int) -> frozenset[int]:
    """Give the ids of who is in a team or leads it, of those who still work here."""
    members = sa.select(TeamMember.person_id).where(TeamMember.team_id == team_id)
    lead = sa.select(Team.lead_id).where(Team.id == team_id)
    there = sa.or_(User.id.in_(members), User.id.in_(lead))
    return frozenset(db.session.scalars(sa.select(User.id).where(User.active.is_(True), there)))


def waiting_grants() -> list[RoleGrant]:
    """Give wishes for sensitive roles that wait for a second person."""
    return list(
        db.session.scalars(
            sa.select(RoleGrant).where(RoleGrant.approved.is_(None)).order_by(RoleGrant.id)
        )
    )


def get_grant(grant_id: int) -> RoleGrant:
    """Give one wish for a role."""
    found = db.session.get(RoleGrant, grant_id)
    if found is None:
        raise NotFound
    return found


def tokens(person_id: int) -> list[ApiToken]:
    """Give a person's API tokens, newest first."""
    return list(
        db.session.scalars(
            sa.select(ApiToken).filter_by(person_id=person_id).order_by(ApiToken.id.desc())
        )
    )


def get_token(person_id: int, token_id: int) -> ApiToken:
    """Give one of a person's own tokens."""
    found = db.session.scalar(sa.select(ApiToken).filter_by(person_id=person_id, id=token_id))
    if found is None:
        raise NotFound
    return found


def hashed(raw: str) -> str:
    """Give what the table knows of a token."""
    return hashlib.sha256(raw.encode()).hexdigest()


def by_token(raw: str, *, now: datetime) -> ByToken | None:
    """Give the actor of a living token: what its person may, cut down to its scopes; None for any
    other.
    """
    rows = db.session.connection().execute(BY_TOKEN, {"hash": hashed(raw), "now": now}).all()
    if not rows:
        return None
    first = rows[0]
    scopes = {access.Permission(scope) for scope in first.scopes}
    full = _actor_from(rows)
    actor = replace(full, kind=access.ActorKind.TOKEN, permissions=full.permissions & scopes)
    return ByToken(actor, first.token_id, rules.is_use_due(first.last_used_at, now=now))
