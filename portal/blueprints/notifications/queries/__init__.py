"""Reading notifications, the post, and who is on duty."""

from .duty import (
    Shift,
    TeamDuty,
    duty_team,
    get_shift,
    may_plan,
    on_duty,
    own_shifts,
    roster,
    rostered_teams,
    teams_at,
    uncovered_by,
)
from .messages import by_key, count_unread, due, get, mails, may_know, own, page, visible, waiting

__all__ = [
    "Shift",
    "TeamDuty",
    "by_key",
    "count_unread",
    "due",
    "duty_team",
    "get",
    "get_shift",
    "mails",
    "may_know",
    "may_plan",
    "on_duty",
    "own",
    "own_shifts",
    "page",
    "roster",
    "rostered_teams",
    "teams_at",
    "uncovered_by",
    "visible",
    "waiting",
]
