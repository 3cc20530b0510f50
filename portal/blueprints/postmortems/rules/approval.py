"""What keeps a post-mortem from being approved or published, and an action from its next state."""

from dataclasses import dataclass
from datetime import date

from portal.blueprints.accounts.rules import Objection
from portal.blueprints.postmortems.models import ActionState, Factor, State
from portal.core.i18n import _

from .due import CounselChoice, waits_for_counsel


@dataclass(frozen=True, slots=True)
class Cause:
    """A contributing factor from the taxonomy and in words."""

    factor: Factor
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """What shall be done; `verification` says how somebody else will see that it worked."""

    owner_id: int | None
    what: str
    outcome: str
    due_on: date | None
    verification: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A post-mortem before publication."""

    state: State
    summary: str
    causes: tuple[Cause, ...]
    actions: tuple[Action, ...]
    facilitator_id: int | None
    case_owner_ids: frozenset[int]
    approver_id: int | None
    counsel_chooses: bool = False
    counsel_choice: CounselChoice | None = None


def objections_to_publish(draft: Draft) -> tuple[Objection, ...]:
    """Say what is missing before a post-mortem may be published; empty: nothing."""
    found = [*objections_to_approve(draft)]
    if draft.counsel_choice is CounselChoice.COMMISSIONED:
        message = _("Commissioned by counsel: it is not published here.")
        found.append(Objection("commissioned", message))
    if draft.state is not State.APPROVED or draft.approver_id is None:
        found.append(Objection("not_approved", _("It has not been approved yet.")))
    elif draft.approver_id == draft.facilitator_id:
        message = _("Who led the post-mortem does not approve it.")
        found.append(Objection("own_approval", message))
    return tuple(found)


def objections_to_approve(draft: Draft) -> tuple[Objection, ...]:
    """Say what is missing before a post-mortem may be approved."""
    found = _about_people(draft)
    if draft.counsel_choice is not CounselChoice.FACTS_ONLY:
        found += _about_causes(draft)
    if not draft.actions:
        message = _("At least one action is needed, with an owner and a date.")
        found.append(Objection("no_action", message, "actions"))
    for number, action in enumerate(draft.actions):
        found += _about_action(action, field=f"actions-{number}")
    if waits_for_counsel(chooses=draft.counsel_chooses, choice=draft.counsel_choice):
        message = _("With counsel: they choose its form first.")
        found.append(Objection("with_counsel", message))
    return tuple(found)


def objections_to_action_state(
    current: ActionState, wished: ActionState, *, owner_id: int, by_id: int, reason: str
) -> tuple[Objection, ...]:
    """Say what keeps an action from a state; it ends verified by somebody else, or dropped."""
    found = []
    if wished not in FOLLOWS[current]:
        message = _(
            "An action that is %(current)s cannot become %(wished)s.",
            current=current.value,
            wished=wished.value,
        )
        found.append(Objection("transition", message))
    if wished is ActionState.VERIFIED and by_id == owner_id:
        message = _("Somebody other than the owner verifies an action.")
        found.append(Objection("own_verification", message))
    if wished is ActionState.DROPPED and not reason.strip():
        message = _("Say why the action is dropped.")
        found.append(Objection("no_reason", message, "reason"))
    return tuple(found)


SETTLED = (ActionState.VERIFIED, ActionState.DROPPED)
FOLLOWS = {
    ActionState.OPEN: {ActionState.DONE, ActionState.DROPPED},
    ActionState.DONE: {ActionState.OPEN, ActionState.VERIFIED, ActionState.DROPPED},
    ActionState.VERIFIED: set[ActionState](),
    ActionState.DROPPED: set[ActionState](),
}


def _about_people(draft: Draft) -> list[Objection]:
    """Say what is wrong with who led the post-mortem, and with its summary."""
    found = []
    if draft.facilitator_id is None:
        found.append(Objection("no_facilitator", _("Name who leads it."), "facilitator"))
    elif draft.facilitator_id in draft.case_owner_ids:
        message = _("The owner of the case does not lead its post-mortem.")
        found.append(Objection("own_case", message, "facilitator"))
    if not draft.summary.strip():
        found.append(Objection("no_summary", _("Say in words what happened."), "summary"))
    return found


def _about_causes(draft: Draft) -> list[Objection]:
    """Say what is wrong with the causes."""
    if not draft.causes:
        message = _("Name at least one contributing factor.")
        return [Objection("no_cause", message, "causes")]
    return [
        Objection("cause_without_words", _("Say in words what contributed."), f"causes-{number}")
        for number, cause in enumerate(draft.causes)
        if not cause.text.strip()
    ]


def _about_action(action: Action, *, field: str) -> list[Objection]:
    """Say what is missing in an action."""
    found = []
    if action.owner_id is None:
        found.append(Objection("no_owner", _("Name a person as owner."), f"{field}-owner"))
    if action.due_on is None:
        found.append(Objection("no_date", _("Set a date."), f"{field}-due_on"))
    if not action.what.strip() or not action.outcome.strip():
        message = _("Say what is done and what comes of it.")
        found.append(Objection("no_outcome", message, f"{field}-outcome"))
    if not action.verification.strip():
        message = _("Say how somebody else will verify it.")
        found.append(Objection("no_verification", message, f"{field}-verification"))
    return found
