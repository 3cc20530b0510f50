"""What people may do about the small things of a case, and who may own one."""

from collections.abc import Collection

from portal.core.access import TABLE, Actor, Permission, Role, Subject


def may_settle_task(*, holders: Collection[int | None], by: Actor) -> bool:
    """Say whether somebody who sees a case may settle one of its tasks: who has it or was asked in
    their place, and who works on the case.
    """
    return by.id in holders or by.may(Permission.ESCALATIONS_WORK)


def owning_roles() -> frozenset[Role]:
    """Give the roles whose people may own a case: those that may work on one."""
    return frozenset(role for role in TABLE if _may(role, Permission.ESCALATIONS_WORK))


def reading_roles() -> frozenset[Role]:
    """Give the roles whose people may read a case that names them."""
    return frozenset(role for role in TABLE if _may(role, Permission.ESCALATIONS_READ))


def may_own(roles: Collection[Role]) -> bool:
    """Say whether somebody of these roles may own a case."""
    return bool(owning_roles() & set(roles))


def _may(role: Role, permission: Permission) -> bool:
    grant = TABLE[role].get(Subject.ESCALATION)
    return grant is not None and permission in grant.may
