"""What the clock does in this room: offers that nobody answered lapse."""

from datetime import datetime, timedelta

from portal.core import access

from . import actions, queries


def lapse_offers(now: str) -> None:
    """Let offers lapse whose time is over."""
    moment = datetime.fromisoformat(now)
    for row in queries.lapsed(now=moment):
        actions.lapse(row, by=access.job("concessions.lapse_offers"), now=moment)


EVERY = {lapse_offers: timedelta(hours=1)}
