"""`portal brief account|escalation`, as somebody types it."""

import json

import pytest
from click.testing import CliRunner

from portal.cli import portal
from portal.core import clock
from tests.briefings.test_escalation import ask, case

__all__ = ["case"]


@pytest.fixture
def brief(app, db, cast, now, case, tmp_path):
    """The command on the test's own application, at the test's own time."""
    ask(cast, case, now)
    db.session.commit()
    env = {
        "DATABASE_URL": app.config["PORTAL"].database_url,
        "PORTAL_SECRET_KEY": app.config["PORTAL"].secret_key,
        "PORTAL_INSTANCE": str(tmp_path / "instance"),
    }

    def run(*words, reader="ava@halden.example"):
        out = tmp_path / "out.pdf"
        with clock.moved(now):
            found = CliRunner().invoke(
                portal,
                ["brief", *words, "--for", reader, "--out", str(out), "--json"],
                obj=lambda settings, **config: app,
                env=env,
            )
        return found, out

    return run


def test_a_case_is_briefed_on_in_its_readers_language(brief, case):
    found, out = brief("escalation", case.reference)
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["state"], told["pages"]) == ("issued", 1)
    assert out.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("escalation", "ACC-00001"), "begins with ESC-"),
        (("account", "ESC-2026-0001"), "begins with ACC-"),
        (("escalation", "ESC-2026-9999"), ""),
    ],
)
def test_what_is_no_case_ends_with_a_sentence_and_no_file(brief, words, why):
    found, out = brief(*words)
    assert found.exit_code == 1
    assert why in found.output
    assert not out.exists()


def test_who_may_not_see_the_case_gets_no_paper(brief, case):
    found, out = brief("escalation", case.reference, reader="otto@halden.example")
    assert found.exit_code == 1
    assert not out.exists()
