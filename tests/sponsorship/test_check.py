"""`portal sponsorship check`: given facts without a database, and an account as it stands."""

import json
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from portal.blueprints.accounts.models import Lifecycle
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.queries import published
from portal.blueprints.sponsorship.models import LaneKind
from portal.cli import portal
from portal.core import clock
from portal.core.db import db
from tests.cast import Cast
from tests.conftest import SECRET

from . import making

STRATEGIC = {
    "on": "2026-07-14",
    "arr_rank": 60,
    "customer_executive": True,
    "success_plan": {"value": "2026-06-15", "source": "CRM", "as_of": "2026-07-01"},
    "outcome": "Renewed in three countries",
    "sponsor": True,
}
CASE = {"reference": "T-1", "severity": "E2", "opened_on": "2026-01-01", "closed_on": "2026-04-15"}
RECOVERY = {
    "on": "2026-07-14",
    "arr": "50000.00",
    "median_arr": 50000,
    "cases": [CASE],
    "owner": "Ava",
}
FULL = {
    "arr_percentile": 100,
    "growth_potential": 0,
    "reference_customer": True,
    "logo": True,
    "regulator_exposed": True,
    "renewal_near": 0,
    "risk": 0,
    "executive_engaged": True,
}


def ask(lane, facts, tmp_path, *, url="sqlite:////nowhere/at/all.db"):
    text = facts if isinstance(facts, str) else json.dumps(facts)
    words = ["sponsorship", "check", "--lane", lane, "--facts", "-", "--json"]
    env = {"PORTAL_SECRET_KEY": "", "PORTAL_INSTANCE": str(tmp_path), "DATABASE_URL": url}
    return CliRunner().invoke(portal, words, input=text, env=env)


def answer(lane, facts, tmp_path, **more):
    done = ask(lane, facts, tmp_path, **more)
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("lane", "facts", "unmet"),
    [
        ("strategic", {}, set()),
        ("strategic", {"arr_rank": 61}, {"rank_or_score"}),
        ("strategic", {"arr_rank": 61} | FULL, set()),  # 70 of 100 points
        ("strategic", {"arr_rank": 61} | FULL | {"arr_percentile": 99.9}, {"rank_or_score"}),
        ("strategic", {"success_plan": "2026-06-14"}, {"success_plan"}),
        ("strategic", {"outcome": " ", "sponsor": None}, {"outcome", "sponsor"}),
        ("recovery", {}, set()),
        ("recovery", {"arr": "49999.99"}, {"arr_floor"}),
        ("recovery", {"cases": []}, {"recent_case"}),
        ("recovery", {"cases": [CASE | {"severity": "E3"}]}, {"recent_case"}),
        ("recovery", {"cases": [CASE | {"closed_on": "2026-04-14"}]}, {"recent_case"}),
        ("recovery", {"cases": [CASE | {"closed_on": None}], "owner": ""}, {"owner"}),
    ],
)
def test_given_facts_are_held_against_the_shipped_policy(lane, facts, unmet, tmp_path):
    base = STRATEGIC if lane == "strategic" else RECOVERY
    found = answer(lane, base | facts, tmp_path)
    assert list(found) == ["lane", "eligible", "score", "criteria", "policy_version"]
    assert (found["lane"], found["policy_version"]) == (lane, 1)
    assert found["eligible"] is (not unmet)
    assert {one["name"] for one in found["criteria"] if not one["met"]} == unmet
    for one in found["criteria"]:
        assert list(one) == ["name", "met", "value", "threshold", "source", "as_of"]


def test_an_answer_says_value_threshold_source_and_day(tmp_path):
    found = {one["name"]: one for one in answer("strategic", STRATEGIC, tmp_path)["criteria"]}
    assert found["success_plan"] == {
        "name": "success_plan",
        "met": True,
        "value": "2026-06-15",
        "threshold": {"newer_than_days": 30},
        "source": "CRM",
        "as_of": "2026-07-01",
    }
    assert found["rank_or_score"]["value"] == {"rank": 60, "score": 0.0, "possible": 100.0}
    assert found["rank_or_score"]["threshold"] == {"rank": 60, "score": 70.0}
    floor = answer("recovery", RECOVERY | {"currency": "JPY", "arr": 1}, tmp_path)["criteria"][1]
    assert floor["value"] == {"amount": "1", "currency": "JPY"}
    assert floor["threshold"] == {"amount": "50000", "currency": "JPY"}


def test_nothing_known_is_not_eligible_and_says_null(tmp_path):
    for lane in ("strategic", "recovery"):
        found = answer(lane, {}, tmp_path)
        assert not found["eligible"]
        assert found["score"] == 0
        for one in found["criteria"]:
            assert one["met"] is False
            assert one["value"] in (None, {"rank": None, "score": 0.0, "possible": 100.0})


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ('{"arrr": 1}', "'arrr' is no fact; known are on, currency, arr,"),
        ("[]", "a JSON object"),
        ("{", "not JSON"),
        ('{"arr": 1, "arr": 2}', "'arr' stands twice"),
        ('{"arr": NaN}', "NaN is no number"),
        ('{"arr": true}', "arr must be a number between 0"),
        ('{"arr": -1}', "not -1."),
        ('{"arr": "many"}', 'not "many".'),
        ('{"arr": 1e400}', "arr must be a number"),
        ('{"arr": 1.001}', "no finer than the minor unit of EUR"),
        ('{"arr_rank": 1.5}', "arr_rank must be a whole number"),
        ('{"arr_rank": 0}', "from 1 on"),
        ('{"sponsor": "yes"}', "sponsor must be true or false"),
        ('{"risk": 101}', "risk must be a number between 0 and 100"),
        ('{"success_plan": "2026-02-30"}', "success_plan must be a day written YYYY-MM-DD"),
        ('{"success_plan": 20260714}', "YYYY-MM-DD"),
        ('{"outcome": 7}', "outcome must be a text"),
        ('{"owner": {"value": "Ava", "of": 1}}', "value, source and as_of, nothing else"),
        ('{"owner": {"source": "CRM"}}', "value, source and as_of"),
        ('{"currency": "EURO"}', "ISO 4217"),
        ('{"on": 5}', "on must be a day"),
        ('{"cases": {"value": 3}}', "cases must be a list"),
        ('{"cases": [{"reference": "x"}]}', "cases[0] must be an object of reference"),
        (json.dumps({"cases": [CASE | {"severity": "S1"}]}), "one of E1, E2, E3, E4"),
        (json.dumps({"cases": [CASE | {"closed_on": "2025-01-01"}]}), "no day before 2026-01-01"),
        (json.dumps({"on": "2026-01-01", "cases": [CASE]}), "lies after 2026-01-01"),
        ("[" * 100_000, "not JSON"),
        (" " * (1 << 20) + "{}", "larger than 1 MiB"),
    ],
)
def test_facts_that_cannot_be_are_refused_in_words(facts, said, tmp_path):
    done = ask("recovery", facts, tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_and_a_wrong_call(tmp_path):
    words = ["sponsorship", "check", "--lane", "strategic"]
    gone = CliRunner().invoke(portal, [*words, "--facts", str(tmp_path / "no.json")])
    assert gone.exit_code == 1
    assert "no.json" in gone.stderr
    assert CliRunner().invoke(portal, words).exit_code == 2
    assert CliRunner().invoke(portal, [*words, "ACC-1", "--facts", "-"]).exit_code == 2
    assert CliRunner().invoke(portal, ["sponsorship", "check", "ACC-1"]).exit_code == 2


@pytest.mark.usefixtures("db")
def test_the_published_policy_counts_where_there_is_one(app: Flask, tmp_path, database) -> None:
    row = published(PolicyKind.SPONSORSHIP)
    row.body = row.body | {"strategic": row.body["strategic"] | {"plan_max_age_days": 10}}
    row.number = 7
    db.session.commit()
    found = answer("strategic", STRATEGIC, tmp_path, url=database.url)
    assert found["policy_version"] == 7
    assert [one["name"] for one in found["criteria"] if not one["met"]] == ["success_plan"]


@pytest.mark.usefixtures("db")
def test_an_account_is_checked_as_its_nomination_says(
    app: Flask, cast: Cast, now: datetime
) -> None:
    making.sponsor(cast.ava, by=cast.petra, now=now)
    making.plan(cast.acme, on=now.date() - timedelta(days=3))
    making.sent(cast.acme, by=cast.carl, now=now, lane=LaneKind.STRATEGIC)
    reference = cast.acme.reference
    db.session.commit()

    def asked(name):
        words = ["sponsorship", "check", name, "--lane", "strategic", "--json"]
        env = {"PORTAL_SECRET_KEY": SECRET}
        with clock.moved(now):
            return CliRunner().invoke(portal, words, obj=lambda *_a, **_k: app, env=env)

    done = asked(reference)
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    criteria = {one["name"]: one for one in found["criteria"]}
    assert criteria["outcome"]["value"] == "Renewed in three countries"
    assert criteria["outcome"]["source"].startswith("NOM-")
    assert criteria["success_plan"]["met"]
    assert criteria["sponsor"]["met"]
    assert criteria["customer_executive"] | {"as_of": ""} == {
        "name": "customer_executive",
        "met": False,
        "value": None,
        "threshold": True,
        "source": reference,
        "as_of": "",
    }
    assert criteria["nominable"]["value"] == []
    assert found["eligible"] is all(one["met"] for one in found["criteria"])
    cast.acme.lifecycle = Lifecycle.LOST
    db.session.commit()
    lost = json.loads(asked(reference.lower()).stdout)
    assert lost["criteria"][-1]["value"] == ["lost"]
    assert lost["criteria"][-1]["met"] is False
    gone = asked("ACC-99999")
    assert (gone.exit_code, gone.stderr.strip()) == (1, "There is no account ACC-99999.")
