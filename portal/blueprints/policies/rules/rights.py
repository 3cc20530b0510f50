"""Who proposes a change of a policy, and whose signatures publish it."""

from collections.abc import Collection

from portal.blueprints.policies.models import PolicyKind
from portal.core.access import Role

_ALL = frozenset(PolicyKind)
PROPOSES: dict[Role, frozenset[PolicyKind]] = {
    Role.ESCALATION_MANAGER: _ALL,
    Role.LEGAL: _ALL,
    Role.FINANCE: frozenset({PolicyKind.COMPENSATION, PolicyKind.VALUE}),
    Role.PROGRAMME_MANAGER: frozenset({PolicyKind.SPONSORSHIP}),
    Role.ADMIN: frozenset(
        {
            PolicyKind.SEVERITY,
            PolicyKind.ROUTING,
            PolicyKind.TRIGGERS,
            PolicyKind.PLAYBOOKS,
            PolicyKind.REGULATOR_CLOCKS,
        }
    ),
}
"""Administrators edit clocks, routes and texts, never what is paid or who is let in."""
LIMITS = (Role.FINANCE, Role.LEADERSHIP)


def may_propose(roles: Collection[Role], kind: PolicyKind) -> bool:
    """Say whether one of some roles proposes changes of a policy."""
    return any(kind in PROPOSES.get(role, ()) for role in roles)


def signatures(kind: PolicyKind) -> tuple[Role, ...]:
    """Give the roles that must sign a version: limits, caps and budgets are published by two
    people.
    """
    return LIMITS if kind is PolicyKind.COMPENSATION else (Role.LEADERSHIP,)


def signs_as(roles: Collection[Role], kind: PolicyKind, *, signed: Role | None) -> Role | None:
    """Give the signature that somebody with some roles would add; None where theirs is not asked
    for, or given already.
    """
    missing = [role for role in signatures(kind) if role != signed]
    return next((role for role in missing if role in roles), None)


def rehearsed(kind: PolicyKind) -> bool:
    """Say whether a change is held against the last 12 months before it is published: by the room
    that decides by it.
    """
    return rehearsed_on_cases(kind) or kind is PolicyKind.SPONSORSHIP


def rehearsed_on_cases(kind: PolicyKind) -> bool:
    """Say whether it is the cases of the last 12 months that a change is rehearsed on."""
    return kind in (PolicyKind.SEVERITY, PolicyKind.ROUTING, PolicyKind.PLAYBOOKS)
