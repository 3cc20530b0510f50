"""Changing many cases at once, all or none of them, and undoing it within a minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.notifications import queries as notification_queries
from portal.core import access
from portal.core.access import Actor, Relation, RelationKind
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import rules
from ..models import (
    OPEN_STATES,
    BulkChange,
    BulkKind,
    ClockEvent,
    Escalation,
    State,
    Transfer,
    Trend,
)
from ..queries.views import UNDO_FOR
from ..rules import ClockEventKind
from ..rules.standing import RETRACTED
from .handing import hand_over
from .recording import log, place_of, settle, tell_story
from .tasks import open_tasks, take_tasks_back
from .working import set_trend

MOST = 100
HANDED = (ClockEventKind.OWNER_NAMED.value, "handed_over")
"""Clock events that a handing over brings."""


def change_many(
    cases: Sequence[Escalation],
    kind: BulkKind,
    value: str | int | None,
    *,
    why: str,
    by: Actor,
    now: datetime,
) -> BulkChange:
    """Do one thing to many cases: assign them (a person's number), give them to a team (its
    number), tag them (a word), or set their trend. One that refuses refuses all, and is named.
    """
    if not cases:
        raise Refused(_("Choose at least one case."))
    if len(cases) > MOST:
        raise Refused(_("Choose at most %(n)s cases.", n=MOST))
    before, after = {}, {}
    for case in cases:
        held = open_tasks(case, case.owner_id) if kind is BulkKind.ASSIGN else []
        before[case.reference] = _standing(case) | {"tasks": held}
        try:
            _change(case, kind, value, why=why, many=len(cases), by=by, now=now)
        except Refused as refusal:
            raise Refused(f"{case.reference}: {refusal.message}", field=refusal.field) from None
        after[case.reference] = _standing(case)
    row = BulkChange(person_id=by.id, kind=kind, before=before, after=after, at=now, undone_at=None)
    db.session.add(row)
    db.session.flush()
    return row


def _standing(case: Escalation) -> dict[str, Any]:
    """Give what a bulk change can change of a case, as it stands."""
    db.session.flush()
    last = sa.select(sa.func.max(Transfer.id)).where(Transfer.escalation_id == case.id)
    return {
        "owner": case.owner_id,
        "team": case.team_id,
        "state": case.state.value,
        "tags": list(case.tags),
        "trend": case.trend.value,
        "transfer": db.session.scalar(last),
        "named": _names(case, case.owner_id),
    }


def _names(case: Escalation, person_id: int | None) -> bool:
    query = sa.select(Relation.id).where(
        Relation.record_ref == case.reference,
        Relation.kind == RelationKind.NAMED,
        Relation.person_id == person_id,
    )
    return db.session.scalar(query.limit(1)) is not None


def _change(
    case: Escalation,
    kind: BulkKind,
    value: str | int | None,
    *,
    why: str,
    many: int,
    by: Actor,
    now: datetime,
) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if kind is BulkKind.TREND:
        set_trend(case, Trend(str(value)), by=by, now=now)
    elif kind is BulkKind.TAG:
        _tag(case, str(value or ""), by=by, now=now)
    else:
        to_id, team_id = (value, None) if kind is BulkKind.ASSIGN else (case.owner_id, value)
        if not isinstance(to_id, int) or not isinstance(team_id, int | None):
            raise Refused(_("The case has no owner yet: assign it first."))
        hand_over(
            case,
            to_id=to_id,
            team_id=team_id,
            why=why,
            summary=_("Handed over as one of %(n)s cases: the timeline tells the rest.", n=many),
            by=by,
            now=now,
            tell_at=now + UNDO_FOR,
        )


def _tag(case: Escalation, word: str, *, by: Actor, now: datetime) -> None:
    tag = rules.tags.tag_of(word)
    against = rules.tags.tag_objection(tag)
    if tag not in case.tags and not against:
        against = rules.tags.tags_objection([*case.tags, tag])
    if against:
        raise Refused(against, field="tag")
    if tag in case.tags:
        return
    before, case.tags = list(case.tags), [*case.tags, tag]
    log(case, "tagged", by=by, now=now, changes={"tags": (before, case.tags)})


def undo(change: BulkChange, cases: Sequence[Escalation], *, by: Actor, now: datetime) -> int:
    """Take a bulk change back within a minute, in each case where nobody did anything since; gives
    how many.
    """
    if change.undone_at is not None:
        raise Refused(_("This was undone already."))
    if now - change.at > UNDO_FOR + timedelta(seconds=5):  # a click on the last second arrives
        raise Refused(_("A minute has passed: change the cases themselves."))
    undone = 0
    for case in cases:
        was, became = change.before[case.reference], change.after[case.reference]
        now_so = _standing(case)
        if now_so != became or all(was[part] == value for part, value in now_so.items()):
            continue
        _restore(case, change, was, became, by=by, now=now)
        undone += 1
    change.undone_at = now
    return undone


def _restore(
    case: Escalation,
    change: BulkChange,
    was: Mapping[str, Any],
    became: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    if was["transfer"] != became["transfer"]:
        _take_back(case, change, was, became, by=by, now=now)
    case.tags, case.trend = list(was["tags"]), Trend(was["trend"])
    log(case, "bulk_undone", by=by, now=now, data={"change": change.id, "kind": change.kind.value})


def _take_back(
    case: Escalation,
    change: BulkChange,
    was: Mapping[str, Any],
    became: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Give a case back to whom it was taken from, as if it had not been handed over."""
    here = place_of(case)
    db.session.execute(sa.delete(Transfer).where(Transfer.id == became["transfer"]))
    case.owner_id, case.team_id = was["owner"], was["team"]
    case.state, case.transfers = State(was["state"]), Escalation.transfers - 1
    access.unrelate(db.session, kind=RelationKind.OWNER, **here)
    access.unrelate(db.session, kind=RelationKind.TEAM, **here)
    if case.owner_id is not None:
        access.relate(db.session, kind=RelationKind.OWNER, person_id=case.owner_id, **here)
    if case.team_id is not None:
        access.relate(db.session, kind=RelationKind.TEAM, team_id=case.team_id, **here)
    if not was["named"]:
        db.session.execute(
            sa.delete(Relation).where(
                Relation.record_ref == case.reference,
                Relation.kind == RelationKind.NAMED,
                Relation.person_id == was["owner"],
            )
        )
    take_tasks_back(was.get("tasks", ()), from_id=became["owner"], to_id=case.owner_id)
    for message in notification_queries.waiting(
        case.reference, template="escalations/handed_over", written_at=change.at
    ):
        notification_actions.withdraw(message, by=by, now=now)
    _retract(case, change, by=by, now=now)
    uid = log(case, "hand_over_undone", by=by, now=now, data={"transfer": became["transfer"]})
    text = _("The handing over was undone within a minute.")
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)


def _retract(case: Escalation, change: BulkChange, *, by: Actor, now: datetime) -> None:
    """Take back what the handing over did to the clocks."""
    moved = sa.select(ClockEvent.kind).where(
        ClockEvent.escalation_id == case.id,
        ClockEvent.recorded_at == change.at,
        ClockEvent.kind.in_(HANDED),
    )
    for kind in db.session.scalars(moved).all():
        db.session.add(
            ClockEvent(
                escalation_id=case.id,
                kind=f"{RETRACTED}{kind}",
                at=change.at,
                recorded_at=now,
                person_id=by.id,
            )
        )
