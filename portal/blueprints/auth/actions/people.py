"""What can be done with people: add them, give roles, let others stand in for them."""

import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from flask_security.utils import hash_password

from portal.core import access, events, sessions
from portal.core.access import Actor, Grade
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _

from .. import queries
from ..models import Organisation, Role, RoleGrant, Team, User

MIN_PASSWORD = 12


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
    data = {
        "person": person.id,
        "substitute": substitute_id,
        "from": absent_from and absent_from.isoformat(),
        "until": absent_until and absent_until.isoformat(),
    }
    events.record("auth.absence_set", by=by, now=now, data=data)


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
