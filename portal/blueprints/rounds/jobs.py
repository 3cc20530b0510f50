"""By the clock: who is asked now, and who is reminded."""

from datetime import datetime, timedelta

from portal.core import access

from . import actions, queries

ROUNDS = access.job("rounds")


def go(now: str) -> None:
    """Ask for every technical status whose time has come, and remind of what did not come."""
    moment = datetime.fromisoformat(now)
    for round_id in queries.to_ask(now=moment):
        actions.ask(queries.by_id(round_id), by=ROUNDS, now=moment)
    for round_id in queries.to_remind(now=moment):
        actions.remind(queries.by_id(round_id), by=ROUNDS, now=moment)


EVERY = {go: timedelta(minutes=1)}
