"""The blueprint of cases for programs, and what its doors share: a case in, a case out."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeVar

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.api import amount_of, answer, once, read_body
from portal.core.errors import Refused, Stale
from portal.core.web import viewer

from .. import queries
from ..models import Escalation
from ..rules import Clock
from ..schemas import AskOut, CaseOut, ClockOut, CriterionOut, NoticeOut, ProposedTrigger

S = TypeVar("S", bound=BaseModel)
bp = APIBlueprint("escalations_api", __name__, url_prefix="/api/v1/escalations")


def acting() -> dict[str, Any]:
    """Give who acts, and when, as actions take it."""
    return {"by": viewer(), "now": clock.now()}


@contextmanager
def named_apart() -> Iterator[None]:
    """Name the field as programs know it when a case for the same reason is open already."""
    try:
        yield
    except Refused as refusal:
        field = "another_because" if refusal.field == "because" else refusal.field
        raise Refused(refusal.message, field=field) from None


def held(reference: str) -> Escalation:
    """Fetch a case that nobody else changes until this call ends."""
    return queries.get(viewer(), reference, now=clock.now(), lock=True)


def unchanged(reference: str) -> Escalation:
    """Fetch a case to change it; with `If-Match` only where it is still what the caller read."""
    case = held(reference)
    if request.if_match:
        known = queries.case_page(viewer(), reference, now=clock.now())
        if not request.if_match.contains(etag_of(out(known))):
            raise Stale("the case has changed since it was read")
    return case


def do(reference: str, act: Callable[[Escalation], object], *, status: int = 200) -> Response:
    """Carry out an action on a case, once per Idempotency-Key, and give the case as it is then."""

    def work() -> Response:
        act(unchanged(reference))
        return shown(reference, status=status)

    return once(work)


def take(
    reference: str, shape: type[S], act: Callable[[Escalation, S], object], *, status: int = 200
) -> Response:
    """Carry out an action on a case with what the body says, which is read before the case is
    held.
    """

    def work() -> Response:
        given = read_body(shape)
        act(unchanged(reference), given)
        return shown(reference, status=status)

    return once(work)


def shown(reference: str, *, status: int = 200, location: str = "") -> Response:
    """Answer with a case as the caller may read it."""
    case = queries.case_page(viewer(), reference, now=clock.now())
    body = out(case)
    return answer(body, status=status, etag=etag_of(body), location=location)


def person(address: str, *, field: str) -> int:
    """Give the number of the person with an address."""
    found = auth_queries.by_email(address)
    if found is None or not found.active:
        raise Refused("there is no such person", field=field)
    return found.id


def team(name: str) -> int:
    """Give the number of the team with a name."""
    found = queries.team_ids([name.lower()])
    if not found:
        raise Refused("there is no such team", field="team")
    return found[name.lower()]


def leader(address: str, *, field: str) -> int:
    """Give the number of an executive or leader with an address."""
    found = person(address, field=field)
    if found not in dict(queries.leader_choices()):
        raise Refused("this person leads nothing", field=field)
    return found


def etag_of(body: CaseOut) -> str:
    """Give the mark of a case as its caller reads it: much of it moves beside the case's own row,
    and the states of clocks with time alone.
    """
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:32]


def clock_of(one: Clock, now: datetime) -> dict[str, Any]:
    """Give what every answer says of a clock."""
    return {
        "kind": one.kind.value,
        "state": one.state(now).value,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "met_at": one.met_at,
        "set_by_hand": one.hand_set,
    }


def out(case: queries.Case) -> CaseOut:
    """Give a case as programs read it."""
    row, now = case.row, clock.now()
    return CaseOut(
        reference=row.reference,
        version=row.version,
        account=case.account.reference,
        account_name=case.account.name,
        title=row.title,
        state=row.state.value,
        severity=row.severity.value,
        level=row.level.value,
        kind=row.kind.value,
        tags=list(row.tags),
        trend=row.trend.value,
        trigger=row.trigger.value,
        proposed_trigger=_proposed(case.threat),
        problem=row.problem.value,
        channel=row.channel.value,
        executive=row.executive,
        words=row.customer_words,
        language=row.words_language,
        demand=row.demand,
        deadline_at=row.deadline_at,
        impact=row.impact,
        owner=case.owner,
        executive_owner=case.executive_owner,
        team=case.team,
        opened_at=row.opened_at,
        accepted_at=row.accepted_at,
        closed_at=row.closed_at,
        at_stake=amount_of(case.stake),
        restricted=row.restricted,
        automatic_stopped=row.automatic_stopped,
        waiting_for=row.waiting_for,
        long_track_until=row.long_track_until,
        merged_into=case.merged_into,
        ask=_ask(case),
        criteria=[_criterion(one) for one in case.criteria],
        notices=[_notice(one) for one in case.notices],
        affected=[one.a or "" for one in case.affected],
        open_promises=len(case.open_promises),
        clocks=[ClockOut(**clock_of(one, now)) for one in case.clocks],
    )


def _proposed(threat: queries.Decided | None) -> ProposedTrigger | None:
    if threat is None:
        return None
    return ProposedTrigger(
        proposal=threat.id,
        trigger=threat.recommended["trigger"],
        severity=threat.recommended["severity"],
        quotes=threat.facts["quotes"],
        at=threat.at,
    )


def _ask(case: queries.Case) -> AskOut | None:
    row = case.row
    if not row.ask:
        return None
    return AskOut(
        question=row.ask,
        of=case.ask_of,
        options=[option["text"] for option in row.ask_options],
        answer_by=row.ask_by,
        if_nothing=row.ask_if_nothing,
    )


def _criterion(one: queries.Beside) -> CriterionOut:
    return CriterionOut(
        id=one.id,
        text=one.a or "",
        met_at=one.at,
        met_by=one.who,
        customer_agreed_at=one.until,
    )


def _notice(one: queries.Beside) -> NoticeOut:
    return NoticeOut(
        id=one.id,
        kind=one.a or "",
        channel=one.b or "",
        sender=one.c or "",
        received_at=one.at,
        legal_deadline=date.fromisoformat(one.d) if one.d else None,
    )
