"""`portal upgrade` brings what a new version needs, and nothing twice."""

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from portal.blueprints.policies.models import Policy, PolicyKind
from portal.cli.prepared import revisions
from portal.config import ROOT
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


def test_a_database_that_is_not_there_is_a_sentence(tmp_path):
    nobody = "postgresql+psycopg://postgres@127.0.0.1:1/parley"
    for words in (("init",), ("worker",), ("audit", "verify")):
        refused = Place(nobody, tmp_path)(*words)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("The database at DATABASE_URL does not answer: ")
        assert "Traceback" not in refused.output


def test_a_process_that_serves_knows_the_migrations_without_loading_them():
    known = ScriptDirectory(str(ROOT / "migrations"))
    newest, older = revisions(ROOT / "migrations" / "versions")
    assert newest == set(known.get_heads())
    assert newest | older == {one.revision for one in known.walk_revisions()}
