"""What can be handed over, and what only its own room can settle."""

from portal.core.i18n import _

from .models import Belonging

LEFT_TO_OTHERS = frozenset({Belonging.SPONSORSHIP, Belonging.NOMINATION, Belonging.COMPENSATION})
"""What a person decided or was chosen for: a panel, an approver or a programme manager settles
it.
"""
HANDED = tuple(kind for kind in Belonging if kind not in LEFT_TO_OTHERS)


def word(kind: Belonging) -> str:
    """Say what a kind of belonging is."""
    return str(
        {
            Belonging.ACCOUNT: _("Customers they look after"),
            Belonging.SELLING: _("Customers they sell to"),
            Belonging.CASE: _("Open cases they own"),
            Belonging.EXECUTIVE: _("Open cases whose executive owner they are"),
            Belonging.TASK: _("Tasks"),
            Belonging.STATUS: _("Incidents they are asked about at set times"),
            Belonging.PROMISE: _("Open promises they gave"),
            Belonging.POSTMORTEM: _("Post-mortems they lead"),
            Belonging.ACTION: _("Actions of post-mortems"),
            Belonging.DUTY: _("Coming turns of duty"),
            Belonging.TEAM: _("Teams they lead"),
            Belonging.REPORT: _("People they lead"),
            Belonging.SUBSTITUTE: _("People they stand in for"),
            Belonging.SPONSORSHIP: _("Sponsorships"),
            Belonging.NOMINATION: _("Nominations not decided yet"),
            Belonging.COMPENSATION: _("Compensation they asked for, not settled yet"),
        }[kind]
    )


def settled_by(kind: Belonging) -> str:
    """Say who settles what is not handed over here."""
    return str(
        {
            Belonging.SPONSORSHIP: _("the programme manager, who ends it or finds a new sponsor"),
            Belonging.NOMINATION: _("the panel, which decides whoever wrote it"),
            Belonging.COMPENSATION: _("its approvers; somebody else asks anew where it is a draft"),
        }[kind]
    )
