"""`portal review book` and `portal brief review`, as somebody types them."""

import json

import pytest
from click.testing import CliRunner

from portal.cli import portal
from portal.core import clock
from tests.conftest import ON_SQLITE_ALONE
from tests.postmortems.cases import case_of


@pytest.fixture
def typed(app, db, cast, now, tmp_path):
    case_of(cast, now)
    db.session.commit()
    env = {
        "DATABASE_URL": app.config["PORTAL"].database_url,
        "PORTAL_SECRET_KEY": app.config["PORTAL"].secret_key,
        "PORTAL_INSTANCE": str(tmp_path / "instance"),
    }

    def run(*words):
        with clock.moved(now):
            return CliRunner().invoke(portal, words, obj=lambda settings, **config: app, env=env)

    return run


@ON_SQLITE_ALONE
def test_a_book_is_made_by_either_name(typed, cast, now, tmp_path):
    out = tmp_path / "book.pdf"
    found = typed("review", "book", "2026-Q2", "--locale", "fr", "--out", str(out), "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["review"], told["state"]) == ("QR-2026-Q2", "issued")
    assert told["pages"] >= 4
    assert out.read_bytes().startswith(b"%PDF")
    for words in (("brief", "review", "2026-Q9"), ("review", "book", "2031-Q1")):
        refused = typed(*words, "--out", str(out))
        assert (refused.exit_code, refused.stdout) == (1, "")
    who = ("--for", "carl@halden.example")
    assert typed("brief", "review", "QR-2026-Q2", *who, "--out", str(out)).exit_code == 1
