"""Who may stop what Parley does by itself in a case: reminding, acknowledging, chasing."""

from collections.abc import Collection

from portal.core.access import Role
from portal.core.i18n import _

from .states import Who


def may_stop_automatic(who: Collection[Who], roles: Collection[Role]) -> bool:
    """Say whether somebody who sees a case may stop what is automatic in it, and let it go on."""
    return bool({Who.ESCALATION_MANAGER, Who.LEADERSHIP} & set(who)) or Role.LEGAL in roles


def stopping_objections(who: Collection[Who], roles: Collection[Role], *, reason: str) -> list[str]:
    """Say what stands against stopping what is automatic, or letting it go on."""
    missing = []
    if not may_stop_automatic(who, roles):
        missing.append(_("An escalation manager, leadership or legal decides that."))
    if not reason.strip():
        missing.append(_("Give the reason."))
    return missing
