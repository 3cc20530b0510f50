"""Doors for the clock and the queue: imports batch by batch, models that are fitted,
tiers once a day."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from portal.core import access, clock
from portal.core.db import db

from . import actions, queries
from .models import FitState


def run_import(run_id: int) -> None:
    """Carry an import on to its end, a commit for each batch."""
    most_rows = current_app.config["PORTAL"].import_rows
    for _batch in actions.import_batches(run_id, most_rows=most_rows, clock=clock.now):
        db.session.commit()


def undo_import(run_id: int) -> None:
    """Remove what a taken-back import wrote, or undo one that is in, a commit for each batch."""
    for _batch in actions.undo_batches(run_id, now=clock.now()):
        db.session.commit()


def rank(now: str) -> None:
    """Write each account's tier beside it."""
    actions.rank(by=access.job("accounts.rank"), now=datetime.fromisoformat(now))


def rank_again(event: dict[str, Any]) -> None:
    """Rank once an import is in or undone, or values rest on other models."""
    actions.rank(by=access.job("accounts.rank"), now=datetime.fromisoformat(event["at"]))


def fit_models(number: int) -> None:
    """Fit a version of the value models: our history is read, then nothing is held while a process
    of its own thinks.
    """
    row = queries.model(number)
    if row.state is not FitState.FITTING:
        return
    history = queries.history(on=row.history_until)
    db.session.rollback()
    document = actions.fitted_document(history)
    row = queries.model(number, lock=True)
    if row.state is FitState.FITTING:  # nobody waited an hour, and had another one fitted
        actions.keep_fit(row, document, by=access.job("accounts.fit_models"), now=clock.now())
    db.session.commit()


JOBS = {run_import: "heavy", undo_import: "heavy", fit_models: "heavy"}
EVERY = {rank: timedelta(hours=6)}
FOLLOWS = {
    "accounts.imported": rank_again,
    "accounts.import_undone": rank_again,
    "accounts.models_published": rank_again,
    "accounts.models_declined": rank_again,
}
