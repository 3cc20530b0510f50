"""What can be done with people: add them, give roles, change their settings, make tokens."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import available_timezones

import sqlalchemy as sa
from flask_security import SQLAlchemyUserDatastore
from flask_security.utils import hash_password
from sqlalchemy.dialects import postgresql, sqlite

from portal.core import access, events, sessions
from portal.core.access import Actor, Grade, Permission
from portal.core.db import aside, db, writing
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _
from portal.core.money import is_currency

from . import queries, rules
from .models import (
    ApiToken,
    LegalEntity,
    Organisation,
    Role,
    RoleGrant,
    SignInTry,
    Team,
    TeamMember,
    User,
)

MIN_PASSWORD = 12
WINDOW = 900
TRIES_PER_NAME, TRIES_PER_ADDRESS = 10, 60


class Store(SQLAlchemyUserDatastore):
    """The sign-in library's way to the database: it begins to write only when it writes.

    argon2 runs before `put`, so it does not run under SQLite's only write lock.
    """

    def put(self, model: Any) -> Any:
        """Add a row, in a writing transaction."""
        writing()
        return super().put(model)  # type: ignore[no-untyped-call]

    def delete(self, model: Any) -> None:
        """Delete a row, in a writing transaction."""
        writing()
        super().delete(model)  # type: ignore[no-untyped-call]

    def commit(self) -> None:
        """Commit; the event log is sealed by the session's hook."""
        writing()
        super().commit()  # type: ignore[no-untyped-call]


def ensure_roles() -> None:
    """Let every role have its row; repeating it changes nothing."""
    there = set(db.session.scalars(sa.select(Role.name)))
    db.session.add_all(
        Role(name=role.value, description="") for role in access.Role if role.value not in there
    )
    db.session.flush()


def ensure_organisation(*, name: str) -> Organisation:
    """Let the organisation have its row."""
    found = db.session.scalar(sa.select(Organisation))
    if found is None:
        found = Organisation(name=name)
        db.session.add(found)
        db.session.flush()
    return found


def set_up_organisation(*, by: Actor, now: datetime, **settings: Any) -> Organisation:
    """Set the organisation's name, zone, reporting currency, language, first fiscal month, and the
    countries whose law it works under.
    """
    settings["jurisdictions"] = rules.countries(settings.get("jurisdictions", ()))
    if settings.get("zone") not in available_timezones():
        raise Refused(_("This is no time zone that we know."), field="zone")
    found = queries.organisation()
    changes = {field: (getattr(found, field), value) for field, value in settings.items()}
    for field, value in settings.items():
        setattr(found, field, value)
    found.confirmed_at = now
    events.record("auth.organisation_set", by=by, now=now, changes=changes)
    return found


def add_legal_entity(
    *, name: str, country: str, currency: str, by: Actor, now: datetime, since: date | None = None
) -> LegalEntity:
    """Add a company of the organisation, to which contracts and invoices belong; refused for a name
    that is there, an unknown country or currency.
    """
    name, country, currency = " ".join(name.split()), country.strip().upper(), currency.upper()
    if not name:
        raise Refused(_("A company needs its name."), field="name")
    if not rules.is_country(country):
        raise Refused(_("This is no country that we know."), field="country")
    if not is_currency(currency):
        raise Refused(_("This is no currency that we know."), field="currency")
    entity = LegalEntity(name=name, country=country, currency=currency, since=since)
    if any(one.name.casefold() == name.casefold() for one in queries.legal_entities()):
        raise Refused(_("This company is there already."), field="name")
    db.session.add(entity)
    db.session.flush()
    events.record(
        "auth.legal_entity_added",
        by=by,
        now=now,
        data={"entity": entity.id, "country": country, "currency": currency},
        changes={"name": (None, name)},
    )
    return entity


def add_person(
    *,
    email: str,
    name: str,
    roles: Iterable[access.Role],
    password: str,
    by: Actor,
    now: datetime,
    language: str = "en",
    zone: str = "Europe/Paris",
    grade: Grade = Grade.STAFF,
    title: str = "",
    manager_id: int | None = None,
    password_hash: str | None = None,
) -> User:
    """Add a person who can sign in; refused for a known address, a short password or a language we
    do not speak. `password_hash` is the password's, where it was made before.
    """
    if queries.by_email(email):
        raise Refused(_("There is already somebody with this address."), field="email")
    if len(password) < MIN_PASSWORD:
        raise Refused(
            _("A password needs at least %(n)s characters.", n=MIN_PASSWORD), field="password"
        )
    if language not in LANGUAGES:
        raise Refused(_("We speak English, French and Italian."), field="language")
    wanted = [role.value for role in roles]
    user = User(
        email=email.strip().lower(),
        name=name,
        title=title,
        password=password_hash or hash_password(password),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        language=language,
        zone=zone,
        grade=grade,
        manager_id=manager_id,
        confirmed_at=now,
        roles=list(db.session.scalars(sa.select(Role).where(Role.name.in_(wanted)))),
    )
    db.session.add(user)
    db.session.flush()
    events.record(
        "auth.person_added",
        by=by,
        now=now,
        data={"person": user.id, "roles": wanted},
        changes={"email": (None, user.email), "name": (None, name)},
    )
    return user


def add_first(
    given: str, *, email: str, name: str, password: str, language: str, zone: str, now: datetime
) -> User:
    """Add the first administrator by the word that the installation gave; refused where the word
    is not genuine or somebody is there already, also for the second of two at once.
    """
    db.session.execute(sa.select(Organisation.id).with_for_update())
    if not queries.opens_first(given, now=now):
        raise Refused(_("This address has lapsed. Have a new one printed on the server."))
    if queries.anybody():
        raise Refused(_("There is somebody already: sign in, or ask them to let you in."))
    return add_person(
        email=email,
        name=name,
        roles=[access.Role.ADMIN],
        password=password,
        language=language,
        zone=zone,
        by=access.operator("first start"),
        now=now,
    )


def ask_role(
    person: User, *, role: access.Role, gives: bool, by: Actor, now: datetime
) -> RoleGrant:
    """Give or take a role; a sensitive one waits for a second person, and nobody grants themselves
    anything.
    """
    if by.id == person.id:
        raise Refused(_("Nobody changes their own roles. Ask another administrator."))
    grant = RoleGrant(person_id=person.id, role=role.value, gives=gives, asked_by_id=by.id)
    db.session.add(grant)
    db.session.flush()
    data = {"person": person.id, "role": role.value, "gives": gives}
    events.record("auth.role_asked", by=by, now=now, data=data)
    if not gives or role not in access.SENSITIVE_ROLES:
        _carry_out(grant, by=by, now=now)
    return grant


def decide_role(grant: RoleGrant, *, approved: bool, by: Actor, now: datetime) -> None:
    """Say yes or no to a sensitive role: neither who asked nor who would get it."""
    if by.id in {grant.asked_by_id, grant.person_id}:
        raise Refused(_("This needs a second person: neither who asked nor who gets the role."))
    if grant.approved is not None:
        raise Refused(_("This was decided already."))
    if approved:
        _carry_out(grant, by=by, now=now)
        return
    grant.approved, grant.decided_by_id, grant.decided_at = False, by.id, now
    events.record(
        "auth.role_refused", by=by, now=now, data={"person": grant.person_id, "role": grant.role}
    )


def _carry_out(grant: RoleGrant, *, by: Actor, now: datetime) -> None:
    person = queries.get(grant.person_id)
    role = db.session.scalars(sa.select(Role).filter_by(name=grant.role)).one()
    if grant.gives and role not in person.roles:
        person.roles.append(role)
    elif not grant.gives and role in person.roles:
        person.roles.remove(role)
    grant.approved, grant.decided_by_id, grant.decided_at = True, by.id, now
    sessions.end_sessions_of(person.fs_uniquifier)
    data = {"person": person.id, "role": grant.role, "gives": grant.gives}
    events.record("auth.role_changed", by=by, now=now, data=data)


def set_active(person: User, *, active: bool, by: Actor, now: datetime) -> None:
    """Let a person sign in, or not; their sessions end at once."""
    if by.id == person.id:
        raise Refused(_("Nobody switches themselves off."))
    person.active = active
    sessions.end_sessions_of(person.fs_uniquifier)
    events.record(
        "auth.person_switched", by=by, now=now, data={"person": person.id, "active": active}
    )


def set_taste(person: User, *, language: str | None = None, theme: str | None = None) -> None:
    """Remember a person's language and appearance: their own business, not the log's."""
    if language in LANGUAGES:
        person.language = language
    if theme in {"", "light", "dark"}:
        person.theme = theme


def set_absence(
    person: User,
    *,
    substitute_id: int | None,
    absent_from: datetime | None,
    absent_until: datetime | None,
    by: Actor,
    now: datetime,
) -> None:
    """Say who stands in for a person and when they are away."""
    if substitute_id == person.id:
        raise Refused(_("Nobody can be their own substitute."), field="substitute_id")
    if absent_from and absent_until and absent_until <= absent_from:
        raise Refused(_("The absence ends before it begins."), field="absent_until")
    person.substitute_id, person.absent_from, person.absent_until = (
        substitute_id,
        absent_from,
        absent_until,
    )
    events.record(
        "auth.absence_set", by=by, now=now, data={"person": person.id, "substitute": substitute_id}
    )


def add_team(
    *,
    name: str,
    region: str = "",
    lead_id: int | None = None,
    members: Iterable[int] = (),
    by: Actor,
    now: datetime,
) -> Team:
    """Make a team of people who share cases."""
    team = Team(name=name, region=region, lead_id=lead_id)
    db.session.add(team)
    db.session.flush()
    db.session.add_all(TeamMember(team_id=team.id, person_id=person_id) for person_id in members)
    events.record("auth.team_added", by=by, now=now, data={"team": team.id})
    return team


def succeed(row: Team | User, field: str, *, to_id: int, by: Actor, now: datetime) -> None:
    """Put a successor where a team names its lead (`lead_id`), or a person their manager
    (`manager_id`) or substitute (`substitute_id`); nobody becomes their own.
    """
    if isinstance(row, User) and row.id == to_id:
        raise Refused(_("Nobody leads or replaces themselves."))
    before = getattr(row, field)
    setattr(row, field, to_id)
    what = "team" if isinstance(row, Team) else "person"
    data = {what: row.id, "field": field, "from": before, "to": to_id}
    events.record("auth.successor_set", by=by, now=now, data=data)


def make_token(
    person: User, *, name: str, scopes: Iterable[Permission], days: int, by: Actor, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token for a program; its word is given this once and kept as a hash alone."""
    if not 1 <= days <= 365:
        raise Refused(_("A token lives between 1 and 365 days."), field="days")
    raw = "parley_" + secrets.token_urlsafe(32)
    wanted = sorted(scope.value for scope in scopes)
    token = ApiToken(
        person_id=person.id,
        name=name,
        hash=queries.hashed(raw),
        scopes=wanted,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    events.record(
        "auth.token_made",
        by=by,
        now=now,
        data={"person": person.id, "token": token.id, "scopes": wanted},
    )
    return token, raw


def revoke_token(token: ApiToken, *, by: Actor, now: datetime) -> None:
    """End a token at once."""
    token.revoked_at = token.revoked_at or now
    events.record("auth.token_revoked", by=by, now=now, data={"token": token.id})


def note_use(token_id: int, *, now: datetime) -> None:
    """Write down that a token was used, in a short transaction of its own; of many calls at once
    the first writes.
    """
    table = cast(sa.Table, ApiToken.__table__)
    last = table.c.last_used_at
    due = sa.or_(last.is_(None), last <= now - rules.USE_NOTED)
    with aside() as connection:
        connection.execute(
            sa.update(table).where(table.c.id == token_id, due).values(last_used_at=now)
        )


def may_try(*, name: str, address: str, now: datetime) -> bool:
    """Count a try to sign in and say whether there were few enough in this quarter of an hour.

    It has a transaction of its own, so that a refused try counts, too; names are counted whether
    known or not.
    """
    window = int(now.timestamp()) // WINDOW
    allowed = True
    with aside() as connection:
        for key, most in (
            (f"n:{queries.hashed(name.lower())[:60]}", TRIES_PER_NAME),
            (f"a:{address}"[:62], TRIES_PER_ADDRESS),
        ):
            allowed = _count(connection, key, window) <= most and allowed
    return allowed


def _count(connection: sa.Connection, key: str, window: int) -> int:
    table = cast(sa.Table, SignInTry.__table__)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    counted = dialect.insert(table).values(key=key, window=window, tries=1)
    upsert = counted.on_conflict_do_update(
        index_elements=[table.c.key, table.c.window], set_={"tries": table.c.tries + 1}
    )
    return int(connection.execute(upsert.returning(table.c.tries)).scalar_one())


def purge_tries(*, now: datetime) -> None:
    """Forget the counts of windows that are over."""
    db.session.execute(
        sa.delete(SignInTry).where(SignInTry.window < int(now.timestamp()) // WINDOW - 1)
    )
