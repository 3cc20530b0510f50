"""What a playbook asks of a case as grave as it is, and who may say that it is done."""

from collections.abc import Collection

from portal.blueprints.policies.rules import Joiner, Playbook, PlaybookStep
from portal.core.access import Actor, Permission, Role

from ..models import Severity
from .severity import is_lower

PLAYERS: dict[str, tuple[Role, ...]] = {
    "account_csm": (Role.CSM,),
    "account_manager": (Role.ACCOUNT_MANAGER,),
    "escalation_manager": (Role.ESCALATION_MANAGER,),
    "executive_owner": (Role.EXECUTIVE, Role.LEADERSHIP),
    "finance": (Role.FINANCE,),
    "leadership": (Role.LEADERSHIP,),
    "legal": (Role.LEGAL,),
    "privacy": (Role.PRIVACY,),
}
"""The roles whose people take a part in a playbook; the owner is whoever owns the case."""
WHOLE = frozenset({"finance", "leadership", "legal", "privacy"})
"""Parts that everybody of a role takes, not one of them."""


def counts(at_least: str, severity: Severity) -> bool:
    """Say whether what a playbook asks from one severity on counts at another."""
    return not is_lower(severity, Severity(at_least))


def asked(playbook: Playbook, severity: Severity) -> list[PlaybookStep]:
    """Give the steps that a playbook asks of a case of a severity, in their order."""
    return [step for step in playbook.steps if counts(step.severity_at_least, severity)]


def joining(playbook: Playbook, severity: Severity) -> list[Joiner]:
    """Give who joins the response to a case of a severity."""
    return [one for one in playbook.joins if counts(one.severity_at_least, severity)]


def may_tick(who: str, *, by: Actor) -> bool:
    """Say whether somebody who sees a case may tick a step: who works on cases, and whose part it
    is.
    """
    return by.may(Permission.ESCALATIONS_WORK) or plays(who, roles=by.roles)


def plays(who: str, *, roles: Collection[Role]) -> bool:
    """Say whether a part of a playbook is one for some roles."""
    return any(role in roles for role in PLAYERS.get(who, ()))
