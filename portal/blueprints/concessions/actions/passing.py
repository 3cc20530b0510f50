"""Passing a request on from signature to signature, until it is approved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.core import access
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.i18n import _, show_money

from .. import queries, rules
from ..models import Concession, State
from ..queries import Weighed
from .recording import (
    account_of,
    authors,
    draw,
    hold_case,
    inform,
    log,
    step,
    tell_story,
)


def pass_on(
    row: Concession, account: Account, weighed: Weighed, *, by: Actor, now: datetime
) -> None:
    """Hand a request to whoever signs next; nobody left: it is approved."""
    signed = queries.standing(row, weighed)
    number, missing = rules.outstanding(weighed.steps, signed)
    if not missing:
        _grant(row, account, weighed, by=by, now=now)
        return
    row.waits_for = rules.waits_for(missing, policy=weighed.policy)
    row.asked_id = row.chased_at = None
    people, _others = queries.asked(row, account, weighed, now=now)
    let_in(row, weighed.steps, people, now=now)
    _ask(row, people, weighed, step_=number, by=by, now=now)


def ask_stand_ins(row: Concession, *, by: Actor, now: datetime) -> None:
    """Let those see and sign a request who stand in by now for somebody of whom it was asked and
    who is away; who was told before is not told again. A restricted case is opened to nobody.
    """
    account = account_of(row)
    weighed = queries.weigh(row, account, parts=queries.parts(row), now=now)
    if weighed is None or _restricted(row):
        return
    people, _others = queries.asked(row, account, weighed, now=now)
    let_in(row, weighed.steps, people, now=now)
    number, _missing = rules.outstanding(weighed.steps, queries.standing(row, weighed))
    _ask(row, people, weighed, step_=number, by=by, now=now)


def _ask(
    row: Concession,
    people: Sequence[int],
    weighed: Weighed,
    *,
    step_: int,
    by: Actor,
    now: datetime,
) -> None:
    """Tell people that a signature is asked of them, each once for a step of a proposal."""
    asker = row.requested_by_id
    inform(
        row,
        dict.fromkeys(people, "approver"),
        "to_sign",
        key=f"sign:{step_}:{row.digest[:16]}",
        by=by,
        now=now,
        asker=auth_queries.names([asker]).get(asker, by.name) if asker else by.name,
        amount=weighed.request.face(),
        why=row.why,
    )


def _restricted(row: Concession) -> bool:
    return row.case_ref is not None and escalation_queries.by_reference(row.case_ref).restricted


def let_in(
    row: Concession, steps: Sequence[rules.Step], person_ids: list[int], *, now: datetime
) -> None:
    """Let those who sign see what they sign, and who stands in for them; a restricted case is
    opened to nobody by role.
    """
    here: dict[str, Any] = {"kind": RelationKind.NAMED, "account_id": row.account_id}
    restricted = _restricted(row)
    instead = queries.stand_ins([auth_queries.get(one) for one in person_ids], now=now)
    named = person_ids if restricted else [one for one in instead if one in person_ids]
    for person_id in named:
        access.relate(db.session, record_ref=row.reference, person_id=person_id, **here)
    if restricted:
        return
    roles = {one.role for step_ in steps for one in step_} | {Role.FINANCE}
    for role in roles & {Role.FINANCE, Role.LEGAL}:
        for reference in (row.reference, row.case_ref):
            if reference is not None:
                access.relate(db.session, record_ref=reference, role=role, **here)


def _grant(
    row: Concession, account: Account, weighed: Weighed, *, by: Actor, now: datetime
) -> None:
    """Approve: every signature is there, or none was needed."""
    step(row, allowed=(State.REQUESTED,), to=State.APPROVED)
    row.approved_at, row.waits_for = now, ""
    row.asked_id = row.chased_at = None
    draw(row, account, weighed, now=now)
    high = rules.above_director(
        weighed.request, background=weighed.background, policies=weighed.policies
    )
    uid = log(
        row,
        "approved",
        by=by,
        now=now,
        data={"digest": row.digest, "policy": weighed.number, "above_director": high},
    )
    hold_case(row, by=by, now=now)
    amount = weighed.request.face()
    text = _("Compensation of %(amount)s approved.", amount=show_money(amount))
    tell_story(row, text, uid=uid, by=by, now=now)
    key = f"approved:{row.digest[:16]}"
    inform(row, authors(row), "approved", key=key, by=by, now=now, amount=amount)
