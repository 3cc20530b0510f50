"""A served portal with the cast in it, once per database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.auth.models import User
from portal.core.db import db as _db
from tests.cast import Cast

from .furnished import Walk, furnish
from .live import ROOT, serving


@dataclass
class Live:
    """Where it serves, its settings, its people, and how to look into its database."""

    address: str
    settings: dict[str, str]
    cast: Cast
    app: Flask
    shots: Path
    kind: str

    @property
    def cast_account(self) -> str:
        """Give the number of the account everything is about."""
        found: str = self.read(sa.select(Account.reference).where(Account.name == "Acme Forges"))
        return found

    def speak(self, language: str) -> None:
        """Let everybody read the portal in one language."""
        with self.app.app_context():
            _db.session.execute(sa.update(User).values(language=language))
            _db.session.commit()
            _db.session.remove()

    def read(self, query: Any) -> Any:
        """Read one value, in a transaction of its own."""
        with self.app.app_context():
            g.reading = True  # beside a server that writes: SQLite has one writer
            found = _db.session.scalar(query)
            _db.session.expunge_all()
            _db.session.rollback()
            _db.session.remove()
        return found


@pytest.fixture
def live(app: Flask, database: Any, tmp_path: Path) -> Iterator[Live]:
    """The portal on a fresh copy of the database, with the contracts of the cast running today."""
    with app.app_context():
        database.reset()
        today = date.today()  # noqa: DTZ011 - the day on which the served portal lives
        running = {"starts_on": today - timedelta(days=633), "ends_on": today + timedelta(days=97)}
        _db.session.execute(sa.update(Contract).values(**running))
        _db.session.execute(
            sa.update(Account).values(
                contract_start=running["starts_on"], renewal_on=running["ends_on"]
            )
        )
        _db.session.commit()
        _db.session.remove()
        _db.engine.dispose()
    kind = "sqlite" if database.url.startswith("sqlite") else "postgresql"
    with serving(database.url, tmp_path) as (address, settings):
        shots = ROOT / "tmp" / "journey" / kind
        yield Live(address, settings, app.extensions["test_cast"], app, shots, kind)
    with app.app_context():
        _db.session.remove()
        _db.engine.dispose()


@pytest.fixture
def walk(
    database: Any,
    app: Flask,
    cast: Cast,
    db: Any,
    now: datetime,
    browse: Callable[..., Any],
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> Walk:
    """A way to every page of a portal in which the main job happened."""
    monkeypatch.setitem(app.config, "PORTAL", app.config["PORTAL"])
    furnish(cast, db, now, run_jobs)
    return Walk(app, cast, db, browse)
