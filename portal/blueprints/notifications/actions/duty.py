"""Planning who is on duty; what has been stays as it was."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time

from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team
from portal.core import events
from portal.core.access import Actor, K
from portal.core.calendar import Segment
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Duty
from .writing import notify


def plan_duty(
    team: Team,
    person_id: int,
    *,
    first: date,
    last: date,
    weekdays: Collection[int],
    begin: time,
    end: time,
    by: Actor,
    now: datetime,
) -> list[Duty]:
    """Put a person on duty for a team by a weekly pattern, in the organisation's zone; days that
    are over are refused, and so is a shift that meets one the person has for the team already.
    """
    _refuse_others(team, by=by)
    auth_actions.refuse_retired(team.id, field="team")
    person = auth.get(person_id)
    if not person.active:
        raise Refused(_("%(name)s no longer works here.", name=person.name), field="person")
    zone = auth.organisation().zone
    stretches = rules.turns(first, last, weekdays=weekdays, begin=begin, end=end, zone=zone)
    if stretches[0].end <= now:
        raise Refused(_("What is over is not planned any more."), field="first")
    _refuse_double(team, person_id, stretches)
    made = [
        Duty(team_id=team.id, person_id=person_id, starts_at=one.start, ends_at=one.end)
        for one in stretches
    ]
    db.session.add_all(made)
    db.session.flush()
    uid = _record("planned", team, person_id, by=by, now=now, shifts=len(made))
    told = Segment(made[0].starts_at, made[0].ends_at)
    _tell(person_id, team, told, "duty", uid=uid, by=by, now=now, shifts=len(made))
    return made


def end_duty(shift: Duty, *, by: Actor, now: datetime) -> None:
    """Call a coming shift off, or end the one that runs."""
    team = queries.duty_team(shift.team_id)
    _refuse_others(team, by=by)
    _refuse_over(shift, now=now)
    person_id, rest = shift.person_id, Segment(max(shift.starts_at, now), shift.ends_at)
    if shift.starts_at < now:
        shift.ends_at = now
    else:
        db.session.delete(shift)
    db.session.flush()
    uid = _record("ended", team, person_id, by=by, now=now, shifts=1)
    _tell(person_id, team, rest, "duty_over", uid=uid, by=by, now=now)


def call_off_roster(team_id: int, *, by: Actor, now: datetime) -> dict[int, int]:
    """End all that is planned for a team, with one event for each person; gives how many turns each
    of them loses. Nobody is told here: who ends a team tells each person once.
    """
    team, found = queries.duty_team(team_id), dict[int, int]()
    for shift in queries.coming_shifts(team_id, now=now):
        found[shift.person_id] = found.get(shift.person_id, 0) + 1
        if shift.starts_at < now:
            shift.ends_at = now
        else:
            db.session.delete(shift)
    db.session.flush()
    for person_id, turns in sorted(found.items()):
        _record("ended", team, person_id, by=by, now=now, shifts=turns)
    return found


def hand_duty(shift: Duty, person_id: int, *, by: Actor, now: datetime) -> Duty:
    """Give a shift to somebody else: the rest of it, if it runs. Gives the shift they have."""
    team = queries.duty_team(shift.team_id)
    if by.id != shift.person_id:  # one's own shift one may hand over oneself
        _refuse_others(team, by=by)
    _refuse_over(shift, now=now)
    if person_id == shift.person_id:
        raise Refused(_("They have this shift already."), field="person")
    if not auth.get(person_id).active:
        raise Refused(_("This person no longer works here."), field="person")
    rest = Segment(max(shift.starts_at, now), shift.ends_at)
    _refuse_double(team, person_id, [rest])
    before = shift.person_id
    if shift.starts_at < now:
        shift.ends_at = now
        shift = Duty(team_id=team.id, person_id=person_id, starts_at=now, ends_at=rest.end)
        db.session.add(shift)
    else:
        shift.person_id = person_id
    db.session.flush()
    uid = _record("handed", team, person_id, by=by, now=now, shifts=1, before=before)
    _tell(person_id, team, rest, "duty", uid=uid, by=by, now=now, shifts=1)
    _tell(before, team, rest, "duty_over", uid=uid, by=by, now=now)
    return shift


def _refuse_others(team: Team, *, by: Actor) -> None:
    if not queries.may_plan(team, by):
        raise Refused(_("The lead of the team plans its duty, or an escalation manager."))


def _refuse_over(shift: Duty, *, now: datetime) -> None:
    if shift.ends_at <= now:
        raise Refused(_("This shift is over: it stays as it was."))


def _refuse_double(team: Team, person_id: int, stretches: Sequence[Segment]) -> None:
    """Refuse what a person has already; whoever plans the same team waits meanwhile."""
    db.session.refresh(team, with_for_update=True)
    taken = queries.roster(team.id, start=stretches[0].start, end=stretches[-1].end)
    for one in taken:
        if one.person_id == person_id and any(
            one.starts_at < new.end and new.start < one.ends_at for new in stretches
        ):
            raise Refused(_("%(name)s is on duty then already.", name=one.person), field="person")


def _record(name: str, team: Team, person_id: int, *, by: Actor, now: datetime, **data: int) -> str:
    return events.record(
        f"notifications.duty_{name}",
        by=by,
        now=now,
        data={"team": team.id, "person": person_id, **data},
    )


def _tell(
    person_id: int,
    team: Team,
    rest: Segment,
    template: str,
    *,
    uid: str,
    by: Actor,
    now: datetime,
    **more: int,
) -> None:
    """Tell a person that they are on duty, or no longer, unless they did it themselves."""
    if person_id == by.id:
        return
    notify(
        person_id,
        template=f"notifications/{template}",
        context={
            "team": team.name,
            "begins": rest.start,
            "ends": rest.end,
            "path": f"/notifications/duty/{team.id}",
            **more,
        },
        why=template,
        key=f"duty:{uid}:{person_id}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
        now=now,
    )
