"""Whether somebody hears the clocks that run at night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from portal.blueprints.auth import queries as auth
from portal.blueprints.notifications import queries as notification_queries
from portal.blueprints.notifications.rules import AHEAD
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import Document, RoutingPolicy, SeverityPolicy

from .. import rules
from .clocks import calendar_of


def open_nights(policy: Document, *, now: datetime) -> dict[str, str]:
    """Give the teams that leave hours uncovered in the coming two weeks while clocks of a severity
    policy run then, each with the first instant (ISO 8601, UTC); nothing where no clock runs at
    night. The hours to cover are those in which the policy's office is closed, in the zone of the
    organisation; the teams are those that routing gives cases to, or else all.
    """
    if not isinstance(policy, SeverityPolicy) or not rules.runs_at_night(policy):
        return {}
    wanted = _watched()
    if not wanted:
        return {"–": now.isoformat()}
    found = _gaps(wanted, policy, now=now)
    return {wanted[team]: since.isoformat() for team, since in found.items()}


@dataclass(frozen=True)
class EmptyNights:
    """A team whose roster leaves hours of the coming two weeks uncovered, first from `since`."""

    team_id: int
    team: str
    lead_id: int | None
    since: datetime


def nights_running_out(*, now: datetime) -> list[EmptyNights]:
    """Give the teams that have kept a roster and leave hours uncovered while clocks in force run
    then, the first to come at the front; a team that never had a shift keeps none.
    """
    rostered = notification_queries.rostered_teams()
    if not rostered:
        return []
    policy, _number = policy_queries.in_force(SeverityPolicy)
    if not rules.runs_at_night(policy):
        return []
    wanted = {team: name for team, name in _watched().items() if team in rostered}
    leads = {team.id: team.lead_id for team in auth.teams()}
    found = _gaps(wanted, policy, now=now) if wanted else {}
    empty = [EmptyNights(one, wanted[one], leads[one], since) for one, since in found.items()]
    return sorted(empty, key=lambda one: (one.since, one.team_id))


def _watched() -> dict[int, str]:
    """Give the teams that routing gives cases to, or else all."""
    teams, routing = auth.teams(), policy_queries.in_force(RoutingPolicy)[0]
    meant = auth.teams_meant({rule.then.team for rule in routing.rules if rule.then.team}).values()
    routed = {team.id: team.name for team in teams if team.id in meant}
    return routed or {team.id: team.name for team in teams}


def _gaps(
    wanted: Mapping[int, str], policy: SeverityPolicy, *, now: datetime
) -> dict[int, datetime]:
    """Give since when the roster of teams leaves hours uncovered in which the office is closed."""
    end = now + AHEAD
    office = calendar_of(country="", zone=auth.organisation().zone, opening=None, policy=policy)
    gaps = notification_queries.uncovered_by(
        wanted,
        open_hours=list(takewhile(lambda one: one.start < end, office.segments(now))),
        start=now,
        end=end,
    )
    return {team: stretches[0].start for team, stretches in gaps.items()}
