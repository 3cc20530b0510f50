"""Doors for the clock: scores follow what happens within a minute; what time alone changes is
reckoned several times a day.
"""

from datetime import datetime, timedelta

from portal.core import access

from . import actions

RECKONER = access.job("risk.reckon")


def catch_up(now: str) -> None:
    """Reckon the accounts that something happened to."""
    actions.catch_up(by=RECKONER, now=datetime.fromisoformat(now))


def reckon(now: str) -> None:
    """Reckon all accounts: renewals come nearer, and what is long ago no longer counts."""
    actions.reckon(by=RECKONER, now=datetime.fromisoformat(now), kept=True)


def reckon_afresh(now: str) -> None:
    """Reckon all accounts from the records up, whatever was kept of their signals and people."""
    actions.reckon(by=RECKONER, now=datetime.fromisoformat(now))


def revalue(now: str) -> None:
    """Reckon anew what would be lost with the risks of the register."""
    actions.revalue(by=RECKONER, now=datetime.fromisoformat(now))


EVERY = {
    catch_up: timedelta(minutes=1),
    reckon: timedelta(hours=6),
    reckon_afresh: timedelta(days=1),
    revalue: timedelta(days=1),
}
