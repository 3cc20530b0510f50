"""Words for the states and kinds that papers tell of, in the reader's language."""

from portal.reports.facts import (
    ActionState,
    Ground,
    LaneKind,
    MemoState,
    NominationState,
    Seat,
    TouchState,
)
from portal.reports.words import Words


def ground(kind: Ground, *, words: Words) -> str:
    """Give the word for why a part of a compensation is given."""
    pgettext = words.pgettext
    return {
        Ground.OWED: pgettext("ground", "Owed"),
        Ground.DIRECT_LOSS: pgettext("ground", "Direct loss"),
        Ground.EFFORT: pgettext("ground", "Effort"),
        Ground.GOODWILL: pgettext("ground", "Gesture"),
    }[kind]


def memo_state(kind: MemoState, *, words: Words) -> str:
    """Give the words for where a compensation stands."""
    pgettext = words.pgettext
    return {
        MemoState.DRAFT: pgettext("compensation", "not asked for yet"),
        MemoState.REQUESTED: pgettext("compensation", "waits for signatures"),
        MemoState.APPROVED: pgettext("compensation", "signed, may be offered"),
        MemoState.REFUSED: pgettext("compensation", "refused"),
        MemoState.OFFERED: pgettext("compensation", "offered to the customer"),
        MemoState.ACCEPTED: pgettext("compensation", "accepted, to be delivered"),
        MemoState.DECLINED: pgettext("compensation", "declined by the customer"),
        MemoState.DELIVERED: pgettext("compensation", "delivered"),
        MemoState.LAPSED: pgettext("compensation", "lapsed"),
        MemoState.WITHDRAWN: pgettext("compensation", "taken back"),
    }[kind]


def seat(kind: Seat, *, words: Words) -> str:
    """Give the word for whose signature it is."""
    pgettext = words.pgettext
    return {
        Seat.CSM: pgettext("seat", "CSM"),
        Seat.ESCALATION_MANAGER: pgettext("seat", "Escalation manager"),
        Seat.EXECUTIVE: pgettext("seat", "Executive"),
        Seat.FINANCE: pgettext("seat", "Finance"),
        Seat.LEGAL: pgettext("seat", "Legal"),
        Seat.LEADERSHIP: pgettext("seat", "Leadership"),
    }[kind]


def lane(kind: LaneKind, *, words: Words) -> str:
    """Give the name of a programme of sponsorship."""
    return {
        LaneKind.STRATEGIC: words.pgettext("paper", "Strategic programme"),
        LaneKind.RECOVERY: words.pgettext("paper", "Recovery programme"),
    }[kind]


def nomination_state(kind: NominationState, *, words: Words) -> str:
    """Give the words for where a nomination stands."""
    pgettext = words.pgettext
    return {
        NominationState.DRAFT: pgettext("nomination", "not handed in yet"),
        NominationState.SENT: pgettext("nomination", "waits for a decision"),
        NominationState.ADMITTED: pgettext("nomination", "admitted"),
        NominationState.WAITING: pgettext("nomination", "on the waiting list"),
        NominationState.DECLINED: pgettext("nomination", "declined"),
        NominationState.WITHDRAWN: pgettext("nomination", "taken back"),
    }[kind]


def touch_state(kind: TouchState, *, words: Words) -> str:
    """Give the words for what became of a touchpoint."""
    pgettext = words.pgettext
    return {
        TouchState.PLANNED: pgettext("touchpoint", "planned"),
        TouchState.HELD: pgettext("touchpoint", "held"),
        TouchState.MISSED_BY_US: pgettext("touchpoint", "through us"),
        TouchState.MISSED_BY_THEM: pgettext("touchpoint", "through them"),
    }[kind]


def action_state(kind: ActionState, *, words: Words) -> str:
    """Give the words for what became of an action."""
    pgettext = words.pgettext
    return {
        ActionState.OPEN: pgettext("action", "Open"),
        ActionState.DONE: pgettext("action", "Done"),
        ActionState.VERIFIED: pgettext("action", "Verified"),
        ActionState.DROPPED: pgettext("action", "Dropped"),
    }[kind]


def weight(value: int, *, words: Words) -> str:
    """Give the words for how much a factor weighed: 3 decisive, 2 contributing, 1 minor."""
    pgettext = words.pgettext
    return {
        3: pgettext("weight", "Decisive"),
        2: pgettext("weight", "Contributing"),
        1: pgettext("weight", "Minor"),
    }[value]
