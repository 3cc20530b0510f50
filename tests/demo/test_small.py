"""A little of the demo company, through its own builder, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations.models import Escalation
from portal.core import access
from portal.demo import books, company, customers, history
from portal.demo.cases import Teller
from portal.demo.companies import PLACES
from portal.demo.diary import Diary, local

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_customer_in_another_currency_and_its_case_come_to_be(db) -> None:
    """The whole company is built on SQLite alone, which knows no small integers."""
    founded = (NOW - company.AGE).date().replace(day=1)
    everyone = customers.plan(Random("customers"), today=NOW.date(), founded=founded)
    course = next(
        one
        for one in reversed(history.courses(everyone, now=NOW))
        if PLACES[one.customer.country][2] != "EUR" and one.plot.trigger
    )
    lately = (course.starts - timedelta(days=35)).date().replace(day=1)
    mine = replace(course.customer, terms=course.customer.terms[-1:])
    course.customer = mine
    staff = company._found(by=access.operator("portal demo"), now=local(founded, 7))
    diary = Diary(until=min(NOW, course.starts + timedelta(days=2)))
    diary.add(books.rates(staff, founded=lately, now=course.starts))
    diary.add(customers.story(mine, staff, {mine.name: mine}, now=NOW))
    diary.add(books.spending([mine], staff, founded=lately, now=course.starts))
    diary.add(Teller(course, staff, aside=diary.add).tell())
    diary.tell(progress=lambda moment: None)
    assert diary.refused == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Escalation)) == 1
