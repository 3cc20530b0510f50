"""Panels: convened with seats and a quorum, an agenda put before them, votes and conflicts."""

import secrets
from collections.abc import Collection, Iterable
from datetime import date, datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, TargetOwner
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import access
from portal.core.access import Actor, K, Permission, RelationKind, Restriction
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import (
    Draw,
    LaneKind,
    Nomination,
    Panel,
    PanelSeat,
    PanelState,
    PanelVerdict,
    PanelVote,
    Sponsor,
)
from .recording import ROOM, account_of, log, tidy

LONGEST_PLACE = 200


def convene(
    *,
    meets_at: datetime,
    place: str,
    quorum: int,
    members: Collection[int],
    by: Actor,
    now: datetime,
) -> Panel:
    """Convene a panel: when it meets, who sits on it, and how many votes without a conflict make a
    quorum; the people seated are told.
    """
    if meets_at <= now:
        raise Refused(_("A panel meets on a day to come."), field="meets_at")
    able = {number for number, _name in auth_queries.choices()}
    seated = sorted(set(members) & able)
    _refuse(rules.panel.objections_to_panel(len(seated), quorum))
    for person_id in seated:
        if not auth_queries.actor(person_id).may(Permission.SPONSORSHIP_READ):
            message = _("Somebody you chose has no right to read nominations.")
            raise Refused(message, field="members")
    reference, _register = next_reference("PNL", year=queries.today(now).year)
    row = Panel(
        reference=reference,
        meets_at=meets_at,
        place=tidy(place, field="place", most=LONGEST_PLACE),
        quorum=quorum,
        convener_id=by.id,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(PanelSeat(panel_id=row.id, person_id=one) for one in seated)
    for person_id in seated:
        access.relate(
            db.session,
            kind=RelationKind.NAMED,
            account_id=None,
            record_ref=reference,
            person_id=person_id,
        )
    db.session.flush()
    log(
        row,
        "panel_convened",
        by=by,
        now=now,
        data={"seats": seated, "quorum": quorum, "meets_at": meets_at.isoformat()},
        changes={"place": (None, row.place)},
    )
    _tell(row, seated, by=by, now=now)
    return row


def _refuse(objections: Iterable[rules.Objection]) -> None:
    for one in objections:
        raise Refused(one.message, field=one.field)


def _tell(row: Panel, people: Collection[int], *, by: Actor, now: datetime) -> None:
    for person_id in people:
        if person_id == by.id:
            continue
        notification_actions.notify(
            person_id,
            template=f"{ROOM}/panel",
            context={
                "panel": row.reference,
                "meets_at": row.meets_at,
                "place": row.place,
                "by": by.name,
            },
            why="panel",
            key=f"{row.reference}:seat:{person_id}",
            record=row.reference,
            account_id=None,
            klass=K.CONFIDENTIAL,
            by=by,
            now=now,
        )


def draw(panel: Panel, lane: LaneKind, *, by: Actor, now: datetime) -> Draw:
    """Draw by lot, once for a lane, who comes first among the undecided nominations of the agenda
    whose scores tie; the seed is kept, so that the draw can be repeated by anybody.
    """
    if panel.state is not PanelState.PLANNED:
        raise Refused(_("This panel is closed."))
    if queries.draws(panel).get(lane) is not None:
        raise Refused(_("This was drawn already: a second draw would be a choice."))
    policy, _number = queries.policy_in_force()
    groups = rules.drawing.ties(queries.scored(panel, lane), points=policy.tie_points)
    if not groups:
        raise Refused(_("No scores of this lane lie so near each other."))
    seed = secrets.token_hex(16)
    ties = [list(rules.drawing.drawn(group, seed=seed)) for group in groups]
    row = Draw(panel_id=panel.id, lane=lane, seed=seed, ties=ties, drawn_by_id=by.id, drawn_at=now)
    db.session.add(row)
    db.session.flush()
    data = {"lane": lane.value, "seed": seed, "ties": ties, "points": str(policy.tie_points)}
    log(panel, "drawn_by_lot", by=by, now=now, data=data)
    return row


def put_on_agenda(row: Nomination, panel: Panel, *, by: Actor, now: datetime) -> None:
    """Put a nomination before a panel, whose members may read it from then on.

    A nomination that follows a restricted case stays with the people named on that: who sits on the
    panel and is not one of them sees nothing of it.
    """
    if row.state not in queries.UNDECIDED:
        raise Refused(_("Only what was handed in and is not decided goes before a panel."))
    _refuse_closed(panel)
    earlier = queries.panel_of(row)
    if earlier is not None and earlier.id != panel.id and earlier.state is PanelState.PLANNED:
        message = _("It stands on the agenda of %(panel)s already.", panel=earlier.reference)
        raise Refused(message)
    if row.panel_id == panel.id:
        raise Refused(_("It stands on this agenda already."))
    row.panel_id = panel.id
    closed = sa.select(Restriction.record_ref).where(Restriction.record_ref == row.reference)
    if db.session.scalar(closed) is None:
        for person_id, _name in queries.seats(panel):
            access.relate(
                db.session,
                kind=RelationKind.NAMED,
                account_id=row.account_id,
                record_ref=row.reference,
                person_id=person_id,
            )
    log(row, "put_on_agenda", by=by, now=now, data={"panel": panel.reference})


def take_off_agenda(row: Nomination, panel: Panel, *, by: Actor, now: datetime) -> None:
    """Take an undecided nomination off an agenda; the votes on it so far stay on file."""
    _refuse_closed(panel)
    if row.panel_id != panel.id or row.state not in queries.UNDECIDED:
        raise Refused(_("This does not stand on the agenda, or is decided."))
    row.panel_id = None
    log(row, "taken_off_agenda", by=by, now=now, data={"panel": panel.reference})


def vote(
    row: Nomination,
    panel: Panel,
    verdict: PanelVerdict | None,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> PanelVote:
    """Vote on a nomination, or declare a conflict of interest (no verdict); until the panel has
    decided, a later vote stands in the place of the first.

    Refused for who is not seated, and for who has a part in it as far as we know.
    """
    _refuse_closed(panel)
    if row.panel_id != panel.id or row.state not in queries.UNDECIDED:
        raise Refused(_("The panel does not decide this any more."))
    if by.id is None or not queries.is_seated(panel, by.id):
        raise Refused(_("Only who sits on the panel votes."))
    ballot = rules.panel.Ballot(by.id, verdict, tidy(reason, field="reason"))
    _refuse(rules.panel.objections_to_ballot(ballot, against=_conflicts(row, by.id, now=now)))
    query = sa.select(PanelVote).filter_by(nomination_id=row.id, panel_id=panel.id, person_id=by.id)
    found = db.session.scalar(query)
    if found is None:
        found = PanelVote(nomination_id=row.id, panel_id=panel.id, person_id=by.id)
        db.session.add(found)
    before = found.reason
    found.verdict, found.reason = verdict, ballot.reason
    db.session.flush()
    log(
        row,
        "voted" if verdict is not None else "stood_aside",
        by=by,
        now=now,
        data={"panel": panel.reference, "verdict": verdict.value if verdict else None},
        changes={"reason": (before, ballot.reason)},
    )
    return found


def _conflicts(row: Nomination, person_id: int, *, now: datetime) -> tuple[rules.Objection, ...]:
    account = account_of(row)
    sponsor = db.session.get(Sponsor, row.proposed_sponsor_id) if row.proposed_sponsor_id else None
    return rules.panel.conflicts(
        person_id,
        nominator_id=row.author_id,
        sponsor_id=sponsor.person_id if sponsor else None,
        target_owners=_target_owners(account, on=queries.today(now)),
        account_owner_id=account.owner_id,
    )


def _target_owners(account: Account, *, on: date) -> frozenset[int]:
    query = sa.select(TargetOwner.person_id).where(
        TargetOwner.account_id == account.id,
        TargetOwner.since <= on,
        sa.or_(TargetOwner.until.is_(None), TargetOwner.until > on),
    )
    return frozenset(db.session.scalars(query))


def close_panel(panel: Panel, *, by: Actor, now: datetime) -> None:
    """Close a panel: nobody votes any more; what it did not decide can go before another one."""
    _refuse_closed(panel)
    panel.state, panel.closed_at = PanelState.CLOSED, now
    log(panel, "panel_closed", by=by, now=now)


def _refuse_closed(panel: Panel) -> None:
    if panel.state is not PanelState.PLANNED:
        raise Refused(_("This panel has closed."))
