"""The states of a case, the only ways between them, and what is missing for a step."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.i18n import _

from ..models import OPEN_STATES, Resolution, State


class Who(StrEnum):
    """What a person is to a case."""

    AUTHOR = "author"
    APPROVER = "approver"
    OWNER = "owner"
    ESCALATION_MANAGER = "escalation_manager"
    LEADERSHIP = "leadership"
    DECLARER = "declarer"


class Need(StrEnum):
    """What a step asks for."""

    ACCOUNT = "account"
    CUSTOMER_WORDS = "customer_words"
    DEMAND = "demand"
    REASON = "reason"
    CUSTOMER_CONTACT = "customer_contact"
    EXIT_CRITERIA = "exit_criteria"
    WAITING_FOR = "waiting_for"
    WHAT_CAME = "what_came"
    CLOSING = "closing"
    MERGE_TARGET = "merge_target"
    REOPEN_TERM = "reopen_term"
    FORMER_STATE = "former_state"


@dataclass(frozen=True)
class Transition:
    """One way between two states: who may take it and what it needs."""

    source: State
    to: State
    who: frozenset[Who]
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """An exit criterion and whether it is ticked."""

    words: str
    ticked: bool


@dataclass(frozen=True)
class Hold:
    """What another room still has open on the case, in words, such as "an approval is open"."""

    room: str
    words: str


@dataclass(frozen=True)
class MergeTarget:
    """The case that a merge goes into."""

    reference: str
    state: State
    same_account: bool


@dataclass(frozen=True)
class ClosingFacts:
    """What closing looks at. The fix fields are asked for where the resolution is a workaround."""

    criteria: tuple[Criterion, ...] = ()
    resolution: Resolution | None = None
    agreed: bool = False
    no_agreement_reason: str = ""
    holds: tuple[Hold, ...] = ()
    fix_owner: bool = False
    fix_due: date | None = None
    fix_promised: bool = False


@dataclass(frozen=True)
class StepFacts:
    """Everything that a step may ask about; leave what the step does not need."""

    by: frozenset[Who]
    now: datetime
    has_account: bool = False
    customer_words: str = ""
    demand: str = ""
    reason: str = ""
    waiting_for: str = ""
    what_came: str = ""
    customer_contacts: int = 0
    criteria: int = 0
    closed_at: datetime | None = None
    merge_target: MergeTarget | None = None
    merged_from: State | None = None
    closing: ClosingFacts = ClosingFacts()


def _ways(
    sources: Iterable[State], to: State, who: Iterable[Who], *needs: Need
) -> tuple[Transition, ...]:
    return tuple(Transition(source, to, frozenset(who), needs) for source in sources)


_FIRST = (Need.ACCOUNT, Need.CUSTOMER_WORDS, Need.DEMAND)
_CLOSABLE = (State.ACCEPTED, State.STABILISING, State.AWAITING_CUSTOMER)

TRANSITIONS: tuple[Transition, ...] = (
    *_ways([State.DRAFT], State.DECLARED, [Who.AUTHOR], *_FIRST),
    *_ways([State.DRAFT], State.REQUESTED, [Who.AUTHOR], *_FIRST),
    *_ways([State.REQUESTED], State.DECLARED, [Who.APPROVER], *_FIRST),
    *_ways([State.REQUESTED], State.DECLINED, [Who.APPROVER], Need.REASON),
    *_ways([State.DECLARED], State.ACCEPTED, [Who.OWNER]),
    *_ways([State.DECLARED], State.DECLINED, [Who.ESCALATION_MANAGER], Need.REASON),
    *_ways(
        [State.ACCEPTED],
        State.STABILISING,
        [Who.OWNER],
        Need.CUSTOMER_CONTACT,
        Need.EXIT_CRITERIA,
    ),
    *_ways([State.STABILISING], State.AWAITING_CUSTOMER, [Who.OWNER], Need.WAITING_FOR),
    *_ways([State.AWAITING_CUSTOMER], State.STABILISING, [Who.OWNER], Need.WHAT_CAME),
    *_ways(
        _CLOSABLE,
        State.CLOSED,
        [Who.OWNER, Who.ESCALATION_MANAGER, Who.LEADERSHIP],
        Need.CLOSING,
    ),
    *_ways(OPEN_STATES, State.MERGED, [Who.ESCALATION_MANAGER], Need.MERGE_TARGET),
    *(
        Transition(State.MERGED, former, frozenset({Who.ESCALATION_MANAGER}), (Need.FORMER_STATE,))
        for former in OPEN_STATES
    ),
    *_ways(OPEN_STATES, State.VOID, [Who.ESCALATION_MANAGER], Need.REASON),
    *_ways([State.CLOSED], State.STABILISING, [Who.DECLARER], Need.REASON, Need.REOPEN_TERM),
)
_TABLE = {(way.source, way.to): way for way in TRANSITIONS}


def transition(state: State, to: State) -> Transition | None:
    """Give the way from one state to another; None where there is none."""
    return _TABLE.get((state, to))


def next_states(state: State, by: Iterable[Who]) -> list[State]:
    """Give the states that these people may take a case to: what the buttons are made from."""
    who = frozenset(by)
    return [way.to for way in TRANSITIONS if way.source is state and way.who & who]


def objections(state: State, to: State, *, facts: StepFacts, policy: SeverityPolicy) -> list[str]:
    """Say everything that stands against a step, for the person; nothing means go on."""
    way = transition(state, to)
    if way is None:
        return [_no_way(state, to, policy)]
    switched = _switched_off(way, policy)
    if switched:
        return [switched]
    refused = [] if way.who & facts.by else [_who_may(way.who)]
    if Need.FORMER_STATE in way.needs and facts.merged_from is not to:
        refused.append(_("Undoing a merge restores the state that the case had before."))
    return refused + [words for need in way.needs for words in _missing(need, facts, policy)]


def _no_way(state: State, to: State, policy: SeverityPolicy) -> str:
    """Say that no way leads there, and where the ways from here lead."""
    if state is to:
        return str(_("This case is already %(state)s.", state=state_words(state)))
    no = _(
        "A case that is %(state)s cannot become %(to)s.",
        state=state_words(state),
        to=state_words(to),
    )
    if state is State.MERGED:
        return f"{no} " + _("Undo the merge first.")
    ways = [way for way in TRANSITIONS if way.source is state and not _switched_off(way, policy)]
    possible = ", ".join(state_words(way.to) for way in ways)
    return f"{no} " + _("From here it can become: %(states)s.", states=possible) if ways else no


def closing_objections(facts: ClosingFacts) -> list[str]:
    """Say everything that is missing before a case is closed."""
    missing = _criteria_open(facts) + _agreement_missing(facts) + _fix_missing(facts)
    return missing + [
        _("%(room)s holds it open: %(words)s", room=hold.room, words=hold.words)
        for hold in facts.holds
    ]


def reopens_same_case(closed_at: datetime, *, now: datetime, policy: SeverityPolicy) -> bool:
    """Say whether it is early enough to re-open under the same number, as a re-escalation."""
    return now <= closed_at + timedelta(days=policy.reopen_days)


def transfers_are_many(count: int, *, policy: SeverityPolicy) -> bool:
    """Say whether a case changed hands more often than the policy lets pass unseen."""
    return count > policy.transfers_flagged_above


def state_words(state: State) -> str:
    """Give a state in the reader's words."""
    words: dict[State, str] = {
        State.DRAFT: _("a draft"),
        State.REQUESTED: _("requested"),
        State.DECLARED: _("declared"),
        State.ACCEPTED: _("accepted"),
        State.STABILISING: _("being stabilised"),
        State.AWAITING_CUSTOMER: _("waiting for the customer"),
        State.CLOSED: _("closed"),
        State.DECLINED: _("declined"),
        State.MERGED: _("merged"),
        State.VOID: _("void"),
    }
    return words[state]


def _switched_off(way: Transition, policy: SeverityPolicy) -> str | None:
    """Say which of the two ways to declare the policy has switched off."""
    if way.source is not State.DRAFT:
        return None
    if way.to is State.DECLARED and policy.declare == "on_request":
        return str(_("Declarations are approved first: request it."))
    if way.to is State.REQUESTED and policy.declare == "at_once":
        return str(_("Nobody has to approve it: declare it."))
    return None


def _who_may(who: frozenset[Who]) -> str:
    """Say who may take a step."""
    words = {
        Who.AUTHOR: _("the author"),
        Who.APPROVER: _("an approver"),
        Who.OWNER: _("the owner"),
        Who.ESCALATION_MANAGER: _("an escalation manager"),
        Who.LEADERSHIP: _("leadership"),
        Who.DECLARER: _("whoever may declare"),
    }
    named = ", ".join(words[one] for one in Who if one in who)
    return str(_("This is for %(people)s to do.", people=named))


def _criteria_open(facts: ClosingFacts) -> list[str]:
    if not facts.criteria:
        return [_("Write the exit criteria first: there are none.")]
    return [
        _("Exit criterion not met: %(words)s", words=criterion.words)
        for criterion in facts.criteria
        if not criterion.ticked
    ]


def _agreement_missing(facts: ClosingFacts) -> list[str]:
    missing = []
    if facts.resolution is None:
        missing.append(_("Say how it was resolved."))
    if not facts.agreed and not facts.no_agreement_reason.strip():
        missing.append(_("Record the customer's agreement, or why it was not obtained."))
    return missing


def _fix_missing(facts: ClosingFacts) -> list[str]:
    """A workaround is only an end when somebody owes the permanent fix by a day, and the news."""
    if facts.resolution is not Resolution.WORKAROUND:
        return []
    missing = []
    if not facts.fix_owner:
        missing.append(_("A workaround needs an owner of the permanent fix."))
    if facts.fix_due is None:
        missing.append(_("A workaround needs a date for the permanent fix."))
    if not facts.fix_promised:
        missing.append(_("Promise the customer news of the permanent fix."))
    return missing


def _merge(facts: StepFacts) -> list[str]:
    """Say what stands against the case that this one is to be merged into."""
    target = facts.merge_target
    if target is None:
        return [_("Name the case to merge it into.")]
    missing = []
    if not target.same_account:
        missing.append(_("That case belongs to another account."))
    if target.state not in OPEN_STATES:
        missing.append(_("That case is not open any more."))
    return missing


def _reopen(facts: StepFacts, policy: SeverityPolicy) -> list[str]:
    if facts.closed_at and reopens_same_case(facts.closed_at, now=facts.now, policy=policy):
        return []
    return [
        _(
            "It was closed more than %(days)s days ago: declare a new case, linked to it.",
            days=str(policy.reopen_days),
        )
    ]


def _missing(need: Need, facts: StepFacts, policy: SeverityPolicy) -> list[str]:
    """Say what a need still lacks."""
    match need:
        case Need.CLOSING:
            return closing_objections(facts.closing)
        case Need.MERGE_TARGET:
            return _merge(facts)
        case Need.REOPEN_TERM:
            return _reopen(facts, policy)
        case Need.FORMER_STATE:
            return []
        case _:
            return [] if _GIVEN[need](facts) else [_ask(need)]


_GIVEN: dict[Need, Callable[[StepFacts], bool]] = {
    Need.ACCOUNT: lambda facts: facts.has_account,
    Need.CUSTOMER_WORDS: lambda facts: bool(facts.customer_words.strip()),
    Need.DEMAND: lambda facts: bool(facts.demand.strip()),
    Need.REASON: lambda facts: bool(facts.reason.strip()),
    Need.CUSTOMER_CONTACT: lambda facts: facts.customer_contacts > 0,
    Need.EXIT_CRITERIA: lambda facts: facts.criteria > 0,
    Need.WAITING_FOR: lambda facts: bool(facts.waiting_for.strip()),
    Need.WHAT_CAME: lambda facts: bool(facts.what_came.strip()),
}


def _ask(need: Need) -> str:
    """Ask for what is missing, in a sentence."""
    words: dict[Need, str] = {
        Need.ACCOUNT: _("Name the account."),
        Need.CUSTOMER_WORDS: _("Write what the customer said, in their words."),
        Need.DEMAND: _("Write what the customer wants."),
        Need.REASON: _("Give the reason."),
        Need.CUSTOMER_CONTACT: _("Record a contact with the customer first."),
        Need.EXIT_CRITERIA: _("Write the exit criteria first: there are none."),
        Need.WAITING_FOR: _("Say what we wait for."),
        Need.WHAT_CAME: _("Say what came."),
    }
    return words[need]
