"""`portal upgrade` brings what a new version needs, and nothing twice."""

import socket

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from portal.blueprints.policies.models import Policy, PolicyKind
from portal.cli.base import Failed
from portal.cli.prepared import revisions
from portal.cli.running import _serve
from portal.config import ROOT, engine_options
from portal.core.db import db
from tests.core.test_backup import Place, database_of


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_publishes_the_policies_that_are_new(kind, tmp_path):
    with database_of(kind, tmp_path) as url:
        here = Place(url, tmp_path)
        for words in (("worker",), ("serve",), ("audit", "verify")):
            refused = here(*words)
            assert refused.exit_code == 1
            assert "not prepared for this version: run `portal init`" in refused.stderr
        assert "new in this version" not in here("upgrade").output
        assert here("init").exit_code == 0
        with here.inside():
            db.session.execute(sa.delete(Policy).where(Policy.kind == PolicyKind.PLAYBOOKS))
            db.session.commit()
        assert "new in this version: playbooks." in here("upgrade").output
        assert "new in this version" not in here("upgrade").output
        with here.inside():
            db.session.execute(sa.text("update alembic_version set version_num = '9999_later'"))
            db.session.commit()
        refused = here("upgrade")
        assert refused.exit_code == 1
        assert "A later version of Parley has upgraded the database" in refused.stderr


def test_a_database_that_is_not_there_is_a_sentence(tmp_path):
    nobody = "postgresql+psycopg://postgres@127.0.0.1:1/parley"
    for words in (("init",), ("worker",), ("audit", "verify"), ("backup", str(tmp_path / "x"))):
        refused = Place(nobody, tmp_path)(*words)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("The database at DATABASE_URL does not answer: ")
        assert "Does it run there, and are host" in refused.stderr
        assert "Traceback" not in refused.output


def test_a_process_that_serves_knows_the_migrations_without_loading_them():
    known = ScriptDirectory(str(ROOT / "migrations"))
    newest, older = revisions(ROOT / "migrations" / "versions")
    assert newest == set(known.get_heads())
    assert newest | older == {one.revision for one in known.walk_revisions()}


def test_nobody_waits_for_ever_for_a_database_that_says_nothing(tmp_path):
    assert engine_options("sqlite:///x.db") == {}
    address = "postgresql+psycopg://postgres@127.0.0.1/x"
    assert engine_options(address)["connect_args"] == {"connect_timeout": 10}
    assert engine_options(f"{address}?connect_timeout=3")["connect_args"] == {}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"{address}?connect_timeout=2&port={silent.getsockname()[1]}"
        refused = Place(url, tmp_path)("upgrade")
    assert refused.exit_code == 1
    assert "timeout" in refused.stderr


def test_a_file_that_is_no_database_is_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"no database at all" * 400)
    refused = Place(f"sqlite:///{tmp_path / 'file'}", tmp_path)("upgrade")
    assert refused.exit_code == 1
    assert "something else than an SQLite database" in refused.stderr


def test_a_port_that_is_taken_is_a_sentence(app, monkeypatch):
    def taken(*_args, **_more):
        raise OSError(98, "Address already in use")

    monkeypatch.setattr("waitress.create_server", taken)
    with pytest.raises(Failed, match="Address already in use"):
        _serve(app, host="127.0.0.1", port=80, threads=1)
