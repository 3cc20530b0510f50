"""Ending a team that has a past: what hangs on it goes to another one, lot by lot."""

from dataclasses import replace
from datetime import datetime

from portal.blueprints.auth import actions as auth_actions
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import Team
from portal.blueprints.escalations import actions as case_actions
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.rounds import actions as round_actions
from portal.core import access, jobs
from portal.core.access import Actor, K
from portal.core.errors import Refused
from portal.core.i18n import _

from . import queries

LOT = 50


def retire(team: Team, *, successor_id: int | None, by: Actor, now: datetime) -> None:
    """End a team; a job then gives its open cases and questions to its successor, calls its roster
    off and tells people. Refused without a successor where cases, questions or policies need one.
    """
    auth.hold_team(team.id)
    if (
        team.retired_at is None
        and successor_id is None
        and queries.hanging(team, now=now).needs_successor
    ):
        raise Refused(
            _("Open cases, questions or policies rest on this team: choose who comes after it."),
            field="successor",
        )
    auth_actions.retire_team(team, successor_id=successor_id, by=by, now=now)
    settle_later(team, key=now.isoformat(), asked_by=by.id)


def settle_later(team: Team, *, key: str, asked_by: int | None = None) -> None:
    """Let what hangs on a retired team go to its successor; the same key again is the same job."""
    payload = {"team_id": team.id, "asked_by": asked_by}
    jobs.enqueue("teams.settle", key=f"retired:{team.id}:{key}", payload=payload)


def pass_on(team_id: int, *, asked_by: int | None, now: datetime) -> bool:
    """Give the next open cases of a retired team to its successor, up to a lot, each with its own
    event; says whether more may be there. The last time its roster ends and people are told; begun
    again it goes on where it was.
    """
    team = queries.held(team_id)
    by = replace(access.job("retired team"), on_behalf_of=asked_by)
    if team.retired_at is None:
        return False
    if team.successor_id is not None:
        after = auth.team_name(team.successor_id)
        why = _("The team “%(team)s” is retired: “%(after)s” comes after it.",
                team=team.name, after=after)  # fmt: skip
        cases = queries.still_held(team.id, limit=LOT)
        for case in cases:
            case_actions.take_over_as_team(case, team_id=team.successor_id, why=why, by=by, now=now)
        if cases:
            return True
        for row in queries.asked(team.id):
            round_actions.change_whom(
                row, person_id=None, team_id=team.successor_id, by=by, now=now
            )
    turns = notification_actions.call_off_roster(team.id, by=by, now=now)
    _tell(team, turns, asked_by=asked_by, by=by, now=now)
    return False


def _tell(
    team: Team, turns: dict[int, int], *, asked_by: int | None, by: Actor, now: datetime
) -> None:
    """Tell each person once: who owns cases that went on, was on the roster, or is in or leads one
    of the two teams.
    """
    owned = queries.passed_on(team)
    pairs = [(one, auth.crew(one)) for one in (team.successor_id, team.id) if one is not None]
    told = dict.fromkeys(owned, "owner") | dict.fromkeys(turns, "duty_over")
    for _team_id, people in pairs:
        told = dict.fromkeys(people, "team") | told
    taking = dict(pairs).get(team.successor_id or 0, frozenset())
    for person_id, why in sorted(told.items()):
        if person_id == asked_by:
            continue
        notification_actions.notify(
            person_id,
            template="teams/retired",
            context={
                "team": team.name,
                "after": auth.team_name(team.successor_id),
                "owned": owned.get(person_id, 0),
                "turns": turns.get(person_id, 0),
                "taking": person_id in taking,
                "path": f"/escalations/?team={team.successor_id or team.id}",
            },
            why=why,
            key=f"retired:{team.id}:{team.retired_at}:{person_id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )
