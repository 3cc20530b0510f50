"""What a viewer may do on a case: only these get a button; the actions check again."""

from collections.abc import Iterator
from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, K, Permission, Role, Subject

from .. import rules
from ..models import OPEN_STATES, Escalation, State
from .case import Case, seats

STEPS: dict[tuple[State, State], str] = {
    (State.DRAFT, State.DECLARED): "submit",
    (State.DRAFT, State.REQUESTED): "submit",
    (State.REQUESTED, State.DECLARED): "approve",
    (State.REQUESTED, State.DECLINED): "decline",
    (State.DECLARED, State.ACCEPTED): "accept",
    (State.DECLARED, State.DECLINED): "decline",
    (State.ACCEPTED, State.STABILISING): "stabilise",
    (State.STABILISING, State.AWAITING_CUSTOMER): "wait",
    (State.AWAITING_CUSTOMER, State.STABILISING): "resume",
    (State.CLOSED, State.STABILISING): "reopen",
}


def sees_value(viewer: Actor) -> bool:
    """Say whether somebody may read what is at stake."""
    return access.sees(viewer, Subject.ESCALATION, klass=K.CONFIDENTIAL, related=True)


def may_name(case: Escalation, *, by: Actor, now: datetime) -> bool:
    """Say whether somebody may decide who sees a case."""
    owner = case.owner_id is not None and by.id in (
        case.owner_id,
        auth_queries.responsible(case.owner_id, now=now),
    )
    return rules.may_restrict(seats(case, by=by, owner=owner), by.roles)


def rights(case: Case, viewer: Actor, *, now: datetime) -> frozenset[str]:
    """Give the names of what somebody may do on a case as it stands."""
    row, who = case.row, case.who
    found = {
        _step(row.state, to)
        for to in rules.next_states(row.state, who)
        if to is not State.STABILISING or row.state is not State.MERGED
    }
    if row.state is State.MERGED and rules.Who.ESCALATION_MANAGER in who:
        found.add("unmerge")
    found.discard("")
    late = row.closed_at is not None and not rules.reopens_same_case(
        row.closed_at, now=now, policy=case.policy
    )
    if "reopen" in found and late:
        found = found - {"reopen"} | {"follow_up"}
    if row.state in OPEN_STATES:
        found |= _while_open(case, viewer, now=now)
        found |= {f"tick:{s.who}" for s in case.steps if rules.playbook.may_tick(s.who, by=viewer)}
    if viewer.may(Permission.ESCALATIONS_WORK) and row.state is not State.DRAFT:
        found |= {"note", "settle_task", "tell"}
    if row.state is not State.DRAFT and rules.may_restrict(who, viewer.roles):
        found |= {"lift", "let_in"} if row.restricted else {"restrict"}
    return frozenset(found)


def _step(state: State, to: State) -> str:
    return STEPS.get((state, to)) or {
        State.CLOSED: "close",
        State.MERGED: "merge",
        State.VOID: "void",
    }.get(to, "")


def _while_open(case: Case, viewer: Actor, *, now: datetime) -> set[str]:
    row, who, found = case.row, case.who, set[str]()
    leads = who & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER, rules.Who.LEADERSHIP}
    if viewer.may(Permission.ESCALATIONS_WORK):
        found |= {"affect", "write", "promise", "criterion", "trend", "correct"}
        found |= {"add_task", "add_stakeholder"}
        if leads:
            found |= {"hand_over", "level", "ask", "executive"}
            if row.left_executive_until is not None and now <= row.left_executive_until:
                found.add("restore_level")
    if who & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER}:
        found.add("clocks")
    if viewer.may(Permission.ESCALATIONS_DECLARE):
        found |= {"severity", "notice"}
        if row.cooling_until is not None and now <= row.cooling_until:
            found.add("restore")
    if viewer.roles & {Role.EXECUTIVE, Role.LEADERSHIP}:
        found.add("comment")
    if row.ask and (row.ask_of_id == viewer.id or Role.LEADERSHIP in viewer.roles):
        found.add("answer")
    if case.raising is not None and viewer.may(Permission.ESCALATIONS_DECLARE):
        found.add("answer_raising")
    if case.threat is not None and viewer.may(Permission.ESCALATIONS_WORK):
        found.add("answer_trigger")
    if case.lowering is not None and case.lowering.facts.get("second") == viewer.id:
        found.add("agree")
    if rules.may_stop_automatic(who, viewer.roles):
        found.add("resume_automatic" if row.automatic_stopped else "stop_automatic")
    return found | set(_dates(case, viewer))


def _dates(case: Case, viewer: Actor) -> Iterator[str]:
    """Give what somebody may do about the dates of an open case."""
    row, who = case.row, case.who
    manages = bool(who & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER})
    if manages and row.long_track:
        yield "end_long_track"
    if rules.Who.OWNER in who and not row.long_track:
        yield "long_track"
    if case.lasting is not None and case.lasting.facts.get("second") == viewer.id:
        yield "agree_long_track"
    if Role.LEGAL in viewer.roles:
        yield "legal_day"
    if row.executive_owner_id and (manages or row.executive_owner_id == viewer.id):
        yield "briefed"
