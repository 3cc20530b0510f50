"""The application that is measured, and a way into it as somebody who has signed in."""

import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.blueprints.auth.models import User
from portal.config import Settings
from portal.core import clock, jobs
from portal.core.db import db
from portal.core.sessions import TAGGED, SessionRow, hashed

SECRET = "bench-" + "x" * 42


def make(url: str, folder: Path, **config: Any) -> Flask:
    """Give the application on the database at `url`, as `portal serve` makes it with its jobs
    elsewhere.
    """
    settings = Settings(
        database_url=url,
        secret_key=SECRET,
        base_url="http://127.0.0.1:8000",
        instance=folder,
        cache=folder / "cache",
        jobs="external",
        log_level="WARNING",
    )
    return create_app(settings, **config)


def prepare(app: Flask) -> None:
    """Bring the database to the newest migration, with the job engine's own tables."""
    from flask_migrate import upgrade  # not in the process that serves, nor there in ours

    with app.app_context():
        upgrade()
        db.engine.dispose()
    jobs.migrate(app)


def sign_in(address: str) -> str:
    """Write a session for a person, as signing in does, and give its cookie."""
    word, now = secrets.token_urlsafe(32), clock.now()
    key = db.session.scalar(sa.select(User.fs_uniquifier).where(User.email == address))
    data = {
        "_user_id": key,
        "_fresh": True,
        "fs_cc": "set",
        "fs_paa": now.timestamp(),
        "identity": "bench",
    }
    row = {"data": TAGGED.dumps(data), "user_key": key, "begun_at": now, "seen_at": now}
    db.session.add(SessionRow(id=hashed(word), **row))
    db.session.commit()
    return f"parley={word}"
