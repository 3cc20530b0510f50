"""Models of staying and buying, against the figures their authors published."""

import csv
import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import portal
from portal.core.fitting import asking, models, process, tables, words
from portal.core.fitting.errors import NotFitted
from portal.core.fitting.tables import Sheet

# Fader and Hardie (2007), table 1: % of customers who survive at least t years.
REGULAR = (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1)
HIGH_END = (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1)


def cohort(*survivors, name=""):
    years = [float(year) for year in range(len(survivors))]
    return {
        "numbers": {"year": years, "survivors": [float(one) for one in survivors]},
        "cohorts": [name] * len(survivors),
    }


def why(model, **given):
    answer = process.answer_to(model, given)
    return answer.get("why")


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)]
)
def test_retention_is_as_published(survivors, alpha, beta):
    found = models.FITS["sbg"](**cohort(*survivors))
    assert (found["alpha"], found["beta"]) == pytest.approx((alpha, beta), abs=5e-4)


def test_likelihood_is_as_published():
    from numpy import array

    from portal.core.fitting import retention

    given = cohort(*HIGH_END)
    steps = retention._steps(given["numbers"]["year"], given["numbers"]["survivors"], [""] * 8)
    names = ("since", "until", "lost", "last", "kept")
    at = retention.log_likelihood(array([1.0, 1.0]), **dict(zip(names, steps, strict=True)))
    assert at / 100 == pytest.approx(-2.115, abs=1e-3)


def test_two_equal_cohorts_are_as_one_and_years_may_be_left_out():
    one, other = cohort(*REGULAR, name="a"), cohort(*REGULAR, name="b")
    both = {
        "numbers": {name: one["numbers"][name] + other["numbers"][name] for name in one["numbers"]},
        "cohorts": one["cohorts"] + other["cohorts"],
    }
    single, double = models.FITS["sbg"](**one), models.FITS["sbg"](**both)
    assert double["alpha"] == pytest.approx(single["alpha"], abs=1e-6)
    assert double["log_likelihood"] == pytest.approx(2 * single["log_likelihood"])
    # Three points of an exact curve give that curve again: S(1) = 2/3, S(3) = 2/5 of (1, 2).
    holed = {
        "numbers": {"year": [0.0, 1.0, 3.0], "survivors": [15.0, 10.0, 6.0]},
        "cohorts": [""] * 3,
    }
    found = models.FITS["sbg"](**holed)
    assert (found["alpha"], found["beta"]) == pytest.approx((1, 2), abs=1e-6)


@pytest.mark.parametrize(
    ("survivors", "reason"),
    [
        ((1, 1, 0), "one_customer"),
        ((100, 100, 100), "all_stay"),
        ((100, 0, 0), "all_leave"),
        ((100, 60), "one_renewal"),
        ((1000, 800, 640, 512), "no_interior"),
        ((100, 90, 70, 30), "no_interior"),
        ((100, 60, 60, 60), "no_interior"),
        ((100, 100, 0), "no_interior"),
    ],
)
def test_retention_without_a_maximum_is_said(survivors, reason):
    assert why("sbg", **cohort(*survivors)) == reason


@pytest.fixture(scope="module")
def cdnow(shared_data):
    path = shared_data / "accounts/cdnow/cdnow_customers_summary_with_transactions.csv"
    if not path.exists():
        pytest.skip("the CDNOW customers are not beside the checkout")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    return {name: [float(row[name]) for row in rows] for name in ("x", "t_x", "T", "zbar")}


def test_purchases_are_as_published(cdnow):
    numbers = {"frequency": cdnow["x"], "recency": cdnow["t_x"], "T": cdnow["T"]}
    found = models.FITS["bgnbd"](numbers=numbers, cohorts=[])
    # Fader, Hardie and Lee (2005), table 2.
    assert [round(found[name], 3) for name in ("r", "alpha", "a", "b")] == [
        0.243, 4.414, 0.793, 2.426,
    ]  # fmt: skip
    assert found["log_likelihood"] == pytest.approx(-9582.4, abs=0.05)


def test_spending_is_as_published(cdnow):
    numbers = {"frequency": cdnow["x"], "monetary_value": cdnow["zbar"]}
    found = models.FITS["gammagamma"](numbers=numbers, cohorts=[])
    # Fader and Hardie (2013), p. 4, found with a coarser search on the same flat top.
    assert [found[name] for name in ("p", "q", "v")] == pytest.approx([6.25, 3.74, 15.44], abs=0.01)


def test_units_of_time_and_money_change_nothing_else():
    x, t_x, age = [0.0, 1, 3, 8, 0, 2, 1, 0], [0.0, 9, 20, 38, 0, 5, 30, 0], [39.0] * 8
    weeks = models.FITS["bgnbd"](numbers={"frequency": x, "recency": t_x, "T": age}, cohorts=[])
    days = models.FITS["bgnbd"](
        numbers={"frequency": x, "recency": [7 * one for one in t_x], "T": [273.0] * 8}, cohorts=[]
    )
    assert days["alpha"] == pytest.approx(7 * weeks["alpha"])
    assert days["r"] == pytest.approx(weeks["r"])
    assert days["log_likelihood"] == pytest.approx(weeks["log_likelihood"] - sum(x) * math.log(7))
    value = [10.0, 12, 55, 31, 18, 140, 36, 7, 22, 28]
    given = {"frequency": [1.0, 2, 3, 1, 4, 1, 2, 1, 6, 1], "monetary_value": value}
    cents = {**given, "monetary_value": [100 * one for one in value]}
    euros, small = (models.FITS["gammagamma"](numbers=one, cohorts=[]) for one in (given, cents))
    assert small["v"] == pytest.approx(100 * euros["v"])
    assert (small["p"], small["q"]) == pytest.approx((euros["p"], euros["q"]))


@pytest.mark.parametrize(
    ("model", "numbers", "reason"),
    [
        ("bgnbd", {"frequency": [3.0], "recency": [4.0], "T": [9.0]}, "one_customer"),
        ("bgnbd", {"frequency": [0.0] * 4, "recency": [0.0] * 4, "T": [9.0] * 4}, "nobody_again"),
        ("bgnbd", {"frequency": [2.0] * 4, "recency": [5.0] * 4, "T": [9.0] * 4}, "no_interior"),
        ("gammagamma", {"frequency": [0.0, 0], "monetary_value": [0.0, 0]}, "nobody_again"),
        ("gammagamma", {"frequency": [0.0, 2], "monetary_value": [0.0, 9]}, "one_customer"),
        ("gammagamma", {"frequency": [1.0, 2], "monetary_value": [9.0, 9]}, "all_the_same"),
    ],
)
def test_purchases_without_a_maximum_are_said(model, numbers, reason):
    assert why(model, numbers=numbers, cohorts=[]) == reason


def test_draws_lie_around_the_fit_and_are_the_same_again():
    given = cohort(*[10 * one for one in HIGH_END])
    first, again = (models.FITS["sbg"](**given, draws=99)["draws"] for _time in range(2))
    assert first == again
    alphas = sorted(alpha for alpha, _beta in first)
    assert alphas[9] < 0.668 < alphas[89]
    assert alphas[89] / alphas[9] < 3


def sheet(text):
    header, *rows = [line.split(",") for line in text.split("\n")]
    return Sheet(header, [(line, cells) for line, cells in enumerate(rows, 2)])


BUY = "frequency,recency,T\n"


@pytest.mark.parametrize(
    ("model", "text", "reason", "said"),
    [
        ("sbg", "jahr,survivors\n0,9", "no_column", "“year”; the table has: jahr, survivors"),
        ("sbg", "year,survivors,Year\n0,9,1", None, ""),
        ("sbg", "year,survivors,year\n0,9,1", "column_twice", "two columns “year”"),
        ("sbg", "year,survivors", "no_rows", "no rows"),
        ("sbg", "year,survivors\n0,9\n1", "short_row", "Line 3 has 1 cells, the header has 2"),
        ("sbg", "year,survivors\n0,9\n1, ", "blank", "Line 3, survivors: the cell is blank"),
        ("sbg", "year,survivors\n0,nine", "not_a_number", "“nine” is not a number"),
        ("sbg", "year,survivors\n0,nan", "not_a_number", "“nan” is not a number"),
        ("sbg", "year,survivors\n0,1e400", "too_large", "1e400 is too large"),
        ("sbg", "year,survivors\n0,9\n1,-1", "negative", "-1 is below zero"),
        ("sbg", "year,survivors\n0,9\n0.5,8", "not_whole", "0.5 is not a whole number"),
        ("sbg", "year,survivors\n1,9\n2,8", "no_year_0", "needs year 0"),
        ("sbg", "year,survivors\n0,0\n1,0", "empty_cohort", "begins with nobody"),
        ("sbg", "year,survivors\n0,9", "only_year_0", "no year after year 0"),
        ("sbg", "year,survivors\n0,9\n1,8\n1,7", "year_twice", "year 1 stands twice"),
        ("sbg", "year,survivors\n0,9\n1,10", "more_survivors", "Line 3: more survive"),
        ("bgnbd", BUY + "1,2,0", "no_time", "Line 2: T must be above zero"),
        ("bgnbd", BUY + "1,9,3", "recency_after_end", "recency is later than T"),
        ("gammagamma", "frequency,monetary_value\n1,0", "not_positive", "above zero"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_line(model, text, reason, said):
    if reason is None:
        with pytest.raises(NotFitted, match="only_year_0"):  # the exact name went before the other
            tables.columns(model, sheet(text))
        return
    with pytest.raises(NotFitted) as caught:
        tables.columns(model, sheet(text))
    assert caught.value.why == reason
    assert said in words.said(caught.value)


def test_cohorts_and_years_may_come_in_any_order_beside_other_columns():
    given = sheet("note,Cohort,Survivors,YEAR\nx,b,5,1\ny,a,9,0\nz,b,8,0\n!,a,7,2")
    numbers, cohorts = tables.columns("sbg", given)
    assert numbers == {"year": [0, 2, 0, 1], "survivors": [9, 7, 8, 5]}
    assert cohorts == ["a", "a", "b", "b"]


def fit(tmp_path: Path, text: str, *, model: str = "sbg") -> tuple[int, str, str]:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(portal, ["value", "fit", "--model", model, str(file), "--json"])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_fits_in_a_process_of_its_own(tmp_path):
    rows = "".join(f"{year};{10 * left}\n" for year, left in enumerate(REGULAR))
    code, out, err = fit(tmp_path, "\ufeffyear;survivors\n" + rows)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found) == ["alpha", "beta", "log_likelihood"]
    assert round(found["alpha"], 3) == 0.704
    assert len(str(found["alpha"])) > 12  # not rounded


def test_the_command_says_what_is_wrong(tmp_path):
    assert fit(tmp_path, "year,survivors\n0,\n") == (
        1,
        "",
        "Line 2, survivors: the cell is blank.\n",
    )
    assert fit(tmp_path, "") == (1, "", "table.csv: The file is empty.\n")
    book = "PK\x03\x04 [Content_Types].xml"
    assert fit(tmp_path, book)[2].startswith("table.csv: This is an Office document; only CSV")


def test_a_process_that_dies_is_no_traceback():
    with pytest.raises(NotFitted, match="failed"):
        asking.fit("no such model")
