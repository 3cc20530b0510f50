"""`portal audit verify` on a copy of a database whose tail was cut."""

import json
import shutil
import sqlite3
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from portal.app import create_app
from portal.cli import portal
from portal.core import events
from portal.core.db import db as _db
from tests.conftest import SECRET
from tests.core.test_events import some_events


@pytest.fixture
def copied(db, cast, now, database, tmp_path):
    """A copy of the database with some events, a checkpoint beside it, and the command for it."""
    if not hasattr(database, "path"):
        pytest.skip("a copy of a file is a matter of SQLite")
    some_events(cast, now)
    db.session.commit()
    events.checkpoint(tmp_path / "marks", now=now)
    db.session.remove()
    _db.engine.dispose()
    shutil.copy(database.path, tmp_path / "copy.db")

    def verify(*options):
        env = {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'copy.db'}",
            "PORTAL_SECRET_KEY": SECRET,
            "PORTAL_INSTANCE": str(tmp_path / "instance"),
            "PORTAL_AUDIT_CHECKPOINTS": str(tmp_path / "marks"),
            "PORTAL_LOG_LEVEL": "ERROR",
        }

        def make(settings, **config):
            return create_app(settings, JOBS_INLINE=True, **config)

        return CliRunner().invoke(portal, ["audit", "verify", *options], obj=make, env=env)

    return SimpleNamespace(path=tmp_path / "copy.db", verify=verify)


def change(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_whole_log_is_0(copied):
    found = copied.verify("--json")
    assert found.exit_code == 0, found.output
    result = json.loads(found.stdout)
    assert result["whole"] is True
    assert result["events"] > 5
    assert "whole" in copied.verify().stdout


def test_a_cut_tail_with_the_head_put_back_is_1(copied):
    change(
        copied.path,
        "drop trigger event_no_update",
        "drop trigger event_no_delete",
        "delete from event where seq = (select max(seq) from event)",
    )
    found = copied.verify("--json")
    assert found.exit_code == 1
    result = json.loads(found.stdout)
    assert result["whole"] is False
    assert isinstance(result["first_bad"], int)
    assert result["why"]


def test_a_checkpoint_that_names_a_missing_entry_is_1(copied):
    marks = copied.path.parent / "marks"
    line = json.loads(marks.read_text())
    marks.write_text(marks.read_text() + json.dumps(line | {"seq": line["seq"] + 9}) + "\n")
    assert copied.verify().exit_code == 1
