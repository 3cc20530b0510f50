"""Merging a case into another: both keep their history, and what is open goes on there."""

from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Escalation, State
from ..rules import ClockEventKind
from .chasing import arm
from .ending import concerned
from .recording import (
    count_open,
    inform,
    log,
    place_of,
    seats,
    settle,
    step,
    take_name_off,
    tell_story,
    tick,
)
from .reminding import arm_promises, show_promises


def merge(case: Escalation, into: Escalation | None, *, by: Actor, now: datetime) -> None:
    """Merge a case into another open one of the same account; both keep their history. Open tasks
    and legal days go on there, and whom it concerns is told.
    """
    if into is not None and into.id == case.id:
        raise Refused(_("A case cannot be merged into itself."), field="into")
    target = None
    if into is not None:
        same = into.account_id == case.account_id
        target = rules.MergeTarget(into.reference, into.state, same)
    facts = rules.StepFacts(by=seats(case, by=by, now=now), now=now, merge_target=target)
    before = step(case, State.MERGED, facts=facts, field="into")
    assert into is not None
    case.merged_into_id = into.id
    uid = log(case, "merged", by=by, now=now, data={"into": into.reference, "before": before.value})
    tick(case, ClockEventKind.STOPPED, at=now, by=by, now=now, reason=f"merged:{before.value}")
    for one, text in _stories(case, into):
        tell_story(one, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    show_promises(into, now=now)
    count_open(case.account_id)
    _go_on(case, into, by=by, now=now)


def _stories(case: Escalation, into: Escalation) -> tuple[tuple[Escalation, str], ...]:
    """Give what each of two cases tells of a merge: it never names one that is restricted."""
    gone = _("Merged into %(ref)s.", ref=into.reference)
    came = _("%(ref)s was merged into this case.", ref=case.reference)
    return (
        (case, _("Merged into another case.") if into.restricted else gone),
        (into, _("Another case was merged into this one.") if case.restricted else came),
    )


def _go_on(case: Escalation, into: Escalation, *, by: Actor, now: datetime) -> None:
    """Let those who have something to do for a merged case see where it goes on, and tell whom it
    concerns; nothing restricted is opened or named by it.
    """
    doing = _doing(case)
    if not (case.restricted or into.restricted):
        subjects = [(RelationKind.NAMED, {"person_id": person}) for person in doing]
        access.relate_all(db.session, subjects, **place_of(into))
    shown: dict[str, Any] = {
        "reference": case.reference,
        "into": "" if into.restricted else into.reference,
    }
    told, key = doing | concerned(case), f"merged:{now.isoformat()}"
    inform(case, told, "merged", key=key, by=by, now=now, **shown)
    if into.owner_id is not None and into.owner_id not in told and not case.restricted:
        inform(into, {into.owner_id: "owner"}, "merged", key=key, by=by, now=now, **shown)


def _doing(case: Escalation) -> dict[int, str]:
    """Give who has something to do for a case and why they are told: counsel where there is a
    formal notice, whoever has an open task or was asked to decide.
    """
    noticed = queries.has_notice(case) and not case.restricted
    counsel = auth_queries.people(role=Role.LEGAL) if noticed else []
    tasks = dict.fromkeys(queries.open_holders(case), "assigned")
    asked = {case.ask_of_id: "approver"} if case.ask and case.ask_of_id else {}
    return dict.fromkeys((person.id for person in counsel), "named") | tasks | asked


def unmerge(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Undo a merge: the case is where it was before, and whom it concerns is told."""
    if case.state is not State.MERGED:
        raise Refused(_("This case is not merged into another."))
    former = queries.former_state(case)
    facts = rules.StepFacts(by=seats(case, by=by, now=now), now=now, merged_from=former)
    step(case, former or State.DECLARED, facts=facts)
    into = db.session.get_one(Escalation, case.merged_into_id)
    case.merged_into_id = None
    uid = log(case, "unmerged", by=by, now=now, data={"state": case.state.value})
    tick(case, ClockEventKind.RESTORED, at=now, by=by, now=now)
    tell_story(case, _("The merge was undone."), kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    show_promises(into, now=now)
    arm(case)
    arm_promises(case, now=now)
    count_open(case.account_id)
    doing = _doing(case)
    for person in doing:
        take_name_off(into, person)
    told, key = doing | concerned(case), f"unmerged:{now.isoformat()}"
    inform(case, told, "unmerged", key=key, by=by, now=now)
