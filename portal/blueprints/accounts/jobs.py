"""Doors for the clock and the queue: imports batch by batch, tiers once a day."""

from datetime import datetime, timedelta
from typing import Any

from portal.core import access, clock
from portal.core.db import db

from . import actions


def run_import(run_id: int) -> None:
    """Carry an import on to its end, a commit for each batch."""
    for _batch in actions.import_batches(run_id, now=clock.now()):
        db.session.commit()


def undo_import(run_id: int) -> None:
    """Remove what a taken-back import wrote, a commit for each batch."""
    for _batch in actions.undo_batches(run_id):
        db.session.commit()


def rank(now: str) -> None:
    """Write each account's tier beside it."""
    actions.rank(by=access.job("accounts.rank"), now=datetime.fromisoformat(now))


def rank_again(event: dict[str, Any]) -> None:
    """Rank once an import has brought customers or revenue."""
    actions.rank(by=access.job("accounts.rank"), now=datetime.fromisoformat(event["at"]))


JOBS = {run_import: "heavy", undo_import: "heavy"}
EVERY = {rank: timedelta(hours=6)}
FOLLOWS = {"accounts.imported": rank_again}
