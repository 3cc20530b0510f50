"""How an action is followed up: its ticket, whom to tell when, and what came again since."""

from datetime import date, timedelta
from enum import StrEnum

from portal.blueprints.accounts.rules import Objection
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.blueprints.postmortems.models import ActionState
from portal.core.i18n import _

from .imported import is_address


class Step(StrEnum):
    """Whom an open action is brought up with: each step once for each day agreed."""

    SOON = "soon"
    LATE = "late"
    MANAGER = "manager"
    EXECUTIVE = "executive"


def objections_to_ticket(reference: str, url: str) -> tuple[Objection, ...]:
    """Say what is wrong with the ticket of an action: an address is one of the web, and says
    whose it is.
    """
    found = []
    if url and not is_address(url):
        message = _("This is no address of a page: it begins with https:// or http://.")
        found.append(Objection("no_address", message, "ticket_url"))
    if url and not reference:
        message = _("Say which ticket this is the address of.")
        found.append(Objection("no_ticket", message, "ticket"))
    return tuple(found)


def steps_of(
    due_on: date, *, today: date, owner_left: bool, policy: PostmortemPolicy
) -> tuple[Step, ...]:
    """Give the steps of an open action that are to be taken by today, the first one first; an
    owner who left is nobody to remind, so that their manager is told as soon as it is known.
    """
    days = policy.chasing
    moments = {
        Step.SOON: due_on - timedelta(days=days.soon_days),
        Step.LATE: due_on + timedelta(days=1),
        Step.MANAGER: due_on + timedelta(days=days.manager_days),
        Step.EXECUTIVE: due_on + timedelta(days=days.executive_days),
    }
    if owner_left:
        moments[Step.MANAGER] = today
        del moments[Step.SOON]
    elif today > due_on:
        del moments[Step.SOON]
    return tuple(step for step, first in moments.items() if first <= today)


def counts_since_due(
    linked_on: date, *, due_on: date, state: ActionState, settled_on: date | None
) -> bool:
    """Say whether a case was linked to a cause after the action against it fell due and before the
    action was settled.
    """
    settled = settled_on if state in (ActionState.VERIFIED, ActionState.DROPPED) else None
    return linked_on > due_on and (settled is None or linked_on <= settled)
