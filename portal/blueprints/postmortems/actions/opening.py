"""How a post-mortem comes to be: policy says that one is due, or somebody asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import Escalation
from portal.core import access
from portal.core.access import Actor, Relation, RelationKind, Role
from portal.core.calendar import end_of_business_day
from portal.core.db import db, next_reference
from portal.core.i18n import _

from .. import queries, rules
from ..models import DueReason, LossNote, Participant, Postmortem, PostmortemCase, State
from .losing import open_note
from .recording import decide, inform, log, tell_story

Reasons = Sequence[tuple[DueReason, datetime]]


def consider(
    case_ref: str,
    *,
    by: Actor,
    now: datetime,
    compensated_at: datetime | None = None,
    asked_at: datetime | None = None,
) -> Postmortem | None:
    """Open what policy makes due for a case; gives it, or None where nothing new is due.

    Doing it again changes nothing: a reason counts once, towards the post-mortem under way or, if
    it came up after the last one was done, towards a new one.
    """
    case = queries.considered(case_ref)
    if case is None:
        return None
    account = db.session.get_one(Account, case.account_id)
    policy, number = queries.policy_in_force()
    facts = queries.case_facts(
        case, account, zone=account.zone, compensated_at=compensated_at, asked_at=asked_at
    )
    found = rules.reasons(facts, policy=policy)
    earlier = queries.covering(case_ref)
    found = [(why, at) for why, at in found if not _is_answered(why, at, earlier)]
    if not found:
        return None
    under_way = next((row for row in earlier if row.state in rules.UNFINISHED), None)
    if under_way is not None:
        return _add_reasons(under_way, found, by=by, now=now)
    inherited = _of_merged(case)
    if inherited is not None:
        return _take_over(inherited, case, found, by=by, now=now)
    return _open(account, case, found, policy=(policy, number), by=by, now=now)


def _of_merged(case: Escalation) -> Postmortem | None:
    """Give the post-mortem under way of a case that was merged into this one, if there is one."""
    refs = queries.merged_cases(case.reference)
    rows = (row for reference in refs for row in queries.covering(reference))
    return next((row for row in rows if row.state in rules.UNFINISHED), None)


def _take_over(
    row: Postmortem, case: Escalation, found: Reasons, *, by: Actor, now: datetime
) -> Postmortem:
    """Let the post-mortem of a merged case be about what it was merged into as well."""
    db.session.add(PostmortemCase(postmortem_id=row.id, case_ref=case.reference))
    db.session.flush()
    log(row, "case_added", by=by, now=now, data={"case": case.reference})
    follow_case(row, case.reference)
    return _add_reasons(
        row, [one for one in found if one[0].value not in row.reasons], by=by, now=now
    )


def consider_loss(account_id: int, *, by: Actor, now: datetime) -> Postmortem | LossNote | None:
    """Open what policy asks for where a customer is lost: a post-mortem, of their last case where
    there is one, or a note of five minutes; None where nothing new is due.
    """
    account = queries.lost_account(account_id)
    if account is None or queries.note_of(account) is not None:
        return None
    policy, number = queries.policy_in_force()
    day, facts = queries.loss_facts(account, now=now)
    if rules.is_old(day, today=rules.local_day(now, zone=account.zone)):
        return None
    found = rules.reasons(facts, policy=policy)
    if not found:
        return open_note(account, day, policy=(policy, number), by=by, now=now)
    if any(
        rules.is_about_loss(r.reasons, r.created_at, day=day) for r in queries.of_account(account)
    ):
        return None
    case = queries.last_case(account)
    earlier = queries.covering(case.reference) if case else []
    under_way = next((row for row in earlier if row.state in rules.UNFINISHED), None)
    if under_way is not None:
        return _add_reasons(under_way, found, by=by, now=now)
    return _open(account, case, found, policy=(policy, number), by=by, now=now)


def _is_answered(why: DueReason, at: datetime, earlier: Sequence[Postmortem]) -> bool:
    """Say whether a reason was taken up already: by the one under way, or one that began since."""
    return any(
        why.value in row.reasons if row.state in rules.UNFINISHED else row.created_at >= at
        for row in earlier
    )


def _add_reasons(row: Postmortem, found: Reasons, *, by: Actor, now: datetime) -> Postmortem:
    new = [why.value for why, _at in found]
    row.reasons = [*row.reasons, *new]
    log(row, "reason_added", by=by, now=now, data={"reasons": new})
    return row


def _open(
    account: Account,
    case: Escalation | None,
    found: Reasons,
    *,
    policy: tuple[Any, int],
    by: Actor,
    now: datetime,
) -> Postmortem:
    house = queries.house()
    counsel = case is not None and rules.counsel_chooses(
        [case.trigger], legal_mode=case.legal_mode, policy=policy[0]
    )
    year = rules.local_day(now, zone=house.zone).year
    reference, register = next_reference("PM", year=year)
    began = min(at for _why, at in found)
    days = due_days(began, policy=policy[0])
    apart = [account.owner_id, *([case.owner_id, case.declared_by_id] if case else [])]
    lead = rules.facilitator(queries.leaders(now=now), not_ids=apart)
    row = Postmortem(
        reference=reference,
        register_year=year,
        register_number=register,
        account_id=account.id,
        title=case.title if case else _("%(account)s left us", account=account.name)[:200],
        state=State.WITH_COUNSEL if counsel else State.DUE,
        reasons=[why.value for why, _at in found],
        policy_number=policy[1],
        became_due_at=began,
        draft_due_on=days.draft,
        meeting_due_on=days.meeting,
        approval_due_on=days.approval,
        facilitator_id=lead,
        currency=house.currency,
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    owner = case.owner_id if case else account.owner_id
    if case is not None:
        db.session.add(PostmortemCase(postmortem_id=row.id, case_ref=case.reference))
    if owner is not None:
        db.session.add(Participant(postmortem_id=row.id, person_id=owner))
    db.session.flush()
    _relate(row, case, owner=owner, counsel=counsel, now=now)
    _note_opening(row, case, owner=owner, by=by, now=now)
    return row


def due_days(began: datetime, *, policy: Any) -> rules.Deadlines:
    """Give the last day of each step, in business days of the organisation's calendar."""
    house = queries.house()
    calendar = queries.calendar(house)
    return rules.deadlines(
        began,
        business_day=lambda start, count: end_of_business_day(calendar, start, count),
        zone=house.zone,
        policy=policy,
    )


def _relate(
    row: Postmortem,
    case: Escalation | None,
    *,
    owner: int | None,
    counsel: bool,
    now: datetime,
) -> None:
    """Let those who stand to the case stand to its post-mortem, and who leads it; where only named
    people see the case, only they see this.
    """
    here: dict[str, Any] = {"account_id": row.account_id, "record_ref": row.reference}
    if case is None:
        if owner is not None:
            access.relate(db.session, kind=RelationKind.NAMED, person_id=owner, **here)
        _relate_lead(row, here)
        return
    living = sa.or_(Relation.until.is_(None), Relation.until > now)
    known = sa.select(Relation.person_id, Relation.team_id, Relation.role).where(
        Relation.record_ref == case.reference, living
    )
    for person, team, role in list(db.session.execute(known)):
        who: dict[str, Any] = {"person_id": person, "team_id": team}
        who["role"] = Role(role) if role else None
        access.relate(db.session, kind=RelationKind.NAMED, **here, **who)
    _relate_lead(row, here)
    if counsel:
        access.relate(db.session, kind=RelationKind.NAMED, role=Role.LEGAL, **here)
    follow_case(row, case.reference)
    if case.restricted:
        _name_counsel(row, counsel=counsel)


def _relate_lead(row: Postmortem, here: dict[str, Any]) -> None:
    if row.facilitator_id is not None:
        access.relate(db.session, kind=RelationKind.OWNER, person_id=row.facilitator_id, **here)


def _name_counsel(row: Postmortem, *, counsel: bool) -> None:
    """Name counsel one by one: to what is restricted no role is a key."""
    here: dict[str, Any] = {"account_id": row.account_id, "record_ref": row.reference}
    for person in auth_queries.people(role=Role.LEGAL) if counsel else []:
        access.relate(db.session, kind=RelationKind.NAMED, person_id=person.id, **here)


def follow_case(row: Postmortem, case_ref: str) -> None:
    """Let only named people see a post-mortem while a case that it covers is restricted."""
    access.restrict_like(
        db.session,
        record_ref=row.reference,
        account_id=row.account_id,
        other=queries.restricted_case(row) or case_ref,
    )


def _note_opening(
    row: Postmortem, case: Escalation | None, *, owner: int | None, by: Actor, now: datetime
) -> None:
    """Write down that it is due and why, and tell who leads it, the case's owner and counsel."""
    chosen = {"due": True, "reasons": row.reasons, "facilitator": row.facilitator_id}
    decide(
        row,
        "due",
        facts=_facts_of(case),
        recommendation=chosen,
        chosen=chosen,
        by=by,
        now=now,
    )
    data = {
        "case": case.reference if case else None,
        "reasons": row.reasons,
        "state": row.state.value,
    }
    uid = log(row, "opened", by=by, now=now, data=data)
    text = _("A post-mortem is due: %(ref)s.", ref=row.reference)
    tell_story(row, text, uid=uid, by=by, now=now)
    told = {owner: "contributor"}
    if row.facilitator_id is None:
        told |= {p.id: "approver" for p in auth_queries.people(role=Role.LEADERSHIP)}
    told |= {row.facilitator_id: "facilitator"}
    people = {person: why for person, why in told.items() if person is not None}
    if row.state is State.WITH_COUNSEL:
        tell_counsel(row, by=by, now=now)
    else:
        inform(row, people, "due", key="due", by=by, now=now)


def _facts_of(case: Escalation | None) -> dict[str, Any]:
    """Give what a decision rests on: the case, or that the customer was lost without one."""
    if case is None:
        return {"case": None, "lost": True}
    return {
        "case": case.reference,
        "severity": case.severity.value,
        "closed_at": case.closed_at,
        "legal_mode": case.legal_mode,
        "trigger": case.trigger.value,
    }


def tell_counsel(row: Postmortem, *, by: Actor, now: datetime) -> None:
    """Tell counsel that they choose the form of a post-mortem."""
    people = {person.id: "approver" for person in auth_queries.people(role=Role.LEGAL)}
    inform(row, people, "counsel", key="counsel", by=by, now=now)
