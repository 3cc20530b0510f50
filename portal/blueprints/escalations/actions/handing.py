"""Giving a case to somebody else, or to another level."""

from collections.abc import Mapping
from datetime import datetime

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.rules.words import team_words
from portal.core import access
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _, followed

from .. import queries, rules
from ..models import (
    OPEN_STATES,
    Escalation,
    EscalationKind,
    Level,
    Transfer,
)
from ..rules import ClockEventKind
from ..rules.words import kind_words, level_words
from .recording import (
    inform,
    log,
    ours,
    place_of,
    refuse_idle,
    seats,
    settle,
    take_name_off,
    tell_story,
    tick,
    tidied,
)
from .restricting import admit
from .tasks import pass_tasks_on

LEADS = frozenset({rules.Who.OWNER, rules.Who.ESCALATION_MANAGER, rules.Who.LEADERSHIP})


def hand_over(
    case: Escalation,
    *,
    why: str,
    summary: str,
    by: Actor,
    now: datetime,
    to_id: int | None = None,
    team_id: int | None = None,
    tell_at: datetime | None = None,
) -> Transfer:
    """Give a case to another owner, another team or both, with the reason and a summary; the
    customer's clocks go on, and a new owner's own clock begins.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("Only an open case can be handed over."))
    if not seats(case, by=by, now=now) & LEADS:
        raise Refused(_("The owner or an escalation manager hands a case over."))
    if not why.strip():
        raise Refused(_("Say why the case changes hands."), field="why")
    if not summary.strip():
        raise Refused(
            _("Write the summary that the next owner needs to carry on."), field="summary"
        )
    new_owner = to_id or case.owner_id
    if new_owner is None:
        raise Refused(_("Nobody owns the case yet: say who takes it."), field="to")
    if new_owner == case.owner_id and team_id in (None, case.team_id):
        raise Refused(_("Nothing changes: choose another owner or another team."), field="to")
    refuse_idle(new_owner, field="to")
    auth_actions.refuse_retired(team_id, field="team")
    admit(case, new_owner, naming=True, by=by, now=now, field="to")
    moved = Transfer(
        escalation_id=case.id,
        from_id=case.owner_id,
        to_id=new_owner,
        from_team_id=case.team_id,
        to_team_id=team_id or case.team_id,
        why=tidied(why),
        summary=tidied(summary),
        said=ours(why=why, summary=summary),
        at=now,
        by_id=by.id,
    )
    db.session.add(moved)
    give(case, moved, by=by, now=now, tell_at=tell_at)
    return moved


def give(
    case: Escalation,
    moved: Transfer,
    *,
    by: Actor,
    now: datetime,
    tell_at: datetime | None = None,
) -> None:
    """Carry out a transfer: hands, log, story, clocks, and the people told, at once or later."""
    names = auth_queries.names([moved.from_id, moved.to_id])
    tasks = _change_hands(case, moved, by=by, now=now)
    stays = moved.from_id == moved.to_id
    to = auth_queries.team_name(moved.to_team_id) if stays else names[moved.to_id]
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
    text = _story_of(moved, names)
    tell_story(case, followed(text, moved.summary), kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    db.session.refresh(case, ["transfers"])
    inform(
        case,
        _takers(case, moved),
        "handed_over",
        key=f"handed:{case.transfers}",
        by=by,
        now=now,
        to=to,
        why=moved.why,
        summary=moved.summary,
        send_at=tell_at,
    )


def _story_of(moved: Transfer, names: Mapping[int, str]) -> str:
    """Say who gave a case to whom, or which team gave it to which where its owner keeps it."""
    if moved.from_id != moved.to_id:
        before, after = names.get(moved.from_id or 0, _("nobody")), names[moved.to_id]
    else:
        before, after = _team_of(moved.from_team_id), _team_of(moved.to_team_id)
    return _(
        "Handed over from %(before)s to %(after)s: %(why)s",
        before=before,
        after=after,
        why=moved.why,
    )


def _takers(case: Escalation, moved: Transfer) -> dict[int, str]:
    """Give who is told that a case was handed over, and why: who takes it and who gave it; where
    its owner keeps it, the team that takes it, but of a restricted case.
    """
    if moved.from_id != moved.to_id:
        given = {moved.from_id: "author"} if moved.from_id is not None else {}
        return {moved.to_id: "assigned"} | given
    team = [] if case.restricted or not moved.to_team_id else [moved.to_team_id]
    members = [person for one in team for person in auth_queries.team_members(one)]
    return dict.fromkeys(members, "team") | {moved.to_id: "owner"}


def _team_of(team_id: int | None) -> str:
    return team_words(auth_queries.team_name(team_id)) or _("nobody")


def _change_hands(case: Escalation, moved: Transfer, *, by: Actor, now: datetime) -> int:
    """Give a case and what its former owner had to do to the next one and their team; gives how
    many tasks went along.
    """
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
    if moved.from_id is None:
        tick(case, ClockEventKind.OWNER_NAMED, at=now, by=by, now=now)
    elif moved.from_id != moved.to_id:
        tick(case, ClockEventKind.HANDED_OVER, at=now, by=by, now=now)
    return pass_tasks_on(case, from_id=moved.from_id, to_id=moved.to_id)


def name_executive(
    case: Escalation, person_id: int, *, by: Actor, now: datetime, naming: bool = False
) -> None:
    """Name the executive owner of an open case: of a restricted one somebody who is named on it, or
    is with it (`naming`).
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if not seats(case, by=by, now=now) & LEADS:
        raise Refused(_("The owner or an escalation manager names the executive owner."))
    person = auth_queries.get(person_id)
    if not auth_queries.actor_of(person).roles & {Role.EXECUTIVE, Role.LEADERSHIP}:
        raise Refused(_("%(name)s is not an executive.", name=person.name), field="person")
    admit(case, person_id, naming=naming, by=by, now=now, field="person")
    before, case.executive_owner_id = case.executive_owner_id, person_id
    take_name_off(case, before)
    access.relate(db.session, kind=RelationKind.NAMED, person_id=person_id, **place_of(case))
    log(case, "executive_named", by=by, now=now, data={"before": before, "after": person_id})
    inform(
        case, {person_id: "executive"}, "executive_named", key=f"executive:{now}", by=by, now=now
    )


def move_level(
    case: Escalation,
    level: Level,
    *,
    kind: EscalationKind,
    why: str,
    summary: str,
    by: Actor,
    now: datetime,
    to_id: int | None = None,
    team_id: int | None = None,
) -> Transfer:
    """Take a case to another level, for other expertise or more authority, with the reason and a
    summary; with it, if so said, to another owner or team. Who receives it is told.

    The executive level is more authority, and needs an executive owner: one is found where none is
    named. Leaving it is taken back by one click while it cools off.
    """
    _refuse_move(case, level, kind=kind, why=why, summary=summary, by=by, now=now)
    auth_actions.refuse_retired(team_id, field="team")
    if to_id is not None:
        refuse_idle(to_id, field="to")
        admit(case, to_id, naming=True, by=by, now=now, field="to")
    new_owner = to_id or case.owner_id
    if new_owner is None:
        raise Refused(_("Nobody owns the case yet: say who takes it."), field="to")
    moved = Transfer(
        escalation_id=case.id,
        from_id=case.owner_id,
        to_id=new_owner,
        from_team_id=case.team_id,
        to_team_id=team_id or case.team_id,
        from_level=case.level.value,
        to_level=level.value,
        kind=kind.value,
        why=tidied(why),
        summary=tidied(summary),
        said=ours(why=why, summary=summary),
        at=now,
        by_id=by.id,
    )
    db.session.add(moved)
    _move(case, moved, level, kind, by=by, now=now)
    return moved


def _refuse_move(
    case: Escalation,
    level: Level,
    *,
    kind: EscalationKind,
    why: str,
    summary: str,
    by: Actor,
    now: datetime,
) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("Only an open case moves to another level."))
    if not seats(case, by=by, now=now) & LEADS:
        raise Refused(_("The owner or an escalation manager moves a case to another level."))
    if level is case.level:
        raise Refused(
            _("The case is at this level already; to change who owns it, hand it over."),
            field="level",
        )
    if level is Level.EXECUTIVE and kind is not EscalationKind.HIERARCHICAL:
        raise Refused(
            _("The executive level is asked for its authority: choose “More authority”."),
            field="kind",
        )
    if not why.strip():
        raise Refused(_("Say why the case moves."), field="why")
    if not summary.strip():
        raise Refused(_("Write the summary that the next level needs."), field="summary")


def _move(
    case: Escalation,
    moved: Transfer,
    level: Level,
    kind: EscalationKind,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Carry out a move: level, hands, clocks, story, and whoever is told."""
    former = case.level
    is_handed = (moved.from_id, moved.from_team_id) != (moved.to_id, moved.to_team_id)
    tasks = _change_hands(case, moved, by=by, now=now) if is_handed else 0
    case.level, case.kind = level, kind
    _cool_off(case, former, now=now)
    if case.level is Level.EXECUTIVE:
        _lift_up(case, now=now)
    uid = log(
        case,
        "level_moved",
        by=by,
        now=now,
        data={
            "from_level": moved.from_level,
            "to_level": moved.to_level,
            "kind": moved.kind,
            "from": moved.from_id,
            "to": moved.to_id,
            "team": moved.to_team_id,
            "tasks": tasks,
        },
        changes={"why": (None, moved.why), "summary": (None, moved.summary)},
    )
    text = _(
        "From %(before)s to %(after)s, %(kind)s: %(why)s",
        before=level_words(former),
        after=level_words(case.level),
        kind=kind_words(case.kind),
        why=moved.why,
    )
    tell_story(case, followed(text, moved.summary), kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    settle(case, now=now)
    db.session.refresh(case, ["transfers"])
    inform(
        case,
        _receivers(case, moved),
        "level_moved",
        key=f"level:{moved.id}",
        by=by,
        now=now,
        before=former.value,
        after=case.level.value,
        kind=case.kind.value,
        why=moved.why,
        summary=moved.summary,
    )


def _cool_off(case: Escalation, former: Level, *, now: datetime) -> None:
    """Let a case that leaves the executive level cool off; moves below it leave that as it is."""
    if case.level is Level.EXECUTIVE:
        case.left_executive_until = None
    if rules.leaves_executive(former, case.level):
        policy, account = queries.policy_of(case), queries.account_of(case)
        case.left_executive_until = rules.cools_off_until(
            now, policy=policy, calendar=queries.calendar_for(account, policy), zone=account.zone
        )


def _lift_up(case: Escalation, *, now: datetime) -> None:
    """Make a case an executive one, with an executive owner."""
    case.executive = True
    if case.executive_owner_id is None and case.restricted:
        raise Refused(
            _("A restricted case opens to nobody by itself: name its executive owner first."),
            field="level",
        )
    if case.executive_owner_id is None:
        case.executive_owner_id = queries.executive_for(case, now=now)
        if case.executive_owner_id is not None:
            subject = (RelationKind.NAMED, {"person_id": case.executive_owner_id})
            access.relate_all(db.session, [subject], **place_of(case))


def _receivers(case: Escalation, moved: Transfer) -> dict[int, str]:
    """Give who is told of a move, and why: the receiving team, the executive owner, both owners; of
    a restricted case no team.
    """
    found: dict[int, str] = {}
    if moved.to_team_id and moved.to_team_id != moved.from_team_id and not case.restricted:
        found |= dict.fromkeys(auth_queries.team_members(moved.to_team_id), "team")
    if case.level is Level.EXECUTIVE and case.executive_owner_id:
        found[case.executive_owner_id] = "executive"
    if moved.from_id is not None:
        found[moved.from_id] = "author"
    found[moved.to_id] = "owner" if moved.to_id == moved.from_id else "assigned"
    return found


def restore_level(case: Escalation, *, by: Actor, now: datetime) -> Transfer:
    """Take a case back to the executive level while leaving it cools off."""
    if case.left_executive_until is None or now > case.left_executive_until:
        raise Refused(_("There is nothing to restore: the cooling-off is over."))
    words = _("Restored.")
    return move_level(
        case,
        Level.EXECUTIVE,
        kind=EscalationKind.HIERARCHICAL,
        why=words,
        summary=words,
        by=by,
        now=now,
    )
