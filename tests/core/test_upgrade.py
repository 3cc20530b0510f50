"""`portal upgrade` brings what a new version needs, and nothing twice."""

import pytest
import sqlalchemy as sa

from portal.blueprints.policies.models import Policy, PolicyKind
from portal.core.db import db
from tests.core.test_backup import Place, database_of


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_publishes_the_policies_that_are_new(kind, tmp_path):
    with database_of(kind, tmp_path) as url:
        here = Place(url, tmp_path)
        assert "new in this version" not in here("upgrade").output
        assert here("init").exit_code == 0
        with here.inside():
            db.session.execute(sa.delete(Policy).where(Policy.kind == PolicyKind.PLAYBOOKS))
            db.session.commit()
        assert "new in this version: playbooks." in here("upgrade").output
        assert "new in this version" not in here("upgrade").output
