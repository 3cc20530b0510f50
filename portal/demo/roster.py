"""Who is on duty at night and at the weekend, planned a quarter at a time."""

from datetime import datetime, time, timedelta

from portal.blueprints.notifications import actions
from portal.blueprints.notifications import queries as notifications
from portal.core import clock

from .diary import Story, local
from .people import TEAMS, Staff

ON_DUTY = ("escalations", "security", "compliance")
QUARTER = timedelta(days=91)
NIGHTS, WEEKEND = (range(5), time(18), time(9)), ((5, 6), time(9), time(9))


def story(staff: Staff, *, now: datetime) -> Story:
    """Plan the nights and weekends of the teams that routing gives cases to, for a year that ends
    three months from now; people take turns by quarter.
    """
    for turn in range(4):
        yield local((now + (turn - 3) * QUARTER - timedelta(days=4)).date(), 10)
        first = clock.now().date() + timedelta(days=1)
        last = first + QUARTER - timedelta(days=1)
        for name in ON_DUTY:
            _region, _lead, members = TEAMS[name]
            for place, (weekdays, begin, end) in enumerate((NIGHTS, WEEKEND)):
                actions.plan_duty(
                    notifications.duty_team(staff.teams[name]),
                    staff.ids[members[(turn + place) % len(members)]],
                    first=first,
                    last=last,
                    weekdays=weekdays,
                    begin=begin,
                    end=end,
                    by=staff.actor("escalation_manager"),
                    now=clock.now(),
                )
