"""The benchmark at a small size: it runs, it counts, and it says when a goal is missed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from bench import fill, floor, growth, ladder, ours, pages, post, report, serve
from bench.measure import Answer, Figure, Pair, counted, measure
from portal.core import clock
from portal.core.db import db

SIZE = 200
LISTS = {"/accounts/?q={}": 6, "/escalations/?state=all&q={}": 6}


@dataclass
class Small:
    app: Flask
    url: str
    cookie: str
    plan: pages.Plan


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    folder = tmp_path_factory.mktemp("bench")
    url = f"sqlite:///{folder / 'small.db'}"
    app = ours.make(url, folder)
    ours.prepare(app)
    with app.app_context():
        with clock.moved(fill.NOW):
            company = fill.fill(SIZE)
        cookie = ours.sign_in("manager@bench.example")
        plan = pages.plan(company, size=SIZE)
        db.session.commit()
        assert company.rows["account"] == company.rows["escalation"] == SIZE
    yield Small(app, url, cookie, plan)
    with app.app_context():
        db.engine.dispose()


def test_every_page_keeps_to_its_budget_of_statements(small: Small) -> None:
    found = pages.counted(small.app, small.cookie, small.plan)
    lists = [count for name, count in found.items() if "list" in name]
    assert len(lists) == 4
    assert max(lists) <= 6
    assert found["case page"] <= 8


@pytest.mark.parametrize("address", LISTS)
def test_a_list_asks_as_much_for_one_row_as_for_many(small: Small, address: str) -> None:
    client = small.app.test_client()
    client.set_cookie(*small.cookie.split("=", 1))
    counts = []
    for text in ("", small.plan.case if "escalations" in address else "ACC-00007"):
        client.get(address.format(text))
        with counted() as seen:
            answer = client.get(address.format(text))
        assert answer.status_code == 200
        rows = answer.get_data(as_text=True).count('<th scope="row">')
        counts.append((rows, len(seen)))
    (many, asked_for_many), (one, asked_for_one) = counts
    assert (many, one) == (50, 1)
    assert asked_for_one == asked_for_many <= LISTS[address]


def test_the_floor_shows_the_same_rows(small: Small) -> None:
    client = floor.make(small.url, case=fill.new_case()).test_client()
    for address in ("/accounts", small.plan.accounts_after[0], small.plan.cases_after[0]):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.get_data(as_text=True).count("<tr>") == 51
    case = client.get(f"/cases/{small.plan.case}").get_data(as_text=True)
    assert fill.WORDS.strip() in case
    form = {"reference": "FLOOR-1", "number": 1, "words": "No.", "demand": "Nothing"}
    assert client.post("/cases", data=form).status_code == 303


def _answer(status: int = 200, body: bytes = b"x") -> Answer:
    return Answer(status, {}, body)


def test_measuring_refuses_a_page_that_does_not_answer() -> None:
    pair = Pair("a page", _answer, lambda: _answer(500), 2.0)
    with pytest.raises(RuntimeError, match="a page: floor answered 200, we 500"):
        measure(pair, rounds=1, length=1)


def test_measuring_keeps_both_sizes() -> None:
    pair = Pair("a page", _answer, lambda: _answer(body=b"four"), 2.0)
    found = measure(pair, rounds=3, length=2)
    assert (found.size, found.floor_size, found.goal) == (4, 1, 2.0)
    assert found.low <= found.high


def test_the_page_of_figures_says_what_was_missed() -> None:
    figures = [
        Figure("list", 2.0, 0.002, 0.003, 1.5, 1.4, 1.6, 47_000, 16_000, 3),
        Figure("case page", 3.0, 0.001, 0.009, 9.0, 8.0, 9.5, 41_000, 11_000, 8),
    ]
    text = report.page([report.Run("sqlite", 200, {"account": 200}, figures, 120.0, [])], None)
    rows = [line for line in text.splitlines() if line.startswith(("| list", "| case"))]
    assert ["**missed**" in row for row in rows] == [False, True]
    assert "SQLite, 200 accounts and 200 cases" in text
    assert "it has loaded none of them" in text


def test_memory_is_read_of_this_process() -> None:
    assert serve.resident() > 1


def test_the_pass_of_the_ladder_is_measured(tmp_path):
    found = ladder.run(f"sqlite:///{tmp_path / 'ladder.db'}", tmp_path, 40, 20)
    assert (found.cases, found.notices, found.messages) == (40, 40, 40)
    assert found.statements <= ladder.STATEMENTS
    section = ladder.page([found])
    assert "| SQLite | 40 |" in section
    page = report.put("# Speed\n\nText\n\n## Other\n\nx\n", ladder.HEAD, section)
    again = report.put(page, ladder.HEAD, section.replace("| SQLite | 40 |", "| SQLite | 41 |"))
    assert again.count(ladder.HEAD) == 1
    assert "| SQLite | 41 |" in again
    assert again.startswith("# Speed\n\nText\n\n## Other\n\nx\n")


@pytest.mark.parametrize(
    ("arrived", "twice", "seconds", "said"),
    [
        (10, 0, 0.05, "| 200 | 5.0 ms | ≥ 200 a second, each once: reached |"),
        (10, 0, 0.1, "| 100 | 5.0 ms | ≥ 200 a second, each once: **missed** |"),
        (10, 1, 0.05, "**missed**"),
        (9, 0, 0.01, "**missed**"),
    ],
)
def test_the_post_is_fast_enough_when_everybody_heard_once(arrived, twice, seconds, said):
    found = post.Run("notices", 10, arrived, twice, seconds, arrived * 0.005, 1.0, post.GOAL)
    text = report.put("# Speed\n\n## Other\n\nx\n", post.HEAD, post.page([found]))
    assert said in report.section(text, post.HEAD)
    assert text.startswith("# Speed\n\n## Other\n\nx\n")


def test_the_growth_of_the_case_room_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "DEEP", 1_000)
    monkeypatch.setattr(growth, "STEP", 20)
    companies = []
    for size in (30, 60):
        folder = tmp_path / str(size)
        folder.mkdir()
        companies.append(growth.build(f"sqlite:///{folder / 'bench.db'}", folder, size))
    few, many = companies
    assert few.statements == many.statements
    assert many.rows["escalation"] == 60
    assert many.rows["account"] == 12
    found = [growth.Growth("list", (0.01, 0.02), (0.01, 0.04), (3, 3))]
    text = growth.page([growth.table(few, many, found)], 60)
    assert "### SQLite" in text
    assert "| list | 10.0 | 10.0 | 20.0 | 40.0 | 2.00 | **missed** | 3, 3 |" in text
    assert report.section(f"# Speed\n\n{text}\n## Other\n\nx\n", growth.HEAD) == text
