"""`portal concession assess`: who signs, held against a table written by hand, limit by limit."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.blueprints.auth.models import Organisation
from portal.blueprints.concessions import rules
from portal.blueprints.policies.models import ExchangeRate, Policy
from portal.blueprints.policies.rules import ValuePolicy
from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.cli import portal
from portal.core import clock
from portal.core.db import Base
from portal.core.errors import Refused
from tests.shipped import shipped

POLICY = shipped(CompensationPolicy, "compensation")
CENT = Decimal("0.01")
STEPS = [
    [["csm"]],
    [["escalation_manager"]],
    [["executive"]],
    [["executive", "finance"]],
    [["leadership"]],
]
LEGAL = ["legal"]
LIMITS = [
    # ARR, and up to what each of the four rows signs
    (None, "250", "1500", "7500", "30000"),
    ("0", "250", "1500", "7500", "30000"),
    ("24999.99", "250", "1500", "7500", "30000"),
    ("25001", "250.01", "1500", "7500", "30000"),
    ("40000", "400", "1500", "7500", "30000"),
    ("50000", "500", "1500", "7500", "30000"),
    ("120000", "500", "3600", "7500", "30000"),
    ("166666.67", "500", "5000", "8333.3335", "30000"),
    ("400000", "500", "5000", "20000", "40000"),
    ("1000000", "500", "5000", "25000", "100000"),
    ("75000000", "500", "5000", "25000", "100000"),
]


def ask(rate="1", **document):
    asked = rules.read_asked({"currency": "EUR", **document})
    return rules.answer(asked, policy=POLICY, rate=Decimal(rate))


def codes(told):
    return [one["code"] for one in told["objections"]]


def around(limit):
    """Give amounts of whole cents just within a limit, and just beyond it."""
    most = Decimal(limit).quantize(CENT, rounding="ROUND_DOWN")
    return most - CENT, most, most + CENT


@pytest.mark.parametrize("given", ["0", "99.99"])
@pytest.mark.parametrize("line", LIMITS, ids=lambda line: f"arr-{line[0]}")
def test_each_limit_to_the_cent(line, given):
    """11 × 4 × 3 × 2 = 264 decisions: one cent below, at, and above every limit."""
    arr, *limits = line
    for number, limit in enumerate(limits):
        expected = (STEPS[number], STEPS[number], STEPS[number + 1])
        for total, steps in zip(around(limit), expected, strict=True):
            amount = total - Decimal(given)
            told = ask(amount=str(amount), arr=arr, given_12_months=given)
            assert told["approvers"] == steps, (line, total)


SIGNATURES = [
    # what, the request, who signs
    ("a threat", {"amount": "500", "arr": "50000", "threat": True}, [["csm"], LEGAL]),
    ("a waiver", {"amount": "500", "arr": "50000", "waiver": True}, [["csm"], LEGAL]),
    ("a release", {"amount": "500", "arr": "50000", "release": True}, [["csm"], LEGAL]),
    (
        "all three, once",
        {"amount": "100001", "arr": "9000000", "threat": True, "waiver": True, "release": True},
        [["leadership"], LEGAL],
    ),
    ("none of them", {"amount": "500", "arr": "50000", "threat": False}, [["csm"]]),
    ("the cap exactly", {"amount": "500", "arr": "50000", "liability_cap": "500"}, [["csm"]]),
    (
        "a cent beyond the cap",
        {"amount": "500", "arr": "50000", "liability_cap": "499.99"},
        [["csm"], LEGAL],
    ),
    ("owed does not count", {"amount": "500", "arr": "50000", "owed": "90000"}, [["csm"]]),
    ("owed alone", {"amount": "0", "owed": "90000", "threat": True}, []),
    ("nothing", {"amount": "0"}, []),
    ("words alone", {"amount": "0", "form": "apology_only"}, []),
    (
        "words after a threat",
        {"amount": "0", "form": "apology_only", "threat": True},
        [LEGAL],
    ),
    ("asked for by a csm", {"amount": "250", "requester_role": "csm"}, [["csm"]]),
    (
        "asked for by leadership",
        {"amount": "30000.01", "requester_role": "leadership"},
        [["leadership"]],
    ),
    ("given before", {"amount": "0.01", "given_12_months": "250"}, [["escalation_manager"]]),
    ("150 % of the loss", {"amount": "1500", "direct_loss": "1000"}, [["escalation_manager"]]),
    (
        "a cent above 150 %",
        {"amount": "1500.01", "arr": "90000", "direct_loss": "1000"},
        [["escalation_manager"]],
    ),
    (
        "far above, but nobody proved it",
        {"amount": "1500", "direct_loss": "100", "documented": False},
        [["escalation_manager"]],
    ),
    (
        "above 150 %, signed by leadership anyway",
        {"amount": "40000", "direct_loss": "1000"},
        [["leadership"]],
    ),
    ("free months", {"amount": "250", "form": "free_months"}, [["csm"]]),
    (
        "free months that finance signs anyway",
        {"amount": "30000", "form": "free_months"},
        [["executive", "finance"]],
    ),
    (
        "the budget is spent",
        {"amount": "250", "budget_left": "249.99"},
        [["csm"]],
    ),
    ("the budget is just enough", {"amount": "250", "budget_left": "250"}, [["csm"]]),
]


BESIDES = [
    # the request, who signs besides
    ({"amount": "1500", "direct_loss": "1000"}, []),
    ({"amount": "1500.01", "arr": "90000", "direct_loss": "1000"}, [["leadership"]]),
    ({"amount": "40000", "direct_loss": "1000"}, []),
    ({"amount": "250", "form": "free_months"}, [["finance"]]),
    ({"amount": "30000", "form": "free_months"}, []),
    ({"amount": "250", "budget_left": "249.99"}, [["leadership"]]),
    ({"amount": "250", "threat": True}, []),
]


@pytest.mark.parametrize(("asked", "besides"), BESIDES, ids=str)
def test_who_signs_besides_is_named_apart(asked, besides):
    assert ask(**asked)["also"] == besides


@pytest.mark.parametrize("line", SIGNATURES, ids=lambda line: line[0])
def test_who_signs(line):
    _name, document, steps = line
    assert ask(**document)["approvers"] == steps


ABROAD = [
    # currency, rate into euro, ARR, amount, row
    ("USD", "0.5", None, "500.00", 0),
    ("USD", "0.5", None, "500.02", 1),
    ("USD", "0.5", "100000", "1000.00", 0),
    ("USD", "0.5", "100000", "1000.02", 1),
    ("GBP", "1.25", None, "200.00", 0),
    ("GBP", "1.25", None, "200.01", 1),
    ("CHF", "1.05", "400000", "23809.52", 3),
    ("CHF", "1.05", "400000", "20000.00", 2),
    ("CHF", "1.05", "400000", "20000.01", 3),
    ("JPY", "0.006", None, "41667", 0),  # 250.002, rounded once to 250.00
    ("JPY", "0.006", None, "41668", 1),
    ("KWD", "3", None, "83.333", 0),
    ("KWD", "3", None, "83.335", 1),
]


@pytest.mark.parametrize("line", ABROAD, ids=lambda line: f"{line[0]}-{line[3]}")
def test_limits_in_other_currencies(line):
    currency, rate, arr, amount, row = line
    told = ask(rate, currency=currency, amount=amount, arr=arr)
    assert told["approvers"] == STEPS[row]
    assert told["currency"] == currency
    assert told["total"]["currency"] == "EUR"


def test_what_would_be_recommended():
    told = ask(
        amount="100", owed="1000", direct_loss="500", effort_hours="3", disrupted_days="2",
        month_fee="900",
    )  # fmt: skip
    assert told["recommended"] == {"low": "1500.00", "target": "1720.00", "high": "1720.00"}
    assert [(one["step"], one["adds"]) for one in told["steps"]] == [
        ("apology_and_fix", "0.00"),
        ("owed", "1000.00"),
        ("direct_loss", "500.00"),
        ("inconvenience", "220.00"),
        ("gesture", "0.00"),
    ]
    without = ask(amount="900", owed="1000", month_fee="900")
    assert without["recommended"] == {"low": "1000.00", "target": "1000.00", "high": "1900.00"}
    assert without["objections"] == []
    unproved = ask(amount="100", direct_loss="500", documented=False)
    assert unproved["recommended"] == {"low": "0.00", "target": "0.00", "high": "0.00"}
    assert [one["known"] for one in unproved["steps"]] == [True, True, False, True, False]


def test_what_is_owed_abroad_is_recommended_to_the_unit():
    told = ask("0.9217", currency="USD", amount="1", owed="33.33", direct_loss="0.01")
    assert told["recommended"]["low"] == "33.34"


def test_what_speaks_against_it():
    assert codes(ask(amount="0")) == ["nothing"]
    assert codes(ask(amount="250")) == ["fee_unknown"]
    assert codes(ask(amount="250", month_fee="249.99")) == ["goodwill_cap"]
    assert codes(ask(amount="250", month_fee="250")) == []
    assert codes(ask(amount="100", direct_loss="100", documented=False)) == ["loss_without_proof"]
    assert codes(ask(amount="100.01", direct_loss="100")) == ["above_harm"]
    assert codes(ask(amount="151", direct_loss="100")) == ["leadership_added"]
    assert codes(ask(amount="10000000.01")) == ["absurd"]
    assert codes(ask(amount="0", owed="90000", threat=True)) == []


WRONG = [
    ([], 'object with "amount"'),
    ({"currency": "EUR"}, "amount is missing"),
    ({"amount": "1"}, "currency is missing"),
    ({"amount": "1", "currency": "EURO"}, "no currency"),
    ({"amount": "1", "currency": 978}, "no currency"),
    ({"amount": 1, "currency": "EUR"}, "decimal string"),
    ({"amount": 0.1, "currency": "EUR"}, "decimal string"),
    ({"amount": True, "currency": "EUR"}, "decimal string"),
    ({"amount": "1e3", "currency": "EUR"}, "decimal string"),
    ({"amount": "1,000", "currency": "EUR"}, "decimal string"),
    ({"amount": "NaN", "currency": "EUR"}, "decimal string"),
    ({"amount": "١", "currency": "EUR"}, "decimal string"),
    ({"amount": "9" * 31, "currency": "EUR"}, "decimal string"),
    ({"amount": "-1", "currency": "EUR"}, "amount cannot be below zero"),
    ({"amount": "1", "currency": "EUR", "arr": "-1"}, "arr cannot be below zero"),
    ({"amount": "0.001", "currency": "EUR"}, "as small as this"),
    ({"amount": "0.1", "currency": "JPY"}, "as small as this"),
    ({"amount": "1", "currency": "EUR", "threat": "yes"}, "threat is true or false"),
    ({"amount": "1", "currency": "EUR", "waiver": 1}, "waiver is true or false"),
    ({"amount": "1", "currency": "EUR", "requester_role": "king"}, "requester_role is none of"),
    ({"amount": "1", "currency": "EUR", "requester_role": ["csm"]}, "requester_role is none of"),
    ({"amount": "1", "currency": "EUR", "form": "cash"}, "form is none of"),
    ({"amount": "1", "currency": "EUR", "form": "apology_only"}, "An apology has no amount"),
    ({"amount": "1", "currency": "EUR", "rate": "0"}, "above zero"),
    ({"amount": "1", "currency": "EUR", "effort_hours": "100001"}, "number of hours"),
]


@pytest.mark.parametrize("line", WRONG, ids=lambda line: str(line[0])[:60])
def test_wrong_requests_are_refused_in_words(line):
    document, words = line
    with pytest.raises(Refused, match=words):
        rules.read_asked(document)


# The command


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a house of its own: exit code, what it said on each channel."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("PORTAL_SECRET_KEY", raising=False)
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path))

    def said(document, *words):
        text = document if isinstance(document, str) else json.dumps(document)
        done = CliRunner().invoke(portal, ["concession", "assess", "-", *words], input=text)
        return done.exit_code, done.stdout, done.stderr

    return said


def test_the_command_needs_neither_secret_nor_database(run, tmp_path):
    code, out, err = run({"amount": "250", "currency": "EUR"}, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["approvers"] == [["csm"]]
    assert told["policy"] == {"version": 1, "source": "shipped"}
    assert list(tmp_path.iterdir()) == []


def test_the_command_loads_neither_sign_in_library_nor_what_reads_records(tmp_path):
    """They take as long to load as all the rest; only another process shows what is loaded."""
    (tmp_path / "portal.db").touch()
    (tmp_path / "request.json").write_text('{"amount": "250", "currency": "EUR"}')
    code = (
        "import sys; from portal.cli import portal;"
        "portal(['concession', 'assess', sys.argv[1]], standalone_mode=False);"
        "sys.exit(any(n.startswith('flask_security') or '.queries' in n for n in sys.modules))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "request.json")]
    house = os.environ | {"PORTAL_INSTANCE": str(tmp_path)}
    house.pop("DATABASE_URL", None)
    assert subprocess.run(words, check=False, env=house).returncode == 0


def test_the_command_says_what_it_left_out(run):
    code, out, err = run({"amount": "250", "currency": "EUR", "thraet": True}, "--json")
    assert code == 0
    assert json.loads(out)["ignored"] == ["thraet"]
    assert err == "Not taken into account: thraet.\n"


def test_the_command_in_words(run):
    code, out, _err = run({"amount": "250", "currency": "EUR", "threat": True, "month_fee": "300"})
    assert code == 0
    assert out.startswith("To sign: csm, then legal.\nRecommended: 0.00 to 300.00 EUR")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "The request is not JSON"),
        ('{"amount": "1", "amount": "2", "currency": "EUR"}', "'amount' stands twice"),
        (" " * (1 << 20) + "{}", "larger than 1 MiB"),
        ({"amount": "-1", "currency": "EUR"}, "below zero"),
        ({"amount": "1", "currency": "USD"}, "No exchange rate from USD to EUR"),
    ],
)
def test_the_command_refuses_with_a_sentence(run, document, words):
    code, out, err = run(document, "--json")
    assert (code, out) == (1, "")
    assert words in err
    assert "Traceback" not in err


def test_a_rate_of_the_request(run):
    code, out, _err = run({"amount": "500", "currency": "USD", "rate": "0.5"}, "--json")
    assert (code, json.loads(out)["approvers"]) == (0, [["csm"]])


def test_the_published_policy_decides_where_there_is_one(run, tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'portal.db'}")
    tables = [one.__table__ for one in (Policy, ExchangeRate, Organisation)]
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ask_for = {"amount": "250", "currency": "EUR"}
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE other (id INTEGER)"))
    assert json.loads(run(ask_for, "--json")[1])["policy"]["source"] == "shipped"
    first = POLICY.authority[0].model_copy(update={"amount": Decimal(100), "floor": Decimal(100)})
    changed = POLICY.model_copy(update={"authority": (first, *POLICY.authority[1:])})
    with engine.begin() as connection:
        Base.metadata.create_all(connection, tables=tables)
        connection.execute(
            sa.insert(Policy).values(
                kind="compensation", number=7, state="published", published_at=now,
                body=json.loads(changed.model_dump_json()), created_at=now, updated_at=now,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(Organisation).values(
                name="Example", zone="Europe/Paris", currency="EUR",
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(ExchangeRate).values(
                currency="USD", target="EUR", day=clock.now().date(), rate=Decimal("0.5"),
                source="by hand",
            )
        )  # fmt: skip
        value = json.loads(shipped(ValuePolicy, "value").model_dump_json())
        connection.execute(
            sa.insert(Policy).values(
                kind="value", number=1, state="published", published_at=now, body=value,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
    engine.dispose()
    told = json.loads(run(ask_for, "--json")[1])
    assert told["approvers"] == [["escalation_manager"]]
    assert told["policy"] == {"version": 7, "source": "published"}
    abroad = json.loads(run({"amount": "200", "currency": "USD"}, "--json")[1])
    assert abroad["total"] == {"amount": "100.00", "currency": "EUR"}
    assert abroad["approvers"] == [["csm"]]


def test_a_database_that_does_not_answer(run, tmp_path):
    (tmp_path / "portal.db").write_bytes(b"no database " * 100)
    code, out, err = run({"amount": "200", "currency": "EUR"}, "--json")
    assert (code, out) == (1, "")
    assert "The database does not answer" in err
