"""The points scorecard: what it makes of columns, how it is measured, and what it refuses."""

import csv
import json
import random

import pytest
from click.testing import CliRunner

from portal.cli import portal
from portal.core.fitting import asking, outcomes, process, words
from portal.core.fitting.errors import NotFitted
from portal.core.fitting.scoring import Card, Numbers, Words, points
from portal.core.fitting.tables import Sheet

HEADER = ("id", "plan", "months", "seats", "noise", "same", "note", "left")


def table(rows=700, *, seed=3):
    """Make customers of whom those leave who pay monthly and are new; `noise` is in no relation."""
    dice, made = random.Random(seed), []
    for number in range(rows):
        plan = dice.choice(["monthly", "monthly", "yearly", ""])
        months = dice.randrange(60)
        chance = 0.05 + 0.35 * (plan == "monthly") + 0.4 * (months < 12)
        made.append(
            [f"C{number}", plan, str(months), "" if number % 9 == 0 else str(dice.randrange(40)),
             dice.choice("abc"), "x", f"note {number}", "Yes" if dice.random() < chance else "No"]
        )  # fmt: skip
    return made


def read(rows, header=HEADER, *, target="left", key="id"):
    sheet = Sheet(header, list(enumerate(rows, 2)))
    return outcomes.outcomes(sheet, target=target, key=key)


def grown(rows):
    found = read(rows)
    given = {"columns": found.columns, "outcome": found.outcome, "folds": found.folds}
    answer = process.answer_to("scorecard", given)
    assert "why" not in answer, answer
    return answer


@pytest.fixture(scope="module")
def model():
    return grown(table())


def test_factors_are_those_that_matter(model):
    assert [factor["name"] for factor in model["factors"]] == ["months", "plan"]
    left_out = {one["column"]: one["why"] for one in model["left_out"]}
    assert left_out == {
        "seats": "tells nothing",
        "noise": "tells nothing",
        "same": "constant",
        "note": "too many different values",
    }


def test_points_tell_the_story(model):
    plan = {one["label"]: one for one in model["factors"][1]["bins"]}
    assert plan["monthly"]["points"] > 30
    assert min(one["points"] for one in plan.values()) == 0
    assert plan["monthly"]["weight_of_evidence"] > 0 > plan["yearly"]["weight_of_evidence"]
    months = model["factors"][0]["bins"]
    assert months[0]["points"] > months[-2]["points"] + 20
    assert sum(one["rows"] for one in months) == 700
    assert months[-1]["label"] == "blank or no number"


def test_quality_is_measured_on_rows_held_back(model):
    found = model["quality"]
    assert found["held_back"] == 700
    assert found["auc_low"] < found["auc"] < found["auc_high"]
    assert 0.72 < found["auc"] < 0.82  # what the rule above allows, and no more
    assert found["brier"] < found["brier_of_the_average"]
    assert found["calibration_error"] < 0.06
    assert sum(one["rows"] for one in found["calibration"]) == 700


def test_a_card_does_not_learn_its_own_rows_by_heart():
    rows = [[*row[:-1], random.Random(row[0]).choice(["Yes", "No"])] for row in table(400)]
    found = process.answer_to(
        "scorecard",
        {"columns": read(rows).columns, "outcome": read(rows).outcome, "folds": read(rows).folds},
    )
    if "why" not in found:
        assert found["quality"]["auc_low"] < 0.5 < found["quality"]["auc_high"]
    else:
        assert found["why"] == "no_factors"


def test_two_factors_that_only_matter_together_are_crossed():
    dice, rows = random.Random(5), []
    for number in range(600):
        one, other = dice.choice("ab"), dice.choice("xy")
        chance = (
            0.1 + 0.1 * (one == "a") + 0.1 * (other == "x") + 0.6 * ((one, other) == ("b", "y"))
        )
        rows.append([str(number), one, other, "1" if dice.random() < chance else "0"])
    found = read(rows, ("id", "one", "other", "y"), target="y")
    given = {"columns": found.columns, "outcome": found.outcome, "folds": found.folds}
    made = process.answer_to("scorecard", given)
    assert {len(factor["of"]) for factor in made["factors"]} == {1, 2}
    card = Card.of(made)
    both = card.probability({"one": "b", "other": "y"})
    assert both > 0.55 > 0.35 > card.probability({"one": "a", "other": "x"})


def test_telco_customers(shared_data):
    path = shared_data / "accounts/telco_churn_dev70.csv"
    if not path.exists():
        pytest.skip("the telco customers are not beside the checkout")
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    found = read(rows, header, target="Churn", key="customerID")
    folds = [fold % 2 for fold in found.folds]  # halves: fewer cards to grow
    given = {"columns": found.columns, "outcome": found.outcome, "folds": folds}
    # A process of its own has one thread: several of small matrices wait for one another.
    quality = asking.fit("scorecard", **given)["quality"]
    assert quality["auc"] > 0.84
    assert quality["calibration_error"] < 0.02


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (("YES", "no"), "yes"),
        (("True", "False"), "true"),
        (("0", "1"), "1"),
        (("stayed", "gone"), "gone"),
    ],
)
def test_what_counts_as_the_outcome(values, positive):
    common, rare = values[0], values[1]
    rows = [[str(i), common] for i in range(60)] + [[str(i), rare] for i in range(60, 90)]
    found = read(rows, ("id", "y"), target="y")
    assert found.positive == positive
    assert sum(found.outcome) == (60 if positive in {"yes", "true"} else 30)


def test_rows_of_one_customer_are_held_back_together():
    rows = [[f"C{number % 50}", "yes" if number % 3 else "no"] for number in range(200)]
    found = read(rows, ("id", "y"), target="y")
    assert found.folds[:50] == found.folds[50:100]
    assert len(set(found.folds)) > 5


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([["1", "no"]] * 50, "one_class"),
        ([["1", "no"], ["2", "yes"], ["3", "maybe"]], "many_classes"),
        ([["1", "no"], ["2", " "]], "blank_target"),
        ([["1", "no"]] * 90 + [["2", "yes"]] * 19, "too_few"),
        ([["1", "no"], ["2"]], "short_row"),
        ([], "no_rows"),
    ],
)
def test_what_cannot_be_learned_from_is_said(rows, reason):
    with pytest.raises(NotFitted) as caught:
        read(rows, ("id", "y"), target="y")
    assert caught.value.why == reason
    assert words.said(caught.value)


def test_bins():
    months = Numbers("months", (6.0, 12.0))
    cells = ("0", "5.9", "6", "12", "1e9", "-3", "", " ", "n/a", "nan")
    assert [months.bin_of(cell) for cell in cells] == [0, 0, 1, 2, 2, 0, 3, 3, 3, 3]
    assert [months.label(place) for place in range(4)] == [
        "under 6", "6 to under 12", "from 12", "blank or no number",
    ]  # fmt: skip
    plan = Words("plan", ("", "yearly"))
    assert [plan.bin_of(cell) for cell in (" ", "yearly ", "new")] == [0, 1, 2]
    assert points([0.0, 0.6931471805599453, -0.6931471805599453]) == [20, 40, 0]


def run(*given):
    done = CliRunner().invoke(portal, ["risk", *map(str, given)])
    return done.exit_code, done.stdout, done.stderr


def written(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def test_the_commands(tmp_path):
    customers = written(tmp_path / "customers.csv", HEADER, table(400))
    card, scores = tmp_path / "model.json", tmp_path / "scores.csv"
    code, out, err = run("fit", customers, "--target", "left", "--id", "id", "--out", card)
    assert (code, err) == (0, "")
    assert "discrimination (AUC) 0." in out
    assert "Left out: same (constant)." in out
    document = json.loads(card.read_text(encoding="utf-8"))
    assert (document["target"], document["id"], document["positive"]) == ("left", "id", "yes")

    # Other columns, another order, words never seen, the same customer twice: a row for each.
    new = [["9", "=cmd()", "monthly"], ["", "=cmd()", "never seen"], ["200", "B", ""]]
    later = written(tmp_path / "new.csv", ("months", "id", "plan"), new)
    code, _out, _err = run("score", later, "--model", card, "--out", scores)
    assert code == 0
    header, *given = csv.reader(scores.read_text(encoding="utf-8").splitlines())
    assert header == ["id", "probability"]
    assert [row[0] for row in given] == ["=cmd()", "=cmd()", "B"]
    chances = [float(row[1]) for row in given]
    assert chances[0] > 0.5 > chances[2] > 0

    code, _out, err = run("score", customers, "--model", customers, "--out", scores)
    assert (code, err) == (1, "This is no model file of ours: it is not JSON.\n")
    short = written(tmp_path / "short.csv", ("id", "plan"), [["1", "monthly"]])
    code, _out, err = run("score", short, "--model", card, "--out", scores)
    assert (code, err) == (1, "There is no column “months”; the table has: id, plan.\n")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"kind": "other", "version": 1},
        {"kind": "parley scorecard", "version": 1, "base": 0, "factors": [{"of": [], "bins": []}]},
        {
            "kind": "parley scorecard",
            "version": 1,
            "base": 0,
            "factors": [{"of": [{"column": "a", "levels": ["x"]}], "bins": [{"log_odds": 1}]}],
        },
    ],
)
def test_a_file_that_is_no_model_is_refused(document):
    with pytest.raises(NotFitted, match="no_model"):
        Card.of(document)
