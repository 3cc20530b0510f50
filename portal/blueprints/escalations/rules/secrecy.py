"""Who may close a case to all but named people, and who of them stays."""

from collections.abc import Collection

from portal.core.access import Role
from portal.core.i18n import _

from .states import Who


def restricting_objections(
    who: Collection[Who], roles: Collection[Role], *, reason: str
) -> list[str]:
    """Say what stands against changing who may see a case at all: the wrong person, no reason."""
    missing = []
    if not may_restrict(who, roles):
        missing.append(
            _("Its owner, an escalation manager, leadership or legal decides who sees the case.")
        )
    if not reason.strip():
        missing.append(_("Give the reason."))
    return missing


def may_restrict(who: Collection[Who], roles: Collection[Role]) -> bool:
    """Say whether somebody who sees a case may decide who else does."""
    leads = {Who.OWNER, Who.ESCALATION_MANAGER, Who.LEADERSHIP}
    return bool(leads & set(who)) or Role.LEGAL in roles


def staying(*people: int | None) -> frozenset[int]:
    """Give those of some people whom nobody takes off a restricted case: its owner, its executive
    owner, who declared it, who is asked to decide.
    """
    return frozenset(person for person in people if person is not None)
