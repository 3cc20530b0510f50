"""`portal brief …`, as somebody types it."""

import json

import pytest
from click.testing import CliRunner

from portal.blueprints.briefings import actions, queries
from portal.cli import portal
from portal.core import clock
from portal.reports import snapshot, typeset
from tests.briefings.test_escalation import ask, case
from tests.conftest import ON_SQLITE_ALONE

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
        whose = ["--for", reader] if reader else []
        with clock.moved(now):
            found = CliRunner().invoke(
                portal,
                ["brief", *words, *whose, "--out", str(out), "--json"],
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
        (("portfolio", "ACC-00001"), "region"),
        (("concession", "CON-2026-9999"), ""),
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


@ON_SQLITE_ALONE
def test_an_account_without_a_case_is_a_draft_and_its_snapshot_gives_the_same_bytes(
    brief, cast, db, app, tmp_path, now
):
    kept, account = tmp_path / "facts.json", cast.borealis.reference
    db.session.commit()
    words = ("account", account, "--paper", "Letter", "--snapshot-out", str(kept))
    found, out = brief(*words, reader=None)
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["state"] == "draft"
    assert "ask" in told["missing"]
    text = kept.read_text("ascii")
    issue = json.loads(text)["facts"]["issue"]
    assert (issue["paper"], issue["audience"], issue["template"]) == (
        "Letter",
        "executive",
        snapshot.TEMPLATE,
    )
    locale, paper = snapshot.look(text)
    assert typeset.typeset("account", text, locale=locale, paper=paper) == out.read_bytes()
    verified = verify(app, out, "--rebuild")
    assert verified == {
        "sha256": told["sha256"],
        "state": "genuine",
        "reference": told["reference"],
        "made_with": snapshot.TEMPLATE,
        "rebuilt": "same",
        "version": snapshot.TEMPLATE,
    }
    row = queries.by_reference(told["reference"])
    actions.revoke(row, reason="Wrong figures", by=cast.erik, now=now)
    db.session.commit()
    assert verify(app, out, code=1)["state"] == "revoked"
    out.write_bytes(out.read_bytes() + b" ")
    assert verify(app, out, code=1)["state"] == "unknown"
    refused, out = brief("account", account, "--final", reader=None)
    assert refused.exit_code == 1
    assert "missing" in refused.output


def verify(app, file, *options, code=0):
    found = CliRunner().invoke(
        portal,
        ["brief", "verify", str(file), "--json", *options],
        obj=lambda settings, **config: app,
        env={
            "DATABASE_URL": app.config["PORTAL"].database_url,
            "PORTAL_SECRET_KEY": app.config["PORTAL"].secret_key,
        },
    )
    assert found.exit_code == code, found.output
    return json.loads(found.stdout)
