"""The playbook of a case: laid out at its declaration and when it gets graver, ticked by people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.policies.rules import Joiner, Playbook, PlaybookStep
from portal.core import access
from portal.core.access import Actor, RelationKind
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, CaseResponse, CaseStep, CaseTick, Escalation, Severity
from .recording import inform, keep, log, place_of


def lay_out(case: Escalation, *, now: datetime) -> None:
    """Put what the playbook of a case's trigger asks at its severity before its people. What stands
    there stays, ticked or not; the version stays the one it was first laid out from.
    """
    keep(case, CaseStep, asked(case, now=now))


def asked(case: Escalation, *, now: datetime) -> list[dict[str, Any]]:
    """Give the rows of the steps that a playbook newly asks of a case, which takes its version."""
    found = queries.playbook_of(case)
    if found is None:
        return []
    book, number = found
    known = {} if case.playbook_number is None else queries.known_steps(case)
    case.playbook_number = number
    rows = []
    for place, step in enumerate(book.steps):
        if rules.playbook.counts(step.severity_at_least, Severity(case.severity)):
            values = _values(book, step, place=place, number=number)
            if step.name not in known:
                due = _due(case, step, since=now)
                times = {"since": now, "due_at": due, "next_notice_at": due}
                rows.append({**values, "name": step.name, **times})
            else:
                _ask_again(known[step.name], values)
    for row in known.values():
        _heed(row)
    return rows


def _values(book: Playbook, step: PlaybookStep, *, place: int, number: int) -> dict[str, Any]:
    return {
        "trigger": book.trigger,
        "severity": step.severity_at_least,
        "who": step.who,
        "label": step.label,
        "place": place,
        "policy_number": number,
    }


def _ask_again(row: CaseStep, values: Mapping[str, Any]) -> None:
    """Ask a step in the words of another trigger; one that was done is asked no second time."""
    if row.done_at is None and row.trigger != values["trigger"]:
        for name, value in values.items():
            setattr(row, name, value)


def _heed(row: CaseStep) -> None:
    """Let a step that is still to do be told of once it is overdue, unless that was done."""
    if row.done_at is None and row.next_notice_at is None:
        row.next_notice_at = row.due_at


def _due(case: Escalation, step: PlaybookStep, *, since: datetime) -> datetime | None:
    if step.within is None:
        return None
    account, policy = queries.account_of(case), queries.policy_of(case)
    calendar = queries.calendar_for(account, policy)
    return rules.ends_at(step.within, since, calendar=calendar, zone=account.zone)


def call_in(case: Escalation, *, by: Actor, now: datetime) -> dict[int, str]:
    """Let the response team that the playbook names see the case; gives who joined (id → what for),
    each once.
    """
    found = queries.playbook_of(case)
    joined = {} if found is None else _let_join(case, found[0], now=now)
    if joined:
        log(case, "response_joined", by=by, now=now, data={"people": sorted(joined)})
    return joined


def _let_join(case: Escalation, book: Playbook, *, now: datetime) -> dict[int, str]:
    """Let those join whom the playbook names; a restricted case is opened to nobody by a role."""
    if case.restricted:
        return {}
    joins = rules.playbook.joining(book, Severity(case.severity))
    there = {one.id for one in queries.responders(case)}
    teams = auth_queries.teams_meant({one.team for one in joins if one.team})
    found: dict[int, str] = {}
    subjects: list[tuple[RelationKind, dict[str, Any]]] = []
    for one, people in queries.people_joining(case, joins, now=now):
        new = [person_id for person_id in people if person_id not in there | found.keys()]
        for person_id in new:
            found[person_id] = one.does
            db.session.add(_response(case, one, person_id, now=now))
        subjects += _subjects(one, new, teams)
    access.relate_all(db.session, subjects, **place_of(case))
    db.session.flush()
    return found


def _subjects(
    one: Joiner, new: list[int], teams: Mapping[str, int]
) -> list[tuple[RelationKind, dict[str, Any]]]:
    """Give whom a part of the team opens the case to: a role or a team as a whole where all of it
    joins, else each person.
    """
    if not new:
        return []
    if one.team:
        return [(RelationKind.NAMED, {"team_id": teams[one.team]})]
    if one.who in rules.playbook.WHOLE:
        roles = rules.playbook.PLAYERS[one.who]
        return [(RelationKind.NAMED, {"role": role}) for role in roles]
    return [(RelationKind.NAMED, {"person_id": person_id}) for person_id in new]


def _response(case: Escalation, one: Joiner, person_id: int, *, now: datetime) -> CaseResponse:
    return CaseResponse(
        escalation_id=case.id,
        person_id=person_id,
        part=one.who or f"team:{one.team}",
        does=one.does,
        joined_at=now,
    )


def play_on(case: Escalation, *, by: Actor, now: datetime, told: frozenset[int]) -> None:
    """Lay out what a change of severity or trigger adds, and tell who joins; `told` are people who
    hear of the change anyhow.
    """
    if case.state not in OPEN_STATES:
        return
    lay_out(case, now=now)
    for person_id, does in call_in(case, by=by, now=now).items():
        if person_id not in told:
            joined = {person_id: "response"}
            inform(case, joined, "joined", key="joined", by=by, now=now, does=does)


def take_playbook(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Lay out the playbook in force for an open case that has none."""
    if case.state not in OPEN_STATES:
        raise Refused(_("A playbook is laid out for an open case."))
    if case.playbook_number is not None:
        raise Refused(_("The playbook of this case is laid out already."))
    if queries.playbook_of(case) is None:
        raise Refused(_("No version of the playbooks was published yet."))
    play_on(case, by=by, now=now, told=frozenset())
    log(case, "playbook_laid_out", by=by, now=now, data={"number": case.playbook_number})


def tick_step(case: Escalation, step: CaseStep, *, done: bool, by: Actor, now: datetime) -> None:
    """Say that a step is done, or that it is not after all; both stay on record with who and when.
    The same said twice is once.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if not rules.playbook.may_tick(step.who, by=by):
        raise Refused(_("This is for who works on the case, or whose part it is."))
    if done is (step.done_at is not None):
        return
    step.done_at, step.done_by_id = (now, by.id) if done else (None, None)
    step.next_notice_at = None if done else step.due_at
    db.session.add(CaseTick(step_id=step.id, done=done, at=now, by_id=by.id))
    db.session.flush()
    if done:
        notification_actions.withdraw_waiting(
            [f"{case.reference}:step:{step.id}:"],
            record=case.reference,
            account_id=case.account_id,
            template=rules.overdue.OVERDUE,
            now=now,
        )
    log(
        case,
        "step_done" if done else "step_undone",
        by=by,
        now=now,
        data={"step": step.name, "number": step.policy_number},
    )
