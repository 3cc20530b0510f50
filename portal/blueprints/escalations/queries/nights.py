"""Whether somebody hears the clocks that run at night."""

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
    teams, routing = auth.teams(), policy_queries.in_force(RoutingPolicy)[0]
    named = {rule.then.team.casefold() for rule in routing.rules if rule.then.team}
    routed = {team.id: team.name for team in teams if team.name.casefold() in named}
    wanted = routed or {team.id: team.name for team in teams}
    if not wanted:
        return {"–": now.isoformat()}
    end = now + AHEAD
    office = calendar_of(country="", zone=auth.organisation().zone, opening=None, policy=policy)
    gaps = notification_queries.uncovered_by(
        wanted,
        open_hours=list(takewhile(lambda one: one.start < end, office.segments(now))),
        start=now,
        end=end,
    )
    return {wanted[team]: stretches[0].start.isoformat() for team, stretches in gaps.items()}
