"""Who is on duty at night and at the weekend, planned a quarter at a time."""

from datetime import datetime, time, timedelta

from portal.blueprints.handovers import actions as handovers
from portal.blueprints.handovers.models import Belonging
from portal.blueprints.notifications import actions, rules
from portal.blueprints.notifications import queries as notifications
from portal.core import clock

from .diary import Story, local
from .people import TEAMS, Staff

ON_DUTY = ("escalations", "security", "compliance")
QUARTER = timedelta(days=91)
NONE: dict[str, int | None] = {"quiet_from": None, "quiet_until": None}
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


def choices(staff: Staff, *, now: datetime) -> Story:
    """Let some people say how they want to hear: an executive once a day, a manager not at
    night.
    """
    quiet: dict[str, int | None] = {"quiet_from": 21 * 60, "quiet_until": 7 * 60}
    wanted: dict[str, tuple[dict[str, str], dict[str, int | None]]] = {
        "executive": ({"news": "digest", "money": "digest", "words": "mail"}, quiet),
        "leadership": ({"news": "digest", "postmortems": "digest"}, NONE),
        "escalation_manager": ({"money": "portal"}, quiet),
    }
    yield local((now - timedelta(days=30)).date(), 9)
    for role, (ways, hours) in wanted.items():
        actions.choose(
            ways=dict.fromkeys((kind.value for kind in rules.CHOSEN), "mail") | ways,
            digest_at=7 * 60 + 30,
            quiet_from=hours["quiet_from"],
            quiet_until=hours["quiet_until"],
            number="+33612345678" if role == "escalation_manager" else "",
            by=staff.actor(role),
            now=clock.now(),
        )


def moving(staff: Staff, *, now: datetime) -> Story:
    """Let an administrator plan that a CSM's customers and cases go to another next month."""
    yield local((now - timedelta(days=2)).date(), 11)
    heir = staff.ids["csm"]
    handovers.plan(
        staff.ids["csm2"],
        heirs={Belonging.ACCOUNT: heir, Belonging.CASE: heir, Belonging.TASK: heir},
        summary="Moves to product: the open points stand in each timeline.",
        begins_at=now + timedelta(days=25),
        ends_access=False,
        by=staff.actor("admin"),
        now=clock.now(),
    )
