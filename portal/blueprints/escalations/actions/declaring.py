"""Declaring a case: one transaction from the customer's words to the people told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core import access
from portal.core.access import Actor, K, RelationKind, Restriction, Role
from portal.core.db import db, insert_once, next_reference
from portal.core.errors import Refused
from portal.core.i18n import _, kept
from portal.core.money import minor

from .. import queries, rules
from ..models import (
    Escalation,
    FormalNotice,
    NoticeChannel,
    NoticeKind,
    Severity,
    State,
    TriggerProposal,
)
from ..queries import Proposed, Wish
from .beginning import begin, save, told_of
from .recording import (
    inform,
    log,
    place_of,
    refuse_idle,
    seats,
)

TITLE = 120
LONGEST_WORDS = 20_000


@dataclass(frozen=True, kw_only=True)
class NoticeGiven:
    """A letter with legal effect, as it came in."""

    kind: NoticeKind
    channel: NoticeChannel
    received_at: datetime
    sender: str = ""


def declare(
    account: Account,
    wish: Wish,
    *,
    by: Actor,
    now: datetime,
    notice: NoticeGiven | None = None,
    words_by: str = "",
    impact: str = "",
    reason: str = "",
    source: str = "portal",
    draft: bool = False,
    previous: Escalation | None = None,
) -> Escalation:
    """Open a case with everything that belongs to it, or keep a draft of it for its author.

    Refused without the customer's words and demand, or for a date that has passed. Where a person
    corrected what the policies propose, `reason` says why. Under the policy switch "on request" the
    case waits for an approver. `previous` is the closed case that this one follows.
    """
    _refuse_incomplete(wish, now=now, draft=draft)
    _refuse_previous(previous, account)
    if wish.owner_id is not None:
        refuse_idle(wish.owner_id, field="owner")
    proposed = queries.proposal(account, wish, by=by, now=now)
    case = _row(account, wish, proposed, by=by, now=now)
    case.words_by, case.impact, case.source = words_by, impact, source
    case.previous_id = previous.id if previous else None
    if draft:
        case.state = State.DRAFT
        save(case)
        log(case, "drafted", by=by, now=now)
    else:
        _enter(case, proposed, by=by, now=now, reason=reason)
    _keep_proposal(case, proposed, by=by, now=now)
    _relate(case, proposed, by=by, is_new=True)
    if notice:
        keep_notice(case, notice)
    return case


def submit(
    case: Escalation, wish: Wish, *, by: Actor, now: datetime, reason: str = ""
) -> Escalation:
    """Declare a draft: what the policies propose today counts, not what they proposed then."""
    if case.state is not State.DRAFT:
        raise Refused(_("This case is declared already."))
    _refuse_incomplete(wish, now=now, draft=False)
    account = queries.account_of(case)
    proposed = queries.proposal(account, wish, by=by, now=now)
    _fill(case, account, wish, proposed, now=now)
    _relate(case, proposed, by=by)
    _enter(case, proposed, by=by, now=now, reason=reason)
    return case


def approve(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Let a requested case be declared: its clocks begin now."""
    facts = rules.StepFacts(
        by=seats(case, by=by, now=now),
        now=now,
        has_account=True,
        customer_words=case.customer_words,
        demand=case.demand,
    )
    against = rules.objections(
        case.state, State.DECLARED, facts=facts, policy=queries.policy_of(case)
    )
    if against:
        raise Refused(" ".join(against))
    case.state, case.opened_at = State.DECLARED, now
    begin(case, told=_people_of(case), by=by, now=now)


def _refuse_incomplete(wish: Wish, *, now: datetime, draft: bool) -> None:
    if len(wish.words) > LONGEST_WORDS:
        raise Refused(
            _("These are too many words: keep what matters, at most 20,000 characters."),
            field="words",
        )
    if draft:
        return
    if not wish.words.strip():
        raise Refused(_("Write what the customer said, in their words."), field="words")
    if not wish.demand.strip():
        raise Refused(_("Write what the customer wants."), field="demand")
    if wish.deadline_at is not None and wish.deadline_at < now:
        raise Refused(_("This day has passed. By when do they want it now?"), field="deadline")


def _refuse_previous(previous: Escalation | None, account: Account) -> None:
    if previous is None:
        return
    if previous.account_id != account.id or previous.state is not State.CLOSED:
        raise Refused(_("A new case follows a closed one of the same customer."))


def _row(
    account: Account, wish: Wish, proposed: Proposed, *, by: Actor, now: datetime
) -> Escalation:
    """Make the row of a case with its number; the year is the organisation's."""
    zone = ZoneInfo(auth_queries.organisation().zone)
    year = now.astimezone(zone).year
    reference, register = next_reference("ESC", year=year)
    case = Escalation(
        reference=reference,
        register_year=year,
        register_number=register,
        account_id=account.id,
        declared_by_id=by.id,
    )
    _fill(case, account, wish, proposed, now=now)
    return case


def _fill(
    case: Escalation, account: Account, wish: Wish, proposed: Proposed, *, now: datetime
) -> None:
    """Set what the declaration says and the policies propose."""
    stake = proposed.stake.amount
    case.title = _title(wish.demand or wish.words)
    case.trigger, case.severity = proposed.chosen_trigger, proposed.chosen_severity
    case.level, case.kind, case.problem = proposed.level, wish.kind, wish.problem
    case.channel, case.customer_words = wish.channel, wish.words.strip()
    case.words_language = proposed.language
    case.demand, case.deadline_at = wish.demand.strip(), wish.deadline_at
    case.stake_minor = None if stake is None else minor(stake)
    case.currency = account.currency if stake is None else stake.currency.code
    case.owner_id, case.team_id = proposed.owner_id, proposed.team_id
    case.executive_owner_id = proposed.executive_owner_id
    case.executive, case.restricted = proposed.executive, proposed.restricted
    case.tags = list(proposed.tags)
    case.opened_at, case.policy_number = now, proposed.numbers["severity"]


def _title(words: str) -> str:
    """Give the first sentence of some words, cut at a word."""
    text = " ".join(words.split())
    first = text.split(". ")[0].rstrip(".")
    return first if len(first) <= TITLE else first[: TITLE - 1].rsplit(" ", 1)[0] + "…"


def _keep_proposal(case: Escalation, proposed: Proposed, *, by: Actor, now: datetime) -> None:
    """Keep what was found in the words and what the person made of it: precision rests on it."""
    db.session.add(
        TriggerProposal(
            escalation_id=case.id,
            proposed=proposed.trigger if proposed.hits else None,
            confirmed=proposed.chosen_trigger,
            phrases=[hit.phrase for hit in proposed.hits],
            at=now,
            person_id=by.id,
        )
    )


def keep_notice(case: Escalation, notice: NoticeGiven) -> None:
    """Keep a letter with legal effect at its case."""
    db.session.add(
        FormalNotice(
            escalation_id=case.id,
            kind=notice.kind,
            channel=notice.channel,
            received_at=notice.received_at,
            sender=notice.sender,
        )
    )


def _first_state(proposed: Proposed) -> State:
    """Say where a case that is declared begins: the policy may want an approver first."""
    on_request = proposed.policy.declare == "on_request"
    return State.REQUESTED if on_request else State.DECLARED


def _relate(case: Escalation, proposed: Proposed, *, by: Actor, is_new: bool = False) -> None:
    """Let the people of a case stand to it: who declared it, its owner, its team, the watchers."""
    here = place_of(case)
    people: list[tuple[RelationKind, dict[str, Any]]] = [
        (RelationKind.AUTHOR, {"person_id": by.id}),
        (RelationKind.OWNER, {"person_id": case.owner_id}),
        (RelationKind.NAMED, {"person_id": case.executive_owner_id}),
        *_watching(case, proposed),
    ]
    there = [(kind, subject) for kind, subject in people if all(subject.values())]
    access.relate_all(db.session, there, **here, is_new=is_new)
    if case.restricted:
        insert_once(
            Restriction,
            record_ref=case.reference,
            account_id=case.account_id,
            since=case.opened_at,
        )


def _watching(case: Escalation, proposed: Proposed) -> list[tuple[RelationKind, dict[str, Any]]]:
    """Give the team and the roles that a route names; of a restricted case their people one by one,
    because only a name opens it.
    """
    watchers = [Role(role) for role in proposed.watchers]
    team: list[tuple[RelationKind, dict[str, Any]]] = [
        (RelationKind.TEAM, {"team_id": case.team_id}),
        *((RelationKind.NAMED, {"role": role}) for role in watchers),
    ]
    if not case.restricted:
        return team
    people = [person.id for role in watchers for person in auth_queries.people(role=role)]
    people += auth_queries.team_members(case.team_id) if case.team_id else []
    return [*team, *((RelationKind.NAMED, {"person_id": one}) for one in people)]


def _enter(case: Escalation, proposed: Proposed, *, by: Actor, now: datetime, reason: str) -> None:
    """Bring a draft into the room, or before an approver where the policy wants that."""
    _decide(case, proposed, by=by, now=now, reason=reason)
    case.state = _first_state(proposed)
    if case.state is State.REQUESTED:
        save(case)
        log(case, "requested", by=by, now=now, data=told_of(case))
        managers = auth_queries.people(role=Role.ESCALATION_MANAGER)
        inform(
            case, {p.id: "approver" for p in managers}, "requested", key="requested", by=by, now=now
        )
        return
    begin(case, told=_why(proposed, case), by=by, now=now)


def _decide(case: Escalation, proposed: Proposed, *, by: Actor, now: datetime, reason: str) -> None:
    """Write down what the policies recommended for severity and route, and what was chosen."""
    given = reason.strip() or _("Chosen by the person who declared the case.")
    share = proposed.stake.share
    facts = {
        **{key: value for key, value in proposed.facts.items() if value is not None},
        "arr_share": None if share is None else str(round(share, 6)),
        "reasons": [kept(reason) or reason for reason in proposed.reasons],
        "phrases": [hit.phrase for hit in proposed.hits],
    }
    here: dict[str, Any] = {
        "record": case.reference,
        "account_id": case.account_id,
        "klass": K.CONFIDENTIAL,
        "by": by,
        "now": now,
        "reason": given,
    }
    policy_actions.decide(
        "escalations.severity",
        policy=(PolicyKind.SEVERITY, proposed.numbers["severity"]),
        facts=facts,
        recommendation={"trigger": proposed.trigger.value, "severity": proposed.severity.value},
        chosen={"trigger": case.trigger.value, "severity": Severity(case.severity).value},
        **here,
    )
    owners = {proposed.bench.owner_id, case.owner_id}
    names = {**proposed.names, **auth_queries.names(owners - proposed.names.keys())}
    teams = {"team": case.team_id, "team_name": proposed.team_name}
    policy_actions.decide(
        "escalations.route",
        policy=(PolicyKind.ROUTING, proposed.numbers["routing"]),
        rule=proposed.hit.rule.name,
        facts={"rule": _(proposed.hit.rule.label), "position": proposed.hit.position, **facts},
        recommendation={
            "owner": proposed.bench.owner_id,
            "owner_name": names.get(proposed.bench.owner_id or 0, ""),
            **teams,
        },
        chosen={
            "owner": case.owner_id,
            "owner_name": names.get(case.owner_id or 0, ""),
            **teams,
        },
        **here,
    )


def _why(proposed: Proposed, case: Escalation) -> dict[int, str]:
    """Give who is told of a new case and why, the most telling reason first."""
    told = dict.fromkeys(proposed.bench.watching, "account_owner")
    return told | _people_of(case)


def _people_of(case: Escalation) -> dict[int, str]:
    found = {case.executive_owner_id: "executive", case.owner_id: "owner"}
    return {person_id: why for person_id, why in found.items() if person_id is not None}
