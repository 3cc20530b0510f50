"""Declaring a case: one transaction from the customer's words to the people told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.models import Account, EntryKind, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core import access, jobs
from portal.core.access import Actor, K, RelationKind, Restriction, Role
from portal.core.db import db, insert_once, next_reference
from portal.core.deadlines import refuse_too_late
from portal.core.errors import Refused
from portal.core.i18n import _, kept
from portal.core.money import minor

from .. import queries, rules
from ..models import (
    OPEN_STATES,
    CaseStep,
    ClockEvent,
    Escalation,
    Severity,
    State,
    TriggerProposal,
)
from ..queries import Proposed, Wish
from ..rules import ClockEventKind
from .apart import refuse_double, set_apart
from .noticing import NoticeGiven, keep_notice
from .playing import asked, call_in
from .recording import (
    count_open,
    go_on,
    inform,
    keep,
    log,
    place_of,
    refuse_above_e4,
    refuse_idle,
    show_due,
    tell_story,
)
from .waking import wake

TITLE = 120
LONGEST_WORDS = 20_000


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
    because: str | None = None,
) -> Escalation:
    """Open a case with everything that belongs to it, or keep a draft of it for its author.

    Refused without the customer's words and demand, or for a date that has passed. Where a person
    corrected what the policies propose, `reason` says why. Under the policy switch "on request" the
    case waits for an approver. `previous` is the closed case that this one follows.
    `because` sets it apart from those open for the same reason: empty it is refused beside one;
    None where nobody can be asked (tales of the past).
    """
    wish = replace(wish, tags=rules.tags.tags_of(wish.tags), follows=previous is not None)
    refuse_incomplete(wish, now=now, draft=draft)
    _refuse_previous(previous, account)
    if wish.owner_id is not None:
        refuse_idle(wish.owner_id, field="owner")
    proposed = queries.proposal(account, wish, by=by, now=now)
    others = []
    if because is not None and not draft:
        others = refuse_double(account, proposed.chosen_trigger, because=because, by=by, now=now)
    case = _row(account, wish, proposed, by=by, now=now)
    case.words_by, case.impact, case.source = words_by, impact, source
    case.previous_id = previous.id if previous else None
    if draft:
        case.state, case.tags = State.DRAFT, list(wish.tags)  # A route adds its own in its time.
        _save(case)
        log(case, "drafted", by=by, now=now)
    else:
        enter(case, proposed, by=by, now=now, reason=reason)
    _keep_proposal(case, proposed, by=by, now=now)
    relate(case, proposed, by=by, is_new=True)
    if notice:
        keep_notice(case, notice)
    if others:
        set_apart(case, others, because=because or "", by=by, now=now)
    return case


def refuse_incomplete(wish: Wish, *, now: datetime, draft: bool) -> None:
    """Refuse a declaration without words or demand, or for a date that has passed."""
    if len(wish.words) > LONGEST_WORDS:
        most = _("These are too many words: keep what matters, at most 20,000 characters.")
        raise Refused(most, field="words")
    if wrong := rules.tags.tags_objection(wish.tags):
        raise Refused(wrong, field="tags")
    if draft:
        return
    if not wish.words.strip():
        raise Refused(_("Write what the customer said, in their words."), field="words")
    if not wish.demand.strip():
        raise Refused(_("Write what the customer wants."), field="demand")
    if wish.deadline_at is not None and wish.deadline_at < now:
        raise Refused(_("This day has passed. By when do they want it now?"), field="deadline")
    refuse_too_late(wish.deadline_at, now=now, field="deadline")


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
    fill(case, account, wish, proposed, now=now)
    return case


def fill(
    case: Escalation, account: Account, wish: Wish, proposed: Proposed, *, now: datetime
) -> None:
    """Set what the declaration says and the policies propose."""
    stake = proposed.stake.amount
    case.title = _title(wish.demand or wish.words)
    case.trigger, case.severity = proposed.chosen_trigger, proposed.chosen_severity
    case.level, case.kind, case.problem = proposed.level, proposed.kind, wish.problem
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


def _first_state(proposed: Proposed) -> State:
    """Say where a case that is declared begins: the policy may want an approver first."""
    on_request = proposed.policy.declare == "on_request"
    return State.REQUESTED if on_request else State.DECLARED


def relate(case: Escalation, proposed: Proposed, *, by: Actor, is_new: bool = False) -> None:
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


def enter(case: Escalation, proposed: Proposed, *, by: Actor, now: datetime, reason: str) -> None:
    """Bring a draft into the room, or before an approver where the policy wants that."""
    refuse_above_e4(case.trigger, case.severity, proposed.policy)
    _decide(case, proposed, by=by, now=now, reason=reason)
    case.state = _first_state(proposed)
    if case.state is State.REQUESTED:
        _save(case)
        log(case, "requested", by=by, now=now, data=_data(case))
        managers = auth_queries.people(role=Role.ESCALATION_MANAGER)
        told = {person.id: "approver" for person in managers}
        inform(case, told, "requested", key="requested", by=by, now=now)
        return
    open_room(case, told=_why(proposed, case), by=by, now=now)


def _save(case: Escalation) -> None:
    """Write a case that may be new: what is written down next names it."""
    db.session.add(case)
    db.session.flush()


def open_room(case: Escalation, *, told: Mapping[int, str], by: Actor, now: datetime) -> None:
    """Start the clocks, lay out the playbook and tell the story's beginning; a job calls in the
    response team and tells the people concerned.
    """
    begun = _begun(case, by=by, now=now)
    owed = queries.next_promise(case) if case.id else None  # a draft may have promised something
    clocks = show_due(case, [ClockEvent(**values) for values in begun], promised=owed)
    steps = asked(case, now=now)
    _save(case)
    go_on(case, clocks)
    keep(case, ClockEvent, begun)
    keep(case, CaseStep, steps)
    uid = log(
        case,
        "declared",
        by=by,
        now=now,
        data=_data(case),
        changes={"customer_words": (None, case.customer_words), "demand": (None, case.demand)},
    )
    tell_story(
        case,
        case.customer_words,
        kind=EntryKind.EMAIL_IN if case.channel.value == "email" else EntryKind.CALL,
        lane=Lane.CUSTOMER,
        uid=uid,
        by=by,
        now=now,
        language=case.words_language,
    )
    count_open(case.account_id)
    jobs.enqueue(
        "escalations.introduce",
        key=f"introduce:{case.reference}",
        payload={
            "reference": case.reference,
            "told": list(told.items()),
            "by": by.id,
            "at": now.isoformat(),
        },
    )


def _begun(case: Escalation, *, by: Actor, now: datetime) -> list[dict[str, Any]]:
    """Give what starts the clocks of a case: it is opened, and its owner is named."""
    here = {"at": now, "recorded_at": now, "person_id": by.id}
    opened = {"kind": ClockEventKind.OPENED.value, "severity": case.severity, **here}
    if case.owner_id is None:
        return [opened]
    return [opened, {"kind": ClockEventKind.OWNER_NAMED.value, "severity": None, **here}]


def introduce(case: Escalation, *, told: Mapping[int, str], by: Actor, now: datetime) -> None:
    """Call in the response team of a case that was declared `now`, and tell the people concerned
    (id → why), but not who declared it.
    """
    is_open = case.state in OPEN_STATES
    called = call_in(case, by=by, now=now) if is_open else {}
    woken = wake(case, key="declared", by=by, now=now) if is_open else ()
    silence = next((c.due_at for c in queries.clocks_of(case) if c.kind is queries.SILENCE), None)
    inform(
        case,
        dict.fromkeys(called, "response") | dict(told) | dict.fromkeys(woken, "duty"),
        "declared",
        key="declared",
        by=by,
        now=now,
        demand=case.demand,
        words=case.customer_words[:1_000],
        language=case.words_language,
        next_contact=silence,
        deadline=case.deadline_at,
    )


def _data(case: Escalation) -> dict[str, Any]:
    """Give what stays in the log for ever: keys and enum values alone."""
    return {
        "trigger": case.trigger.value,
        "severity": case.severity.value,
        "level": case.level.value,
        "executive": case.executive,
        "owner": case.owner_id,
        "team": case.team_id,
    }


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
        facts={
            "rule": proposed.hit.rule.label,
            "position": proposed.hit.position,
            "template": proposed.hit.actions.template,
            **facts,
        },
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
    return told | people_of(case)


def people_of(case: Escalation) -> dict[int, str]:
    """Give who owns a case and who is its executive owner, and why they are told."""
    found = {case.executive_owner_id: "executive", case.owner_id: "owner"}
    return {person_id: why for person_id, why in found.items() if person_id is not None}
