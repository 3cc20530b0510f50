"""What the demo company plans before anything happens: enough, believable, the same every time."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from portal.blueprints.escalations.models import State
from portal.core.i18n import LANGUAGES
from portal.demo import customers, history, people
from portal.demo.diary import Diary, working
from portal.demo.plots import PLOTS, filled, said

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
FOUNDED = datetime(2023, 10, 1, tzinfo=UTC).date()


def planned() -> list[customers.Customer]:
    return customers.plan(Random("customers"), today=NOW.date(), founded=FOUNDED)


def test_there_are_many_customers_in_many_countries_the_most_memorable_first() -> None:
    everyone = planned()
    assert len(everyone) >= 200
    assert len({one.name for one in everyone}) == len(everyone)
    assert set(Counter(one.country for one in everyone)) >= {"FR", "IT", "DE", "CH", "GB", "US"}
    assert {one.language for one in everyone} == {"en", "fr", "it"}
    assert everyone[0].name == customers.LEAD
    assert any(one.private for one in everyone)
    assert sum(one.leaves for one in everyone) >= 10


def test_a_plan_is_the_same_every_time() -> None:
    assert planned() == planned()


def test_contracts_follow_each_other_without_a_gap() -> None:
    for one in planned():
        for before, after in zip(one.terms, one.terms[1:], strict=False):
            assert before.ends == after.starts, one.name
        assert one.leaves == (one.terms[-1].ends < NOW.date()), one.name


def test_there_are_cases_enough_in_every_state_they_can_be_planned_for() -> None:
    courses = history.courses(planned(), now=NOW)
    assert len(courses) + 2 * history.PAIRS >= 120
    assert {course.ends for course in courses} >= {
        State.DRAFT,
        State.DECLARED,
        State.ACCEPTED,
        State.STABILISING,
        State.AWAITING_CUSTOMER,
        State.CLOSED,
        State.DECLINED,
        State.VOID,
    }
    assert min(course.starts for course in courses) < NOW - timedelta(days=480)
    assert max(course.starts for course in courses) <= NOW
    assert sum(course.reopened is not None for course in courses) == history.BACK


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.key)
def test_everybody_has_words_in_every_plot_and_language(plot, language: str) -> None:
    words = said(plot, language)
    assert len(words["words"]) == 2
    assert len(words["criteria"]) == 2
    everything = [*words["words"], *words["criteria"]]
    everything += [words[key] for key in ("demand", "subject", "letter", "promise", "reply")]
    for text in everything:
        assert not re.search(r"[{}]", filled(text, town="Nérac", n=7, who="Nadia", contact="Odile"))


def test_one_person_signs_in_for_each_role() -> None:
    keys = {part.key for part in people.LOGINS}
    assert keys >= {role.value for role in people.Role} | {"csm2", "finance2"}
    for part in people.LOGINS:
        assert part.email in people.logins()
    assert people.PASSWORD in people.logins()


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 22, 0, tzinfo=UTC), datetime(2026, 11, 23, 7, 35, tzinfo=UTC)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 12, 0, tzinfo=UTC)),
    ],
)
def test_office_work_is_done_in_office_hours(moment: datetime, then: datetime) -> None:
    assert working(moment) == then


def test_stories_are_told_side_by_side_until_now(db) -> None:
    told: list[str] = []

    def story(name: str, *hours: int):
        for hour in hours:
            yield NOW + timedelta(hours=hour)
            told.append(f"{name}{hour}")

    diary = Diary(until=NOW)
    diary.add(story("a", -9, -3, 1))
    diary.add(story("b", -5, -4))
    assert diary.tell(progress=lambda moment: None) == 4
    assert told == ["a-9", "b-5", "b-4", "a-3"]
