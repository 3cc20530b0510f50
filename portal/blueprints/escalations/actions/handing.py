"""Giving a case to somebody else."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, Relation, RelationKind, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _, followed

from .. import rules
from ..models import (
    OPEN_STATES,
    Escalation,
    Transfer,
)
from ..rules import ClockEventKind
from .recording import inform, log, place_of, refuse_idle, seats, settle, tell_story, tick
from .tasks import pass_tasks_on


def hand_over(
    case: Escalation,
    *,
    to_id: int,
    why: str,
    summary: str,
    by: Actor,
    now: datetime,
    team_id: int | None = None,
    tell_at: datetime | None = None,
) -> Transfer:
    """Give a case to another owner, with the reason and a summary; the customer's clocks go on, and
    the new owner's own clock begins.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Only an open case can be handed over."))
    if not seats(case, by=by, now=now) & {
        rules.Who.OWNER,
        rules.Who.ESCALATION_MANAGER,
        rules.Who.LEADERSHIP,
    }:
        raise Refused(_("The owner or an escalation manager hands a case over."))
    if not why.strip():
        raise Refused(_("Say why the case changes hands."), field="why")
    if not summary.strip():
        raise Refused(
            _("Write the summary that the next owner needs to carry on."), field="summary"
        )
    if to_id == case.owner_id and team_id in (None, case.team_id):
        raise Refused(_("This person owns the case already."), field="to")
    refuse_idle(to_id, field="to")
    moved = Transfer(
        escalation_id=case.id,
        from_id=case.owner_id,
        to_id=to_id,
        from_team_id=case.team_id,
        to_team_id=team_id or case.team_id,
        why=why.strip(),
        summary=summary.strip(),
        at=now,
        by_id=by.id,
    )
    db.session.add(moved)
    _give(case, moved, by=by, now=now, tell_at=tell_at)
    return moved


def _give(
    case: Escalation,
    moved: Transfer,
    *,
    by: Actor,
    now: datetime,
    tell_at: datetime | None,
) -> None:
    names = auth_queries.names([moved.from_id, moved.to_id])
    first = case.owner_id is None
    case.owner_id, case.team_id = moved.to_id, moved.to_team_id
    case.transfers = Escalation.transfers + 1
    place = place_of(case)
    access.unrelate(db.session, kind=RelationKind.OWNER, **place)
    access.unrelate(db.session, kind=RelationKind.TEAM, **place)
    access.relate(db.session, kind=RelationKind.OWNER, person_id=case.owner_id, **place)
    if case.team_id is not None:
        access.relate(db.session, kind=RelationKind.TEAM, team_id=case.team_id, **place)
    if moved.from_id is not None:  # who gave it away still sees what became of it
        access.relate(db.session, kind=RelationKind.NAMED, person_id=moved.from_id, **place)
    tasks = pass_tasks_on(case, from_id=moved.from_id, to_id=moved.to_id)
    uid = log(
        case,
        "handed_over",
        by=by,
        now=now,
        data={
            "from": moved.from_id,
            "to": moved.to_id,
            "team": moved.to_team_id,
            "tasks": tasks,
        },
        changes={"why": (None, moved.why), "summary": (None, moved.summary)},
    )
    text = _(
        "Handed over from %(before)s to %(after)s: %(why)s",
        before=names.get(moved.from_id or 0, _("nobody")),
        after=names[moved.to_id],
        why=moved.why,
    )
    tell_story(case, followed(text, moved.summary), kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    if first:
        tick(case, ClockEventKind.OWNER_NAMED, at=now, by=by, now=now)
    elif moved.from_id != moved.to_id:
        tick(case, ClockEventKind.HANDED_OVER, at=now, by=by, now=now)
    settle(case, now=now)
    db.session.refresh(case, ["transfers"])
    told = {moved.to_id: "assigned"} | ({moved.from_id: "author"} if moved.from_id else {})
    inform(
        case,
        told,
        "handed_over",
        key=f"handed:{case.transfers}",
        by=by,
        now=now,
        to=names[moved.to_id],
        why=moved.why,
        summary=moved.summary,
        send_at=tell_at,
    )


def name_executive(case: Escalation, person_id: int, *, by: Actor, now: datetime) -> None:
    """Name the executive owner of a case."""
    person = auth_queries.get(person_id)
    if not auth_queries.actor_of(person).roles & {Role.EXECUTIVE, Role.LEADERSHIP}:
        raise Refused(_("%(name)s is not an executive.", name=person.name), field="person")
    before, case.executive_owner_id = case.executive_owner_id, person_id
    place = place_of(case)
    db.session.execute(
        sa.delete(Relation).where(
            Relation.record_ref == case.reference,
            Relation.kind == RelationKind.NAMED,
            Relation.person_id == before,
        )
    )
    access.relate(db.session, kind=RelationKind.NAMED, person_id=person_id, **place)
    log(case, "executive_named", by=by, now=now, data={"before": before, "after": person_id})
    inform(
        case, {person_id: "executive"}, "executive_named", key=f"executive:{now}", by=by, now=now
    )
