"""Who acts or reads, built at the door and passed to every action and query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from .roles import Permission, Role
from .table import TABLE


class ActorKind(StrEnum):
    """What acts."""

    PERSON = "person"
    CONTACT = "contact"
    TOKEN = "token"  # noqa: S105
    JOB = "job"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts or reads, and on whose behalf; built at the door, passed to every action and
    query.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    grade: str = "staff"
    teams: frozenset[int] = frozenset()
    language: str = "en"
    zone: str = "Europe/Paris"
    on_behalf_of: int | None = None
    permissions: frozenset[Permission] = field(default=frozenset())

    def may(self, permission: Permission) -> bool:
        """Say whether one of the roles allows the action at all (on which rows is `scope`'s
        business).
        """
        return permission in self.permissions

    def may_write(self, permission: Permission) -> bool:
        """Say whether more than reading is allowed at a door that asks for a permission. People's
        roles and rows decide that further in; a program's token must have been given a scope of the
        same room that is more than reading.
        """
        if self.kind is not ActorKind.TOKEN:
            return True
        return any(one.room == permission.room and not one.reads for one in self.permissions)


@dataclass(frozen=True, kw_only=True)
class Alike(Actor):
    """Any of several people with the same roles, for one statement over rows that are read for each
    of them: a column of the row says who it is, and a select which teams they are in.
    """

    person: Any
    member_of: Any


def alike(roles: frozenset[Role], *, person: Any, member_of: Any) -> Alike:
    """Make the actor for whoever has exactly these roles and is named by a column."""
    return Alike(kind=ActorKind.PERSON, roles=roles, person=person, member_of=member_of)


@lru_cache(512)
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Give everything that roles allow, each on the rows that `scope` gives it."""
    return frozenset(p for role in roles for grant in TABLE[role].values() for p in grant.may)


def person(*, id: int, name: str, roles: Iterable[Role], **more: Any) -> Actor:
    """Make the actor for a signed-in person."""
    roles = frozenset(roles)
    permissions = permissions_of(roles)
    return Actor(
        kind=ActorKind.PERSON, id=id, name=name, roles=roles, permissions=permissions, **more
    )


def job(name: str) -> Actor:
    """Make the actor for work that nobody asked for: it is named in the log as what it is."""
    return Actor(
        kind=ActorKind.JOB, name=name, permissions=frozenset(Permission), roles=frozenset()
    )


def contact(name: str, *, language: str = "en") -> Actor:
    """Make the actor for somebody at a customer's, who wrote to us: named in the log, and allowed
    nothing else.
    """
    return Actor(kind=ActorKind.CONTACT, name=name[:120], language=language)


def operator(name: str) -> Actor:
    """Make the actor for a command typed on the machine."""
    return Actor(
        kind=ActorKind.OPERATOR, name=name, permissions=frozenset(Permission), roles=frozenset()
    )
