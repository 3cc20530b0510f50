"""People, their roles and teams, and the organisation they work in."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_security.models import sqla_v2 as fs
from flask_security.utils import aware_utcnow
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core import personal
from portal.core.access import Grade
from portal.core.db import Base, Row, choice, document, words

# Before the classes; their four names are fixed.
fs.FsModels.set_db_info(base_model=Base)  # type: ignore[attr-defined, no-untyped-call]


class Role(Base, fs.FsRoleMixin):
    """A role that people can have; its name is a `core.access.Role`."""

    __tablename__ = "role"

    # The mixin's own is naive; our type refuses that.
    update_datetime: Mapped[datetime] = mapped_column(
        server_default=sa.func.now(), onupdate=aware_utcnow
    )
    users = relationship(
        "User", secondary="roles_users", back_populates="roles", lazy="raise_on_sql"
    )


class User(Base, fs.FsUserMixin):
    """A person who signs in."""

    __tablename__ = "user"

    update_datetime: Mapped[datetime] = mapped_column(
        server_default=sa.func.now(), onupdate=aware_utcnow
    )
    name: Mapped[str] = words(120, holds=personal.EMPLOYEE, default="")
    title: Mapped[str] = words(120, holds=personal.EMPLOYEE, default="")
    language: Mapped[str] = words(5, holds=None, default="en")
    zone: Mapped[str] = words(64, holds=None, default="Europe/Paris")
    calendar: Mapped[str] = words(8, holds=None, default="FR")
    grade: Mapped[Grade] = choice(Grade, default=Grade.STAFF)
    theme: Mapped[str] = words(8, holds=None, default="")
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    absent_from: Mapped[datetime | None]
    absent_until: Mapped[datetime | None]
    roles = relationship(
        "Role", secondary="roles_users", back_populates="users", lazy="raise_on_sql"
    )
    # Read with the person at every request: which rows they see rests on it.
    memberships: Mapped[list["TeamMember"]] = relationship(lazy="joined", viewonly=True)


class WebAuthn(Base, fs.FsWebAuthnMixin):
    """A passkey; used once a second factor is asked for."""

    __tablename__ = "webauthn"


class FsRefreshTracker(Base, fs.FsRefreshTrackerMixin):
    """Refresh tokens that the sign-in library tracks."""

    __tablename__ = "fs_refresh"


class Team(Row):
    """A group of people who share cases; one that is retired keeps its past and takes nothing new:
    what policies give to it goes to its successor.
    """

    __tablename__ = "team"
    __table_args__ = (
        sa.CheckConstraint(
            "successor_id IS NULL OR retired_at IS NOT NULL", name="only_retired_have_successor"
        ),
    )

    name: Mapped[str] = words(80, holds=None, unique=True)
    region: Mapped[str] = words(40, holds=None, default="")
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    retired_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))


class TeamMember(Base):
    """A person in a team."""

    __tablename__ = "team_member"

    team_id: Mapped[int] = mapped_column(sa.ForeignKey("team.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True, index=True)


class RoleGrant(Row):
    """A wish to give or take a role; sensitive roles wait for a second person."""

    __tablename__ = "role_grant"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    role: Mapped[str] = words(40, holds=None)
    gives: Mapped[bool]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]


class Organisation(Row):
    """The company that uses this portal: one row."""

    __tablename__ = "organisation"

    name: Mapped[str] = words(120, holds=None)
    zone: Mapped[str] = words(64, holds=None, default="Europe/Paris")
    currency: Mapped[str] = words(3, holds=None, default="EUR")
    language: Mapped[str] = words(5, holds=None, default="en")
    fiscal_month: Mapped[int] = mapped_column(default=1)
    quarter_names: Mapped[str] = words(40, holds=None, default="Q1 Q2 Q3 Q4")
    rounding: Mapped[str] = words(20, holds=None, default="half_up")
    logo_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    jurisdictions: Mapped[list[Any]] = document(holds=None, default=list)
    value_offers_off: Mapped[list[Any]] = document(holds=None, default=list)
    classifications: Mapped[dict[str, Any]] = document(holds=None, default=dict)
    confirmed_at: Mapped[datetime | None]


class LegalEntity(Row):
    """A company of the organisation that invoices."""

    __tablename__ = "legal_entity"

    name: Mapped[str] = words(120, holds=None, unique=True)
    country: Mapped[str] = words(2, holds=None)
    currency: Mapped[str] = words(3, holds=None)
    since: Mapped[date | None]


class ApiToken(Row):
    """A program's way in: only the hash of the token is kept."""

    __tablename__ = "api_token"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    name: Mapped[str] = words(80, holds=None)
    hash: Mapped[str] = words(64, holds=None, unique=True)
    scopes: Mapped[list[Any]] = document(holds=None)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInTry(Base):
    """How often somebody tried to sign in, counted per address and per name in a window."""

    __tablename__ = "sign_in_try"

    key: Mapped[str] = words(64, holds=None, primary_key=True)
    window: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int]
