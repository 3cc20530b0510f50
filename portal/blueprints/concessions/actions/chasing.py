"""Keeping what waits from being forgotten: reminders, others told, a request handed on."""

from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Actor, Role
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Concession, CreditLot, LotState, State
from ..queries import Weighed
from .passing import let_in
from .recording import account_of, authors, inform, inform_lot, log, log_lot


def chase_signature(row: Concession, *, by: Actor, now: datetime) -> rules.Chase | None:
    """Remind those whose signature a request waits for; when it is late tell whoever could sign
    instead and the proposer, who hears too where nobody can sign any more. Gives what was done.
    """
    policy, _number = policy_queries.in_force(CompensationPolicy)
    asked_at = max(filter(None, [row.requested_at, *(one.at for one in queries.living(row))]))
    due = rules.chase(asked_at, chased_at=row.chased_at, now=now, policy=policy)
    if due is None:
        return None
    account = account_of(row)
    weighed = queries.weigh(row, account, parts=queries.parts(row), now=now)
    if weighed is None:
        return None
    people, others = queries.asked(row, account, weighed, now=now)
    if row.asked_id in people:
        people = [row.asked_id, *(one for one in people if one != row.asked_id and _late(due))]
    # A restricted case is not opened to more people because somebody is late.
    wider = _late(due) and not _restricted(row)
    told = people + (others if wider else [])
    let_in(row, weighed.steps, told, now=now)
    row.chased_at = now
    key, facts = f"chased:{now:%Y%m%d}:{row.digest[:16]}", _facts(row, weighed, asked_at, now=now)
    inform(row, dict.fromkeys(told, "approver"), "late", key=key, by=by, now=now, **facts)
    if _late(due) or not told:
        name = "late_told" if told else "nobody_signs"
        inform(row, authors(row), name, key=f"{key}:told", by=by, now=now, **facts)
    log(row, "chased", by=by, now=now, data={"what": due.value, "people": len(told)})
    return due


def chase_lot(row: CreditLot, *, by: Actor, now: datetime) -> rules.Chase | None:
    """Remind those whose signature a lot waits for, and from the day on which it is late tell who
    asked for it, too; both once in each of the policy's spans. Gives what was done.
    """
    if row.state is not LotState.REQUESTED:
        return None
    policy, _number = policy_queries.in_force(CompensationPolicy)
    asked_at = max([row.requested_at, *(one.at for one in queries.lot_signatures(row))])
    chased_at = queries.lot_chased_at(row)
    due = rules.chase(asked_at, chased_at=chased_at, now=now, policy=policy)
    if due is None:
        return None
    signers = queries.lot_signers(row, now=now)
    told = dict.fromkeys(signers, "approver")
    key, days = f"late:{now:%Y%m%d}", (now - asked_at).days
    inform_lot(row, told, "lot_late", key=key, by=by, now=now, days=days, nobody=False)
    if (_late(due) or not signers) and row.requested_by_id is not None:
        asker = {row.requested_by_id: "proposer"}
        nobody = not signers
        inform_lot(row, asker, "lot_late", key=f"{key}:told", by=by, now=now, days=days,
                   nobody=nobody)  # fmt: skip
    log_lot(row, "lot_chased", by=by, now=now, data={"what": due.value, "people": len(signers)})
    return due


def _restricted(row: Concession) -> bool:
    return row.case_ref is not None and escalation_queries.by_reference(row.case_ref).restricted


def _late(due: rules.Chase) -> bool:
    return due is rules.Chase.ESCALATE


def _facts(
    row: Concession, weighed: Weighed, asked_at: datetime, *, now: datetime
) -> dict[str, object]:
    return {"amount": weighed.request.face(), "days": (now - asked_at).days, "why": row.why}


def chase_delivery(row: Concession, *, by: Actor, now: datetime) -> bool:
    """Remind finance of what was accepted and is not delivered; gives whether it was time."""
    policy, _number = policy_queries.in_force(CompensationPolicy)
    if row.answered_at is None or not rules.delivery_is_late(
        row.answered_at, chased_at=row.chased_at, now=now, policy=policy
    ):
        return False
    row.chased_at = now
    left = sum(1 for part in queries.parts(row) if part.delivered_at is None)
    people = {one.id: "finance" for one in auth_queries.people(role=Role.FINANCE)}
    if row.case_ref is not None and _restricted(row):
        named = escalation_queries.named_on(escalation_queries.by_reference(row.case_ref), now=now)
        people = {one: why for one, why in people.items() if one in set(named)}
    key, days = f"deliver:{now:%Y%m%d}", (now - row.answered_at).days
    inform(row, people, "to_deliver", key=key, by=by, now=now, days=days, left=left)
    log(row, "chased", by=by, now=now, data={"what": "delivery", "people": len(people)})
    return True


def hand_on(row: Concession, *, to_id: int, by: Actor, now: datetime) -> None:
    """Ask one colleague for the next signature who could give it as well, in place of oneself."""
    if row.state is not State.REQUESTED:
        raise Refused(_("Somebody was faster: this compensation stands elsewhere by now."))
    account = account_of(row)
    weighed = queries.weigh(row, account, parts=queries.parts(row), now=now)
    mine = weighed and queries.objections_to_signing(row, account, weighed, by=by, now=now)[0]
    if weighed is None or mine is None:
        raise Refused(_("Only who could sign hands it on."))
    people, others = queries.asked(row, account, weighed, now=now)
    if to_id == by.id or to_id not in people + others:
        raise Refused(_("This person could not sign it: choose another one."), field="to")
    row.asked_id, row.chased_at = to_id, None
    let_in(row, weighed.steps, [to_id], now=now)
    name = auth_queries.names([to_id]).get(to_id, "")
    inform(
        row,
        {to_id: "approver"},
        "handed",
        key=f"handed:{row.version}:{row.digest[:16]}",
        by=by,
        now=now,
        amount=weighed.request.face(),
        why=row.why,
    )
    log(row, "handed_on", by=by, now=now, data={"to": to_id}, changes={"asked": (by.name, name)})
